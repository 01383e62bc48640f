"""A disk that fills up under a running gateway, and is emptied again: a real one, of a few MB.

The gateway runs in a mount namespace of its own, in which its data folder is a small tmpfs.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tek_protocol import encode
from tek_protocol.chat import Error, SessionList
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

MOUNTED = 'mkdir "$1" && mount -t tmpfs -o size=8m tmpfs "$1" && echo mounted && exec cat'
APART = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh")
"""What has a small disk at $1 for itself, until its standard input ends."""

COUNT = 1500
COUNTED = " ".join(map(str, range(1, COUNT + 1)))
LARGE = "x" * 20_000


@dataclass(frozen=True)
class Disk:
    """A small disk, and the gateway that has its sessions on it."""

    process: GatewayProcess
    folder: Path

    def fill(self) -> None:
        with suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def empty(self) -> None:
        (self.folder / "ballast").unlink()


@pytest.fixture
async def disk() -> AsyncGenerator[Disk]:
    if shutil.which("unshare") is None:
        pytest.skip("no file system can be mounted here")
    wrapper: list[str] = []
    process = GatewayProcess(wrapper=wrapper)
    command = [*APART, str(process.data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as apart:  # noqa: ASYNC220, S603 - it is the test's own, and not waited for
        assert apart.stdin is not None
        assert apart.stdout is not None
        if await asyncio.to_thread(apart.stdout.readline) != b"mounted\n":
            await asyncio.to_thread(shutil.rmtree, process.home)
            pytest.skip("no file system can be mounted here")
        wrapper += [
            "nsenter",
            f"--target={apart.pid}",
            "--user",
            "--preserve-credentials",
            "--mount",
        ]
        async with process:
            yield Disk(process, Path(f"/proc/{apart.pid}/root{process.data_dir}"))
        apart.stdin.close()


def ready(process: GatewayProcess) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection("127.0.0.1", process.port, timeout=10)
    try:
        connection.request("GET", "/ready")
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


async def refused(client: ResumeClient) -> list[str]:
    """Send until something is refused; returns what was accepted."""
    for number in range(1000):
        name = f"n-{number}"
        await client.say(name, LARGE)
        while name not in client.transcript.asked:
            _, message = await client.take()
            if isinstance(message, Error) and message.request_id == name:
                assert message.code == "STORAGE_FULL"
                return list(client.transcript.asked)
    pytest.fail("the disk took it all")


async def test_a_full_disk_takes_nothing_new_and_loses_nothing(disk: Disk) -> None:
    process = disk.process
    async with ResumeClient(process.url) as growing, ResumeClient(process.url) as writing:
        await growing.resume()
        await growing.say("m-1", f"/delay 2 /count {COUNT}")
        await growing.grown("m-1", 100)
        await writing.resume()
        await writing.say("m-0", LARGE)
        await writing.acknowledged("m-0")
        await asyncio.to_thread(disk.fill)

        async with deadline(60):
            accepted = await refused(writing)
        assert (await asyncio.to_thread(ready, process))[0] == 503
        held = AppliedLog()
        held.session_id = writing.transcript.session_id
        async with ResumeClient(process.url, held) as reading:  # whoever comes now reads on
            assert (await reading.resume()).outcome == "resumed"
            await reading.acknowledged(*accepted)
            await reading.send(encode({"type": "session.list", "id": "l"}))
            assert isinstance(await reading.aside(), SessionList)
            await reading.say("new", "x")
            message = await reading.aside()
            assert isinstance(message, Error)
            assert (message.code, message.request_id) == ("STORAGE_FULL", "new")
        async with ResumeClient(process.url) as new:
            resumed = await new.ask({"type": "session.resume", "id": "r", "sessionId": None,
                                     "cursor": 0})  # fmt: skip
            assert isinstance(resumed, Error)
            assert (resumed.code, resumed.request_id) == ("STORAGE_FULL", "r")
        assert "m-1" not in growing.transcript.ends

        disk.empty()
        async with deadline(60):
            await growing.answered("m-1")
            await writing.answered(*accepted)
        assert growing.transcript.texts == {"m-1": COUNTED}
        assert growing.transcript.times_ended == {"m-1": 1}
        assert set(writing.transcript.texts.values()) == {LARGE}
        assert set(writing.transcript.times_ended.values()) == {1}
        await growing.say("m-2", "two")
        await growing.answered("m-2")
        assert await asyncio.to_thread(ready, process) == (200, {"status": "ready"})
    assert process.log.count("the disk is full") < 20
    assert process.log.count("Traceback") == 0


async def test_a_gateway_stops_cleanly_on_a_full_disk(disk: Disk) -> None:
    process = disk.process
    async with ResumeClient(process.url) as writing:
        await writing.resume()
        await asyncio.to_thread(disk.fill)
        async with deadline(60):
            await refused(writing)
        assert await process.terminate() == 0
    assert "Traceback" not in process.log


async def test_a_gateway_that_died_on_a_full_disk_starts_again_and_has_lost_nothing(
    disk: Disk,
) -> None:
    process, held = disk.process, AppliedLog()
    async with ResumeClient(process.url, held) as writing:
        await writing.resume()
        await asyncio.to_thread(disk.fill)
        async with deadline(60):
            accepted = await refused(writing)
        await process.kill()
    await process.start()
    async with ResumeClient(process.url, held) as reading:
        assert (await reading.resume()).outcome == "resumed"
        await reading.acknowledged(*accepted)
        disk.empty()
        async with deadline(60):
            await reading.answered(*accepted)
        await reading.say("more", "more")
        await reading.answered("more")
    assert set(held.times_ended.values()) == {1}
    assert "Traceback" not in process.log
