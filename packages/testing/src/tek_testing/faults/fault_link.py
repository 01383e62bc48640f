"""One connection through the fault proxy: two sockets, and a fault for the bytes in between.

It buffers at most one chunk in each direction, so that backpressure reaches the sender.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from tek_testing.deadlines import deadline
from tek_testing.faults.fault_plan import (
    BlackHole,
    CutOff,
    Ending,
    Fault,
    LinkFault,
    Part,
    Towards,
    Way,
    damaged,
    paced,
)
from tek_testing.faults.refusing_listener import Close, Http, Reset

HOST = "127.0.0.1"

CHUNK = 65_536
"""Maximum number of bytes read at once."""

DIAL_LIMIT = 10.0
REQUEST_LIMIT = 2.0
LINGER_LIMIT = 1.0
"""Seconds, scaled: for the upstream to accept, a client to send its request, both ends to close."""


class Bell:
    """An event that wakes all current waiters and is unset again at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake them."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._event.wait()


class ProxiedLink:
    """A client's socket, `near`, and one to the port `upstream` once the dial may pass.

    Its owner awaits `run` and then calls `close`. `did` is called when a fault takes effect.
    """

    def __init__(
        self, near: socket.socket, upstream: int, fault: Fault | None, did: Callable[[Fault], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._sockets = [_ready(near)]
        self._upstream = upstream
        self._fault = fault
        self._did = did
        self._is_told = False
        self._passed: Counter[tuple[Towards, Part]] = Counter()
        self._changed = Bell()
        self._ending: asyncio.Future[Ending] = self._loop.create_future()

    def strike(self, fault: LinkFault | None) -> None:
        """Replace the current fault by `fault`."""
        self._fault = fault
        self._is_told = False
        self._passed.clear()
        self._changed.ring()
        if isinstance(fault, Reset | Close):
            self._tell(fault)
            self._end(fault)

    async def run(self) -> None:
        """Pass bytes both ways until both have ended or a fault ends the connection."""
        async with asyncio.TaskGroup() as tasks:
            passing = tasks.create_task(self._pass())
            ending = await self._ending
            passing.cancel()
        match ending:
            case Reset():
                for end in self._sockets:
                    # Lingering for 0 seconds makes `close` send RST.
                    linger = struct.pack("ii", 1, 0)
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            case Close():
                with suppress(TimeoutError):
                    async with deadline(LINGER_LIMIT), asyncio.TaskGroup() as tasks:
                        for end in self._sockets:
                            tasks.create_task(self._see_out(end))

    def close(self) -> None:
        """Close both sockets."""
        for end in self._sockets:
            end.close()

    # ---- How -----------------------------------------------------------------------------------

    async def _pass(self) -> None:
        try:
            await self._meet()
        except* OSError:  # one end was reset or is unreachable: reset the other
            self._end(Reset())
        else:
            self._end(Close())

    async def _meet(self) -> None:
        await self._held()
        match self._fault:
            case Reset() | Close() as fault:
                self._tell(fault)
                self._end(fault)
            case Http(status, headers) as fault:
                await self._request()
                await self._loop.sock_sendall(self._sockets[0], _response(status, headers))
                self._tell(fault)
            case _:
                await self._carry()

    async def _carry(self) -> None:
        [near] = self._sockets
        far = _ready(socket.socket())
        self._sockets.append(far)
        async with deadline(DIAL_LIMIT):
            await self._loop.sock_connect(far, (HOST, self._upstream))
        async with asyncio.TaskGroup() as ways:
            ways.create_task(self._flow(near, far, "server"))
            ways.create_task(self._flow(far, near, "client"))

    async def _flow(self, source: socket.socket, sink: socket.socket, towards: Towards) -> None:
        way = Way()
        while chunk := await self._loop.sock_recv(source, CHUNK):
            for part, piece in way.parts(chunk):
                await self._forward(piece, sink, towards, part)
        await self._held()
        sink.shutdown(socket.SHUT_WR)

    async def _forward(
        self, rest: bytes, sink: socket.socket, towards: Towards, part: Part
    ) -> None:
        while rest:
            await self._held()
            fault = self._fault
            size, seconds = paced(fault, len(rest))
            if seconds:
                self._tell(fault)
                if await self._changes_within(seconds):
                    continue
            await self._send(rest[:size], sink, towards, part)
            rest = rest[size:]

    async def _send(self, piece: bytes, sink: socket.socket, towards: Towards, part: Part) -> None:
        fault = self._fault
        passed = self._passed[towards, part]
        self._passed[towards, part] += len(piece)
        left, is_done = damaged(fault, towards, part, passed, piece)
        if is_done:
            self._tell(fault)
        await self._loop.sock_sendall(sink, left)
        if is_done and isinstance(fault, CutOff):
            self._end(fault.then)

    async def _held(self) -> None:
        while isinstance(self._fault, BlackHole):
            self._tell(self._fault)
            await self._changed.wait()

    async def _changes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _request(self) -> None:
        request = b""
        async with deadline(REQUEST_LIMIT):
            while b"\r\n\r\n" not in request and len(request) < CHUNK:
                chunk = await self._loop.sock_recv(self._sockets[0], CHUNK)
                if not chunk:
                    break
                request += chunk

    async def _see_out(self, end: socket.socket) -> None:
        with suppress(OSError):  # it is gone already, or never was connected
            end.shutdown(socket.SHUT_WR)
            # Closing with unread bytes would send RST.
            while await self._loop.sock_recv(end, CHUNK):
                """Drop the rest."""

    def _end(self, how: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(how)

    def _tell(self, fault: Fault | None) -> None:
        if fault is not None and not self._is_told and not self._ending.done():
            self._is_told = True
            self._did(fault)


def _ready(end: socket.socket) -> socket.socket:
    end.setblocking(False)  # noqa: FBT003 - it takes no name
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


def _response(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Length: 0", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
