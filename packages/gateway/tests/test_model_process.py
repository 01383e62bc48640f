"""The gateway with a model behind HTTP: killed in the middle of an answer, and started again."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tek_local.start_command import start_command
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.models.model_server import ModelServer, Streamed

COUNTED = " ".join(map(str, range(1, 301)))
SECRET = "sk-quite-secret"  # noqa: S105 - of no endpoint that there is


@pytest.fixture
async def server() -> AsyncGenerator[ModelServer]:
    async with ModelServer() as started:
        yield started


def settings(folder: Path, server: ModelServer, line: str = "") -> str:
    """Write a settings file and return the option that names it."""
    file = folder / "gateway.toml"
    file.write_text(f'[models.small]\nbase_url = "{server.base_url}"\n{line}\n')
    return f"--config={file}"


async def killed_at(gateway: GatewayProcess, held: AppliedLog, characters: int) -> None:
    """Kill `gateway` once so much of an answer has come, and start it again."""
    async with ResumeClient(gateway.url, held) as client:
        await client.resume()
        await client.say("m-1", "/delay 2 /count 300")
        await client.grown("m-1", characters)
        await gateway.kill()
    await gateway.start()


async def end(gateway: GatewayProcess, held: AppliedLog) -> None:
    """Follow the session until its answer has ended, and look at it as somebody who comes later."""
    async with ResumeClient(gateway.url, held) as client:
        assert (await client.resume()).outcome == "resumed"
        await client.answered("m-1")
    assert (held.texts["m-1"], held.ends["m-1"]) == (COUNTED, "complete")
    assert held.times_ended == {"m-1": 1}
    later = AppliedLog()
    later.session_id = held.session_id
    async with ResumeClient(gateway.url, later) as client:
        await client.resume()
        await client.answered("m-1")
    assert later.texts == held.texts


async def test_a_killed_gateway_goes_on_with_what_was_written(
    server: ModelServer, tmp_path: Path
) -> None:
    held = AppliedLog()
    options = [settings(tmp_path, server, "continues = true")]
    async with GatewayProcess(model=None, options=options) as gateway:
        await killed_at(gateway, held, 100)
        await end(gateway, held)

    assert held.attempts == {"m-1": 2}
    assert held.offsets["m-1"] >= 100
    first, second = server.asked
    assert [each.role for each in first.messages] == ["user"]
    prefix = second.messages[-1]
    assert prefix.role == "assistant"
    assert prefix.content == COUNTED[: held.offsets["m-1"]].rstrip()


async def test_a_killed_gateway_begins_again_where_the_endpoint_takes_no_prefix(
    tmp_path: Path,
) -> None:
    held = AppliedLog()
    async with ModelServer(continues=False) as server:
        options = [settings(tmp_path, server)]
        async with GatewayProcess(model=None, options=options) as gateway:
            await killed_at(gateway, held, 100)
            await end(gateway, held)

        assert (held.attempts["m-1"], held.offsets["m-1"]) == (2, 0)
        assert [[each.role for each in asked.messages] for asked in server.asked] == [["user"]] * 2


async def test_a_gateway_that_is_killed_again_and_again_gets_there(
    server: ModelServer, tmp_path: Path
) -> None:
    held = AppliedLog()
    options = [settings(tmp_path, server, "continues = true")]
    async with GatewayProcess(model=None, options=options) as gateway:
        await killed_at(gateway, held, 50)
        for characters in (200, 400):
            async with ResumeClient(gateway.url, held) as client:
                await client.resume()
                await client.grown("m-1", characters)
                await gateway.restart()
        await end(gateway, held)

    assert held.attempts == {"m-1": 4}


async def test_a_gateway_ends_at_once_in_the_middle_of_an_answer(
    server: ModelServer, tmp_path: Path
) -> None:
    server.replies.append(Streamed(pieces=0, then="headless"))
    options = [settings(tmp_path, server)]
    async with GatewayProcess(model=None, options=options) as gateway:
        async with ResumeClient(gateway.url) as client:
            await client.resume()
            await client.say("m-1", "x")
            await server.asked_times(1)
            assert await gateway.terminate() == 0
        await server.left()


async def test_a_key_is_in_no_log_and_no_answer(tmp_path: Path) -> None:
    async with ModelServer(key="another") as server:
        options = [settings(tmp_path, server, 'key = { env = "SMALL_KEY" }')]
        environment = {"SMALL_KEY": SECRET, "OPENAI_LOG": "debug"}
        async with (
            GatewayProcess(model=None, options=options, environment=environment) as gateway,
            ResumeClient(gateway.url) as client,
        ):
            await client.resume()
            await client.say("m-1", "what nobody may read")
            await client.answered("m-1")

            assert client.transcript.ends == {"m-1": "PROVIDER_NOT_CONFIGURED"}
            assert server.asked[0].headers["authorization"] == f"Bearer {SECRET}"
            assert SECRET not in gateway.log + "".join(client.frames)
            assert "nobody may read" not in gateway.log
            assert f"127.0.0.1:{server.port}" not in gateway.log  # no line a request


async def test_this_machines_ollama_is_found(server: ModelServer) -> None:
    environment = {"OLLAMA_HOST": f"127.0.0.1:{server.port}"}
    async with (
        GatewayProcess(model=None, environment=environment) as gateway,
        ResumeClient(gateway.url) as client,
    ):
        await client.resume()
        await client.say("m-1", "hello there")
        await client.answered("m-1")

    assert client.transcript.texts == {"m-1": "hello there"}
    assert server.asked[0].model == "small"


async def test_without_a_model_it_says_in_its_log_how_to_set_one() -> None:
    async with GatewayProcess(model=None) as gateway:
        assert re.search(r"WARNING no model is set: .* `--model ollama:NAME`", gateway.log)


async def test_a_model_that_there_is_not_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *start_command(port=0, data_dir=tmp_path, model="gpt-99"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with deadline():
        _, errors = await process.communicate()

    assert process.returncode == 1
    assert errors.decode().startswith("tek-gateway: error: there is no model 'gpt-99'; choose")
    assert errors.count(b"\n") == 1


async def test_the_library_is_not_imported_before_it_is_used() -> None:
    check = (
        "import sys, tek_gateway.main, tek_gateway.models.endpoint;"
        "sys.exit({'openai', 'keyring', 'pydantic', 'httpx2'} & sys.modules.keys() != set())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", check)
    async with deadline():
        assert await process.wait() == 0
