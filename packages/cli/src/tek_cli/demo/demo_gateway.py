"""The gateway of the demo: a process in a temporary home, and a look at what it has stored."""

import asyncio
import os
import random
import shutil
import socket
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from websockets.asyncio.client import connect

from tek_local.start_command import start_command
from tek_protocol import encode
from tek_protocol.chat import SessionList, read_gateway_message

_IDLE_LIMIT = 60.0
"""Seconds without a client after which the gateway stops, should the demo itself be killed."""

_PORTS = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections.

A client that redials a dead port of that other range may connect to itself.
"""


class DemoGateway:
    """An echo gateway that can be killed and started again on the same port."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="tek-demo-"))
        self._port = _free_port()
        self._process: Process | None = None
        self.url = f"ws://127.0.0.1:{self._port}/gateway"

    async def start(self) -> int:
        """Start it, wait until it accepts connections, and return its process ID."""
        command = start_command(
            port=self._port,
            data_dir=self._home / "sessions",
            stop_when_idle=_IDLE_LIMIT,
            log_file=self._home / "gateway.log",
            model="echo",
        )
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **self._environment},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl+C is for the demo, which then stops the gateway
        )
        if process.stdout is None or not await process.stdout.readline():
            log = (self._home / "gateway.log").read_text(errors="replace")
            message = f"the demo's gateway did not start: {log}"
            raise RuntimeError(message)
        return process.pid

    async def kill(self) -> None:
        """Kill it with SIGKILL and wait until it is gone."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.communicate()

    async def close(self) -> None:
        """Kill it and delete its home."""
        await self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    async def message_count(self, session_id: str) -> int:
        """Return how many messages the session has, asked over a connection of its own."""
        async with connect(self.url, compression=None, proxy=None) as link:
            await link.send(encode({"type": "session.list", "id": "demo"}))
            answer = read_gateway_message(await link.recv(decode=True))
        sessions = answer.sessions if isinstance(answer, SessionList) else ()
        return sum(each.message_count for each in sessions if each.session_id == session_id)

    @property
    def _environment(self) -> dict[str, str]:
        """The variables that keep the user's own files and models out of the demo."""
        folders = ("config", "data", "state", "cache")
        return {
            "HOME": str(self._home),
            "OLLAMA_HOST": "127.0.0.1:1",
            "TEK_GATEWAY_CONFIG": "",
            **{f"XDG_{name.upper()}_HOME": str(self._home / name) for name in folders},
        }


def _free_port() -> int:
    """Return a port on which nothing listens."""
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    message = "found no free port for the demo"
    raise RuntimeError(message)
