"""Connections on which each frame arrives when the simulation says so, or never.

The network looks into a frame only to see whether it is an entry of a log.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from websockets.exceptions import ConnectionClosedError

from reconnect_core import Call, Cause, DialFailed, Failure, LinkLost
from tek_protocol import encode
from tek_protocol.envelope import SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import GoAway

ROOM = 4
"""Frames that are under way in one direction before a gateway's send has to wait."""

_RESTARTS = 1012
_REFUSED = Failure(Cause.NETWORK, "connection refused")
_ABORTED = Failure(Cause.CLOSED, "aborted here", code=1006)


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """The end of one direction, with the code of its close frame; None without one."""

    code: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ping:
    """A ping, which comes back as a pong."""

    answered: asyncio.Future[None]


Packet: TypeAlias = str | Ping | CloseFrame


@dataclass(slots=True, eq=False)
class Pipe:
    """One direction: frames `under_way` arrive in order, and `arrived` ones wait to be read.

    Nothing arrives while it `is_held`. `copies` has how often each of the next entries is sent;
    a correct gateway sends each once.
    """

    under_way: deque[Packet] = field(default_factory=deque[Packet])
    arrived: deque[Packet] = field(default_factory=deque[Packet])
    is_cut: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    copies: deque[int] = field(default_factory=deque[int])
    leaves_out: bool = False
    is_held: bool = False

    def put(self, packet: Packet) -> None:
        """Send a frame; it is lost if the pipe was cut."""
        if self.is_cut:
            return
        times = self.copies.popleft() if self.copies and _is_entry(packet) else 1
        self.leaves_out = self.leaves_out or not times
        self.under_way.extend([packet] * times)

    def cut(self, lost: int, *, is_told: bool = True) -> None:
        """Lose the latest packets and accept no more; the other end may not notice."""
        if self.is_cut:
            return
        for _ in range(min(lost, len(self.under_way))):
            self.under_way.pop()
        if is_told:
            self.put(CloseFrame())
        self.is_cut = True
        self.wake()

    def wake(self) -> None:
        """Wake the reader and the writers."""
        self.changed.set()
        self.changed = asyncio.Event()


class SimulatedWire:
    """One connection: a client's link, a gateway's socket, and a pipe each way.

    `said` records every frame of the gateway, whether it is sent and arrives or not.
    """

    def __init__(self, said: list[str]) -> None:
        self.said = said
        self.up, self.down = Pipe(), Pipe()
        self.link = ClientEnd(self)
        self.socket = GatewayEnd(self)

    @property
    def is_gone(self) -> bool:
        """Whether both ends are done with it."""
        return not self.up.under_way and not self.down.under_way and self.link.lost is not None

    def move_up(self) -> None:
        """Let the first packet arrive at the gateway."""
        packet = self.up.under_way.popleft()
        if isinstance(packet, Ping):
            if not self.socket.is_closed:
                self.down.put(packet)
            return
        self.socket.arrive(packet)

    def move_down(self) -> None:
        """Let the first packet arrive at the client."""
        packet = self.down.under_way.popleft()
        self.down.wake()
        if not isinstance(packet, Ping):
            self.link.arrive(packet)
        elif not packet.answered.done():
            packet.answered.set_result(None)

    def cut(self, lost_up: int, lost_down: int, *, is_told: bool) -> None:
        """Break the connection between its ends."""
        self.up.cut(lost_up, is_told=is_told)
        self.down.cut(lost_down, is_told=is_told)

    def moves(self) -> list[Callable[[], None]]:
        """Return what may happen next."""
        found: list[Callable[[], None]] = []
        if self.up.under_way and not self.up.is_held:
            found.append(self.move_up)
        if self.down.under_way and not self.down.is_held:
            found.append(self.move_down)
        return found

    def mend(self) -> None:
        """Tell both ends that it was cut, if it was; cut it if an entry was left out."""
        self.up.is_held = self.down.is_held = False
        self.down.copies.clear()
        if self.down.leaves_out:
            self.cut(0, 0, is_told=True)
        for pipe in (self.up, self.down):
            if pipe.is_cut and CloseFrame() not in pipe.under_way:
                pipe.under_way.append(CloseFrame())


class ClientEnd:
    """The client's end: a `Link`."""

    subprotocol = SUBPROTOCOL_RESUME

    def __init__(self, wire: SimulatedWire) -> None:
        self._wire = wire
        self.lost: Failure | None = None

    @property
    def is_open(self) -> bool:
        """Whether this end has noticed no loss."""
        return self.lost is None

    def arrive(self, packet: str | CloseFrame) -> None:
        """Receive one frame."""
        if isinstance(packet, str):
            self._wire.down.arrived.append(packet)
        elif self.lost is None:
            self.lost = Failure(Cause.CLOSED, "the gateway closed", code=packet.code or 1006)
        self._wire.down.wake()

    async def send(self, text: str) -> None:
        """Write one frame."""
        if self.lost is not None:
            raise LinkLost(self.lost)
        self._wire.up.put(text)

    async def receive(self) -> str | bytes:
        """Return the next frame that arrived."""
        down = self._wire.down
        while not down.arrived:
            if self.lost is not None:
                raise LinkLost(self.lost)
            await down.changed.wait()
        packet = down.arrived.popleft()
        assert isinstance(packet, str)
        return packet

    async def ping(self) -> None:
        """Return when the ping has come back."""
        ping = Ping(asyncio.get_running_loop().create_future())
        self._wire.up.put(ping)
        await ping.answered

    async def close(self) -> None:
        """Send a close frame, and do not wait for the reply."""
        self._wire.up.put(CloseFrame(1000))
        self.abort()

    def abort(self) -> None:
        """Drop this end; frames written before are still under way."""
        self.lost = self.lost or _ABORTED
        self._wire.up.cut(0)
        self._wire.down.under_way.clear()
        self._wire.down.cut(0, is_told=False)
        self._wire.down.wake()


class Behind:
    """A transport with a full buffer, so that every frame is sent by `send`."""

    def get_write_buffer_size(self) -> int:
        """Return 1: there is always something in the buffer."""
        return 1


class GatewayEnd:
    """The gateway's end: what the gateway uses of a `ServerConnection`."""

    transport = Behind()

    def __init__(self, wire: SimulatedWire) -> None:
        self._wire = wire
        self.is_closed = False

    def arrive(self, packet: str | CloseFrame) -> None:
        """Receive one frame."""
        if isinstance(packet, CloseFrame):
            self.is_closed = True
        elif not self.is_closed:
            self._wire.up.arrived.append(packet)
        self._wire.up.wake()
        self._wire.down.wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        up = self._wire.up
        while not up.arrived:
            if self.is_closed:
                raise StopAsyncIteration
            await up.changed.wait()
        packet = up.arrived.popleft()
        assert isinstance(packet, str)
        return packet

    async def send(self, text: str) -> None:
        """Write one frame, once there is room for it."""
        self._wire.said.append(text)
        down = self._wire.down
        while len(down.under_way) >= ROOM and not self.is_closed and not down.is_cut:
            await down.changed.wait()
        if self.is_closed:
            raise ConnectionClosedError(None, None)
        down.put(text)

    async def close(self, code: int = 1000) -> None:
        """Close with `code`."""
        self._wire.down.put(CloseFrame(code))
        self._end()

    def go_away(self) -> None:
        """Announce a planned stop and close; frames that have arrived are still read."""
        self._wire.down.put(encode(GoAway("the gateway stops", 500, 1000)))
        self._wire.down.put(CloseFrame(_RESTARTS))
        self._end()

    def kill(self, lost: int) -> None:
        """End as a killed process does: the latest frames unsent, everything received unread."""
        self._wire.down.cut(lost)
        self._wire.up.arrived.clear()
        self._wire.up.under_way.clear()
        self._wire.up.cut(0, is_told=False)
        self._end()

    def _end(self) -> None:
        self.is_closed = True
        self._wire.up.wake()
        self._wire.down.wake()


@dataclass(slots=True)
class Network:
    """All connections; `accept` is the listening gateway's callback, None without a gateway.

    `said` has every frame that a gateway has sent, or tried to, since it was last read.
    """

    accept: Callable[[SimulatedWire], None] | None = None
    wires: list[SimulatedWire] = field(default_factory=list[SimulatedWire])
    said: list[str] = field(default_factory=list[str])

    def dial(self, call: Call) -> ClientEnd:
        """Open a connection, or raise `DialFailed`."""
        assert SUBPROTOCOL_RESUME in call.offers
        if self.accept is None:
            raise DialFailed(_REFUSED)
        wire = SimulatedWire(self.said)
        self.wires.append(wire)
        self.accept(wire)
        return wire.link

    def forget(self) -> None:
        """Drop the connections that both ends are done with."""
        self.wires = [each for each in self.wires if not each.is_gone]


def _is_entry(packet: Packet) -> bool:
    return isinstance(packet, str) and '"seq":' in packet
