"""A gateway with real models: lists, switches, thoughts, costs, and turns that are stopped."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
import pytest

from tek_gateway.config_file import Endpoint
from tek_gateway.log.log_entries import Message
from tek_gateway.models.echo import EchoModel
from tek_gateway.models.endpoint import model_at
from tek_local.runtime_file import RuntimeFile
from tek_protocol.chat import (
    ChatMessage,
    ChatSend,
    Cost,
    Error,
    GatewayMessage,
    ModelInfo,
    ModelList,
    StreamDelta,
    StreamEnd,
    StreamReasoning,
    StreamStart,
    Usage,
    read_gateway_message,
)
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.models.model_server import ModelServer, Refused, Streamed

Run = Callable[..., AbstractAsyncContextManager[RuntimeFile]]

MODELS: dict[str, object] = {"type": "model.list", "id": "l-1"}


@pytest.fixture
async def server() -> AsyncGenerator[ModelServer]:
    async with ModelServer(models=["small", "big"]) as started:
        yield started


@pytest.fixture
async def gateway(run: Run, server: ModelServer) -> AsyncGenerator[RuntimeFile]:
    """Return a gateway with two models behind an endpoint, and an echo."""
    small = Endpoint(server.base_url, input_price=1e6, output_price=2e6)
    models = [model_at(name, small, retry_delay=0.0) for name in ("small", "big")]
    async with run(*models, EchoModel()) as runtime:
        yield runtime


@asynccontextmanager
async def resumed(
    gateway: RuntimeFile, held: AppliedLog | None = None
) -> AsyncGenerator[ResumeClient]:
    async with ResumeClient(gateway.url, held) as client:
        await client.resume()
        yield client


def entries(client: ResumeClient) -> list[GatewayMessage]:
    return [read_gateway_message(frame) for frame in client.frames]


def answers(client: ResumeClient) -> list[ChatMessage]:
    found = (each for each in entries(client) if isinstance(each, ChatMessage))
    return [each for each in found if each.role == "assistant"]


async def answer_in_log(gateway: RuntimeFile, held: AppliedLog) -> ChatMessage:
    """Return the only answer of a session, as whoever comes later reads it."""
    later = AppliedLog()
    later.session_id = held.session_id
    async with resumed(gateway, later) as client:
        await client.answered("m-1")
        (answer,) = answers(client)
    return answer


# ---- Which models --------------------------------------------------------------------------------


async def test_models_are_listed_in_either_mode(gateway: RuntimeFile) -> None:
    echo = ModelInfo("echo", description=EchoModel.description)
    listed = ModelList("l-1", (ModelInfo("small", is_default=True), ModelInfo("big"), echo))

    async with WireClient(gateway.url) as client:
        assert await client.ask(MODELS) == listed
    async with resumed(gateway) as client:
        await client.send(msgspec.json.encode(MODELS).decode())
        assert await client.aside() == listed


async def test_a_message_names_its_model_within_a_session(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    async with resumed(gateway) as client:
        for name, model in (("m-1", None), ("m-2", "big"), ("m-3", "echo"), ("m-4", "small")):
            await client.say(name, name, model)
        await client.answered("m-1", "m-2", "m-3", "m-4")
        starts = [each.model for each in entries(client) if isinstance(each, StreamStart)]

    assert starts == ["small", "big", "echo", "small"]
    assert [asked.model for asked in server.asked] == ["small", "big", "small"]
    last = [(each.role, each.content) for each in server.asked[-1].messages]
    assert last == [
        ("user", "m-1"),
        ("assistant", "m-1"),
        ("user", "m-2"),
        ("assistant", "m-2"),
        ("user", "m-3"),
        ("assistant", "m-3"),
        ("user", "m-4"),
    ]


async def test_a_plain_client_names_its_model_as_well(gateway: RuntimeFile) -> None:
    async with WireClient(gateway.url) as client:
        messages, _ = await client.chat(ChatSend("m-1", "x", model="big"))

        (start,) = (each for each in messages if isinstance(each, StreamStart))
        assert start.model == "big"
        messages, _ = await client.chat(ChatSend("m-2", "x", start.session_id, model="echo"))
        assert StreamStart("m-2", start.session_id, "echo") in messages


async def test_a_model_that_is_not_there_is_refused_with_those_that_are(
    gateway: RuntimeFile,
) -> None:
    async with resumed(gateway) as client:
        await client.say("m-1", "x", "huge")

        match await client.aside():
            case Error("PROVIDER_NOT_CONFIGURED", reason, "m-1"):
                assert "'small', 'big', 'echo'" in reason
            case other:
                pytest.fail(f"it was taken: {other}")


async def test_a_message_for_a_model_that_is_gone_ends_in_an_error(
    run: Run, server: ModelServer
) -> None:
    held = AppliedLog()
    server.replies.append(Streamed(pieces=1, then="silence"))
    small = model_at("small", Endpoint(server.base_url))
    async with run(EchoModel(), small) as gateway, resumed(gateway, held) as client:
        await client.say("m-1", "one two", "small")
        await client.grown("m-1")

    async with run(EchoModel()) as gateway, resumed(gateway, held) as client:
        await client.answered("m-1")

    assert held.ends == {"m-1": "PROVIDER_NOT_CONFIGURED"}


async def test_an_answer_of_another_model_is_not_gone_on_with(
    run: Run, server: ModelServer
) -> None:
    held = AppliedLog()
    server.replies.append(Streamed(pieces=1, then="silence"))
    endpoint = Endpoint(server.base_url, model="small", continues=True)
    async with run(model_at("old", endpoint)) as gateway, resumed(gateway, held) as client:
        await client.say("m-1", "one two")
        await client.grown("m-1")

    async with run(model_at("new", endpoint)) as gateway, resumed(gateway, held) as client:
        await client.answered("m-1")

    assert (held.texts["m-1"], held.offsets["m-1"]) == ("one two", 0)


# ---- What is thought aloud -----------------------------------------------------------------------


async def test_a_plain_client_hears_the_thoughts(gateway: RuntimeFile, server: ModelServer) -> None:
    server.replies.append(Streamed("yes", reasoning=("hm", "m")))
    async with WireClient(gateway.url) as client:
        messages, text = await client.chat(ChatSend("m-1", "x"))

    assert text == "yes"
    assert messages[2:5] == [
        StreamReasoning("m-1", "hm"),
        StreamReasoning("m-1", "m"),
        StreamDelta("m-1", "yes"),
    ]


async def test_thoughts_are_entries_and_fold_into_the_answer(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    server.replies.append(Streamed("yes", reasoning=("hm", "m")))
    held = AppliedLog()
    async with resumed(gateway, held) as client:
        await client.say("m-1", "x")
        await client.answered("m-1")
        assert isinstance(entries(client)[-1], StreamEnd)  # it has everything already

    assert (held.thoughts, held.texts) == ({"m-1": "hmm"}, {"m-1": "yes"})
    answer = await answer_in_log(gateway, held)
    assert (answer.content, answer.reasoning, answer.model) == ("yes", "hmm", "small")


async def test_thoughts_are_no_part_of_the_history(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    server.replies.append(Streamed("yes", reasoning=("hm",)))
    async with resumed(gateway) as client:
        await client.say("m-1", "x")
        await client.say("m-2", "y")
        await client.answered("m-1", "m-2")

    assert [each.content for each in server.asked[1].messages] == ["x", "yes", "y"]


async def test_what_was_thought_before_a_restart_is_not_thought_twice(
    run: Run, server: ModelServer
) -> None:
    server.replies.extend(
        [
            Streamed(reasoning=("hm", "m"), pieces=2, then="silence"),
            Streamed("yes", reasoning=("anew",)),
        ]
    )
    held = AppliedLog()
    small = Endpoint(server.base_url, continues=True)
    async with run(model_at("small", small)) as gateway, resumed(gateway, held) as client:
        await client.say("m-1", "x")
        while held.thoughts.get("m-1") != "hmm":
            await client.take()

    async with run(model_at("small", small)) as gateway, resumed(gateway, held) as client:
        await client.answered("m-1")
        assert (held.thoughts["m-1"], held.texts["m-1"], held.attempts["m-1"]) == ("anew", "yes", 2)
        assert (await answer_in_log(gateway, held)).reasoning == "anew"


async def test_what_was_thought_stands_if_the_answer_goes_on(run: Run, server: ModelServer) -> None:
    server.replies.append(Streamed(reasoning=("hm", "m"), pieces=3, then="silence"))
    held = AppliedLog()
    small = Endpoint(server.base_url, continues=True)
    async with run(model_at("small", small)) as gateway, resumed(gateway, held) as client:
        await client.say("m-1", "one two")
        await client.grown("m-1")

    async with run(model_at("small", small)) as gateway, resumed(gateway, held) as client:
        await client.answered("m-1")
        assert (held.thoughts["m-1"], held.texts["m-1"]) == ("hmm", "one two")
        assert held.offsets["m-1"] == len("one")
        assert (await answer_in_log(gateway, held)).reasoning == "hmm"


# ---- What it costs -------------------------------------------------------------------------------


async def test_an_answer_says_what_it_used_and_cost(gateway: RuntimeFile) -> None:
    held = AppliedLog()
    async with resumed(gateway, held) as client:
        await client.say("m-1", "one two three")
        await client.answered("m-1")
        assert entries(client)[-1] == StreamEnd("m-1", Usage(3, 3, 6), Cost(3, 6, 9))

    answer = await answer_in_log(gateway, held)
    assert (answer.usage, answer.cost) == (Usage(3, 3, 6), Cost(3, 6, 9))


async def test_where_nobody_counts_it_is_estimated(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    server.replies.append(Streamed(tells_usage=False))
    async with WireClient(gateway.url) as client:
        messages, _ = await client.chat(ChatSend("m-1", "12345678"))

    assert messages[-1] == StreamEnd("m-1", Usage(6, 2, 8), Cost(6, 4, 10))


# ---- Ends ----------------------------------------------------------------------------------------


async def test_a_stop_hangs_up_at_once_and_what_came_stands(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    server.replies.append(Streamed("one two", pieces=1, then="silence"))
    held = AppliedLog()
    async with resumed(gateway, held) as client:
        await client.say("m-1", "12345678")
        await client.grown("m-1")

        await client.stop("m-1")
        await client.answered("m-1")
        await server.left()

        end = next(each for each in entries(client) if isinstance(each, StreamEnd))
    assert (held.texts, held.ends) == ({"m-1": "one"}, {"m-1": "stopped"})
    assert end.usage == Usage(6, 1, 7)


async def test_a_stop_before_the_first_token_hangs_up_as_well(
    gateway: RuntimeFile, server: ModelServer
) -> None:
    server.replies.append(Streamed(pieces=0, then="headless"))
    async with resumed(gateway) as client:
        await client.say("m-1", "x")
        await server.asked_times(1)

        await client.stop("m-1")
        await client.answered("m-1")
        await server.left()

    assert len(server.asked) == 1


async def test_an_error_is_an_entry_and_the_next_message_is_answered(
    gateway: RuntimeFile, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tek_gateway")
    server.replies.extend([Refused(500, "quotes the secret prompt"), Refused(500)])
    held = AppliedLog()
    async with resumed(gateway, held) as client:
        await client.say("m-1", "secret prompt")
        await client.say("m-2", "two")
        await client.answered("m-1", "m-2")
        (error,) = (each for each in entries(client) if isinstance(each, Error))

    assert error.code == "LLM_ERROR"
    assert error.message.endswith("reported an error (HTTP 500). Try again in a moment.")
    assert held.ends == {"m-1": "LLM_ERROR", "m-2": "complete"}
    assert [each.content for each in server.asked[-1].messages] == ["two"]
    assert "model small: LLM_ERROR" in caplog.text
    assert "secret" not in caplog.text


class Window:
    """A model that says how much of the history it was given."""

    name = "window"
    history_limit = 11

    async def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[str]:
        del prompt
        yield str(len(history))


async def test_no_more_of_a_session_is_read_than_the_models_reach(run: Run) -> None:
    held = AppliedLog()
    async with run(Window()) as gateway, resumed(gateway, held) as client:
        for name in ("m-1", "m-2", "m-3"):
            await client.say(name, "x" * 10)
            await client.answered(name)

    assert held.texts == {"m-1": "0", "m-2": "2", "m-3": "2"}
