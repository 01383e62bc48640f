"""The command as a process: how it starts, what it survives, and how it ends."""

import asyncio
import ctypes
import json
import os
import signal
import stat
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from time import monotonic

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tek_gateway.version import VERSION
from tek_local.runtime_file import read_runtime
from tek_local.start_command import start_command
from tek_protocol.chat import (
    ChatSend,
    Error,
    GatewayMessage,
    SessionCreated,
    SessionList,
    StreamDelta,
    StreamEnd,
)
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline, scaled
from tek_testing.gateway.gateway_process import GatewayProcess

LIST: dict[str, object] = {"type": "session.list", "id": "l-1"}
STOP_LIMIT = 1.0


@pytest.fixture
async def process() -> AsyncGenerator[GatewayProcess]:
    async with GatewayProcess() as started:
        yield started


def at(home: Path) -> dict[str, str]:
    """Return the variables of a process whose folders lie in `home`."""
    folders = {"XDG_CONFIG_HOME": home / "config", "XDG_DATA_HOME": home / "data"}
    return {**os.environ, **{name: str(folder) for name, folder in folders.items()}}


async def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a gateway to its end, and return its exit code, its output and its errors."""
    child = await asyncio.create_subprocess_exec(
        *start_command(),
        *arguments,
        env=at(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with deadline():
            output, errors = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return child.returncode or 0, output.decode(), errors.decode()


def opened(messages: list[GatewayMessage]) -> str:
    match messages[0]:
        case SessionCreated(session_id=session_id):
            return session_id
        case other:
            pytest.fail(f"no session was made: {other}")


async def test_sessions_and_messages_outlive_a_kill(process: GatewayProcess) -> None:
    async with WireClient(process.url) as client:
        session_id = opened((await client.chat(ChatSend("m-1", "one")))[0])
        await client.send(ChatSend("m-2", "/delay 5000 a b", session_id))
        while not isinstance(await client.receive(), StreamDelta):
            """Until the second answer has begun."""
        await process.kill()
        assert process.returncode == -signal.SIGKILL
        assert await client.closed() == 1006

    before = process.instance
    await process.restart()

    assert process.instance != before
    async with WireClient(process.url) as client:
        async with deadline():
            found: list[tuple[str, int]] = []
            while found != [(session_id, 4)]:  # the answer that was cut off goes on to its end
                listed = await client.ask(LIST)
                assert isinstance(listed, SessionList)
                found = [(info.session_id, info.message_count) for info in listed.sessions]
        messages, text = await client.chat(ChatSend("m-3", "go on", session_id))
        assert isinstance(messages[-1], StreamEnd)
        assert text == "go on"


async def test_it_restarts_on_its_port_though_connections_were_open(
    process: GatewayProcess,
) -> None:
    for _ in range(3):
        clients = [WireClient(process.url) for _ in range(5)]
        async with clients[0], clients[1], clients[2], clients[3], clients[4]:
            port = process.port
            await process.restart()
            assert process.port == port


async def test_lost_sessions_are_unknown_after_the_restart(process: GatewayProcess) -> None:
    async with WireClient(process.url) as client:
        session_id = opened((await client.chat(ChatSend("m-1", "one")))[0])
    with pytest.raises(RuntimeError):
        process.lose_sessions()

    await process.kill()
    process.lose_sessions()
    await process.start()

    async with WireClient(process.url) as client:
        messages, _ = await client.chat(ChatSend("m-2", "two", session_id))
        assert messages == [Error("SESSION_NOT_FOUND", "No such session.", "m-2")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_in_time_and_closes_without_a_code(
    process: GatewayProcess, number: signal.Signals
) -> None:
    async with WireClient(process.url) as idle, WireClient(process.url) as busy:
        await busy.send(ChatSend("m-1", "/delay 10 /count 10000"))
        while not isinstance(await busy.receive(), StreamDelta):
            """Until the answer has begun."""
        began = monotonic()
        os.kill(process.pid, number)

        assert await process.wait() == 0

        assert monotonic() - began < scaled(STOP_LIMIT)
        assert await idle.closed() == 1005
        assert await busy.closed() == 1005


async def test_a_signal_stops_it_whichever_thread_the_system_gives_it_to(
    process: GatewayProcess,
) -> None:
    threads = {thread.id for thread in psutil.Process(process.pid).threads()}
    (other, *_) = threads - {process.pid}  # one alone: the first signal ends the others

    assert ctypes.CDLL(None).tgkill(process.pid, other, signal.SIGTERM.value) == 0
    assert await process.wait() == 0


async def test_it_stops_in_time_though_nobody_answers_its_close(process: GatewayProcess) -> None:
    async with WireClient(process.url) as deaf:
        deaf.socket.transport.pause_reading()
        await deaf.send(ChatSend("m-1", "/count 100000"))
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        async with WireClient(process.url) as witness:
            await witness.ask(LIST)  # both of the others are accepted by now
            began = monotonic()
            assert await process.terminate() == 0
            assert monotonic() - began < scaled(STOP_LIMIT)
        writer.close()
        del reader


async def test_it_stops_in_time_though_a_client_floods_it(process: GatewayProcess) -> None:
    async with WireClient(process.url) as flooding:
        for number in range(3000):
            await flooding.send(ChatSend(f"m-{number}", "/delay 20 a b"))
        began = monotonic()

        assert await process.terminate() == 0

        assert monotonic() - began < scaled(STOP_LIMIT)


async def test_the_runtime_file_says_where_it_runs_for_as_long_as_it_runs(
    process: GatewayProcess,
) -> None:
    file = process.runtime_path

    runtime = read_runtime(file)
    assert runtime is not None
    assert (runtime.url, runtime.pid) == (process.url, process.pid)
    assert runtime.instance == process.instance
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    await process.terminate()
    assert not file.exists()


async def test_the_runtime_file_of_another_gateway_is_left_alone(process: GatewayProcess) -> None:
    file = process.runtime_path
    other = file.read_text().replace(process.instance, "another")
    file.write_text(other)

    await process.terminate()

    assert file.read_text() == other


async def test_it_works_without_a_runtime_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with GatewayProcess(environment={"XDG_CONFIG_HOME": str(tmp_path / "file")}) as process:
        assert "cannot write the runtime file" in process.log
        assert await process.terminate() == 0


async def test_a_port_or_a_folder_in_use_is_an_error_with_its_mend(
    process: GatewayProcess, tmp_path: Path
) -> None:
    port, folder = process.port, process.data_dir

    busy = (
        f"tek-gateway: error: port {port} on 127.0.0.1 is in use: stop the program that uses it, or"
        " choose another port with --port (0 takes a free one)\n"
    )
    locked = (
        f"tek-gateway: error: cannot keep sessions in {folder}: another gateway uses it; choose"
        " another folder with --data-dir\n"
    )
    assert await run(tmp_path, f"--port={port}") == (1, "", busy)
    assert await run(tmp_path, "--port=0", f"--data-dir={folder}") == (1, "", locked)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port=0", "--data-dir=/dev/null/x"], "/dev/null/x"),
        (["--port=0", "--log-file=/dev/null/x"], "/dev/null"),
        (["--port=0", "--host=no.such.host.invalid"], "no.such.host.invalid"),
        (["--port=0", "--host=a..b"], "a..b"),
    ],
)
async def test_a_start_that_cannot_be_is_one_line_without_a_traceback(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    code, output, errors = await run(tmp_path, *arguments)

    assert (code, output) == (1, "")
    assert errors.startswith("tek-gateway: error: ")
    assert reason in errors
    assert errors.count("\n") == 1


async def test_it_ends_by_itself_if_nobody_ever_comes(tmp_path: Path) -> None:
    code, output, errors = await run(tmp_path, "--port=0", "--stop-when-idle=0.1")

    assert code == 0
    ready = json.loads(output)
    assert ready.keys() == {"event", "url", "pid", "port", "instance", "version"}
    assert ready["event"] == "ready"
    assert "Traceback" not in errors


async def test_it_ends_by_itself_once_the_last_client_has_gone() -> None:
    async with GatewayProcess(options=["--stop-when-idle=0.2"]) as process:
        async with WireClient(process.url) as staying:
            async with WireClient(process.url) as leaving:
                await leaving.ask(LIST)
            assert (await staying.chat(ChatSend("m-1", "/delay 100 a b c d")))[1]
            assert process.running
        assert await process.wait() == 0


async def test_an_answer_is_finished_before_it_ends_by_itself() -> None:
    async with GatewayProcess(options=["--stop-when-idle=1"]) as process:
        async with WireClient(process.url) as leaving:
            await leaving.send(ChatSend("m-1", "/delay 300 /count 5"))
            await leaving.receive()
        assert await process.wait() == 0

        await process.start()
        async with WireClient(process.url) as client:
            listed = await client.ask(LIST)
            assert isinstance(listed, SessionList)
            assert [info.message_count for info in listed.sessions] == [2]


async def test_the_log_tells_comings_and_goings_and_no_content(process: GatewayProcess) -> None:
    async with WireClient(process.url) as client:
        await client.chat(ChatSend("id of the secret", "the secret itself"))
        await client.send('{"another": "secret"')
        await client.receive()
    await process.terminate()

    assert "started at" in process.log
    assert "connection 1 opened" in process.log
    assert "connection 1 closed" in process.log
    assert "stopped" in process.log
    assert "secret" not in process.log


async def test_the_log_may_go_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "gateway.log"

    code, _, errors = await run(tmp_path, "--port=0", "--stop-when-idle=0", f"--log-file={file}")

    assert (code, errors) == (0, "")
    assert "stopped" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "environment", "reason"),
    [
        (
            ["--host=0.0.0.0"],
            {},
            "anyone who can reach 0.0.0.0 could use this gateway",
        ),
        (["--behind-proxy"], {}, "anyone who can reach the proxy could use this gateway"),
        (["--host=0.0.0.0"], {"TEK_GATEWAY_TOKEN": "t" * 16}, "add --tls-cert and --tls-key"),
        ([], {"TEK_GATEWAY_TOKEN": "short"}, "TEK_GATEWAY_TOKEN: a token needs at least 16"),
        (["--tls-cert=/nowhere"], {}, "cannot use the certificate in /nowhere"),
        (["--tokens=/nowhere"], {}, "cannot read the tokens in /nowhere"),
    ],
)
async def test_a_gateway_that_lets_anybody_in_does_not_start(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    reason: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    code, output, errors = await run(tmp_path, "--port=0", *arguments)

    assert (code, output) == (1, "")
    assert reason in errors
    assert errors.count("\n") == 1


async def test_an_open_address_takes_whoever_has_a_token() -> None:
    token = "t" * 16
    options = ["--host=0.0.0.0", "--behind-proxy"]
    async with GatewayProcess(options=options, environment={"TEK_GATEWAY_TOKEN": token}) as process:
        async with WireClient(process.url, token=token) as client:
            assert isinstance(await client.ask(LIST), SessionList)
        with pytest.raises(InvalidStatus, match="401"):
            async with WireClient(process.url, token=token + "t"):
                pytest.fail("another token was taken")
        assert token not in process.log


async def test_it_needs_nobody_to_read_its_output(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        child = await asyncio.create_subprocess_exec(
            *start_command(port=0, stop_when_idle=0.1),
            env={**at(tmp_path), "PYTHONUNBUFFERED": ""},  # what is buffered is written at exit
            stdout=writing,
            stderr=writing,
        )
    finally:
        os.close(writing)
    async with deadline():
        assert await child.wait() == 0


async def test_files_in_the_current_folder_do_not_stand_in_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logging.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(tmp_path)

    assert await run(tmp_path, "--version") == (0, f"tek-gateway {VERSION}\n", "")
