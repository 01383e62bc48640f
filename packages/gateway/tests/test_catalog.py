"""Which models a gateway has, and what it takes when nothing is set."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import pytest

from tek_gateway.config_file import Configuration, Endpoint
from tek_gateway.errors import CannotStart
from tek_gateway.models.catalog import chosen
from tek_gateway.models.echo import HELP, EchoModel
from tek_gateway.models.endpoint import ContinuingModel
from tek_gateway.models.ollama import endpoint_of, find_models
from tek_protocol.chat import ModelInfo
from tek_testing.deadlines import deadline
from tek_testing.gateway.spawned_gateway import NO_OLLAMA
from tek_testing.models.model_server import ModelServer

TABLE = Configuration(models={name: Endpoint("http://x/v1") for name in ("one", "two")})


@pytest.fixture(autouse=True)
def no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", NO_OLLAMA)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


async def names(named: str | None, configuration: Configuration) -> list[str]:
    return [each.name for each in await chosen(named, configuration)]


@pytest.mark.parametrize(
    ("named", "model", "expected"),
    [
        (None, "", ["one", "two"]),
        (None, "two", ["two", "one"]),
        ("two", "one", ["two", "one"]),
        ("echo", "", ["echo", "one", "two"]),
        (None, "ollama:llama3.2", ["ollama:llama3.2", "one", "two"]),
        ("openai:gpt-x", "", ["openai:gpt-x", "one", "two"]),
    ],
)
async def test_the_named_one_comes_first_then_those_of_the_settings(
    named: str | None, model: str, expected: list[str]
) -> None:
    assert await names(named, Configuration(model, TABLE.models)) == expected


@pytest.mark.parametrize("named", ["gpt-99", "openai:", "ollama:", "echo:x", "three"])
async def test_a_name_that_stands_for_nothing_is_refused_with_what_there_is(named: str) -> None:
    with pytest.raises(CannotStart, match="choose one of one, two, echo, openai:NAME") as refused:
        await chosen(named, TABLE)

    assert repr(named) in str(refused.value)


async def test_openais_own_variable_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "nowhere")

    with pytest.raises(CannotStart, match="OPENAI_BASE_URL is no address"):
        await chosen("openai:gpt-x", Configuration())


# ---- Ollama --------------------------------------------------------------------------------------


@contextmanager
def ollama_at(monkeypatch: pytest.MonkeyPatch, place: str) -> Generator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("OLLAMA_HOST", place)
        yield


async def test_an_ollama_that_answers_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer(models=["llama3.2:latest", "nomic-embed-text", "qwen3:8b"]) as server:
        with ollama_at(monkeypatch, f"127.0.0.1:{server.port}"):
            models = await chosen(None, Configuration())

        assert [each.name for each in models] == ["ollama:llama3.2:latest", "ollama:qwen3:8b"]
        assert all(isinstance(each, ContinuingModel) for each in models)
        assert models.infos[0] == ModelInfo("ollama:llama3.2:latest", is_default=True)

        pieces = [piece async for piece in models.default.answer("hello", ())]
        assert pieces[0] == "hello"
        assert server.asked[0].model == "llama3.2:latest"
        await models.close()


async def test_an_ollama_is_not_looked_for_when_something_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ModelServer() as server:
        with ollama_at(monkeypatch, f"127.0.0.1:{server.port}"):
            assert await names("echo", Configuration()) == ["echo"]


async def test_an_ollama_without_a_model_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer(models=[]) as server:
        with ollama_at(monkeypatch, f"127.0.0.1:{server.port}"):
            models = await chosen(None, Configuration())

    assert [each.name for each in models] == ["echo"]
    assert "this machine's Ollama has none; set one up" in models.notice


async def test_without_anything_it_is_an_echo_that_says_so() -> None:
    models = await chosen(None, Configuration())

    assert isinstance(models.default, EchoModel)
    assert "messages are only echoed; set one up: `--model ollama:NAME`" in models.notice
    (listed,) = models.infos
    assert "see /help" in listed.description
    assert "".join([piece async for piece in models.default.answer("/help", ())]) == HELP


@asynccontextmanager
async def stranger(answer: bytes | None) -> AsyncGenerator[int]:
    """Yield the port of who says `answer`, or nothing at all; return once nobody listens to it."""
    gone = asyncio.Event()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is not None:
            writer.write(answer)
            writer.write_eof()
        while await reader.read(1024):
            """Until the gateway hangs up."""
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with deadline(), await asyncio.start_server(meet, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        yield port
        await gone.wait()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.0 200 OK\r\n\r\nnot JSON", b"SSH-2.0-x\r\n"])
async def test_what_is_no_ollama_is_none(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    async with stranger(answer) as port:
        with ollama_at(monkeypatch, f"127.0.0.1:{port}"):
            assert await find_models() is None


async def test_who_says_nothing_holds_up_the_start_for_half_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stranger(None) as port:
        with ollama_at(monkeypatch, f"127.0.0.1:{port}"):
            assert await find_models() is None


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),  # noqa: S104 - what Ollama is told
        ("0.0.0.0:1234", "http://127.0.0.1:1234/v1"),
        (":1234", "http://127.0.0.1:1234/v1"),
        ("http://gpu.local:1234/", "http://gpu.local:1234/v1"),
        ("[::]:1234", "http://[::1]:1234/v1"),
        ("gpu:x", "http://127.0.0.1:11434/v1"),
    ],
)
def test_ollama_is_where_its_own_variable_says(
    monkeypatch: pytest.MonkeyPatch, place: str, url: str
) -> None:
    with ollama_at(monkeypatch, place):
        assert endpoint_of("m").base_url == url
