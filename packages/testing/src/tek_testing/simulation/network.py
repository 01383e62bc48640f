"""Connections whose every frame arrives when a test says so, or never.

It must never look into a frame, but to see whether it is an entry of a log.
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
    """The end of what comes in one direction; None is no close frame at all."""

    code: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ping:
    """Goes there and back."""

    answered: asyncio.Future[None]


Packet: TypeAlias = str | Ping | CloseFrame


@dataclass(slots=True, eq=False)
class Pipe:
    """One direction: what is `under_way` comes in order, and `arrived` waits to be read.

    Nothing arrives while it `is_held`. `copies` says how often each of the next entries is sent,
    which a gateway does once.
    """

    under_way: deque[Packet] = field(default_factory=deque[Packet])
    arrived: deque[Packet] = field(default_factory=deque[Packet])
    is_cut: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    copies: deque[int] = field(default_factory=deque[int])
    leaves_out: bool = False
    is_held: bool = False

    def put(self, packet: Packet) -> None:
        """Send; what is put into a pipe that was cut is lost."""
        if self.is_cut:
            return
        times = self.copies.popleft() if self.copies and _is_entry(packet) else 1
        self.leaves_out = self.leaves_out or not times
        self.under_way.extend([packet] * times)

    def cut(self, lost: int, *, is_told: bool = True) -> None:
        """Lose the latest packets and let nothing more in; the other end may never hear of it."""
        if self.is_cut:
            return
        for _ in range(min(lost, len(self.under_way))):
            self.under_way.pop()
        if is_told:
            self.put(CloseFrame())
        self.is_cut = True
        self.wake()

    def wake(self) -> None:
        """Let whoever waits look again."""
        self.changed.set()
        self.changed = asyncio.Event()


class SimulatedWire:
    """One connection: a client's link, a gateway's socket, and a pipe each way.

    `said` is where every frame of the gateway is noted, whether it is ever sent and arrives or not.
    """

    def __init__(self, said: list[str]) -> None:
        self.said = said
        self.up, self.down = Pipe(), Pipe()
        self.link = ClientEnd(self)
        self.socket = GatewayEnd(self)

    @property
    def is_gone(self) -> bool:
        """Whether nobody will ever hear of it again."""
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
        """Let both ends hear that it was cut, if it was, and cut it if it left something out."""
        self.up.is_held = self.down.is_held = False
        self.down.copies.clear()
        if self.down.leaves_out:
            self.cut(0, 0, is_told=True)
        for pipe in (self.up, self.down):
            if pipe.is_cut and CloseFrame() not in pipe.under_way:
                pipe.under_way.append(CloseFrame())


class ClientEnd:
    """A `Link`."""

    subprotocol = SUBPROTOCOL_RESUME

    def __init__(self, wire: SimulatedWire) -> None:
        self._wire = wire
        self.lost: Failure | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is known of a loss."""
        return self.lost is None

    def arrive(self, packet: str | CloseFrame) -> None:
        """Take what came."""
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
        """Say goodbye, and wait for nothing."""
        self._wire.up.put(CloseFrame(1000))
        self.abort()

    def abort(self) -> None:
        """Drop it here; what was written before is still under way."""
        self.lost = self.lost or _ABORTED
        self._wire.up.cut(0)
        self._wire.down.under_way.clear()
        self._wire.down.cut(0, is_told=False)
        self._wire.down.wake()


class Behind:
    """A transport whose reader is behind, so that every frame goes by `send`."""

    def get_write_buffer_size(self) -> int:
        """Return that something waits."""
        return 1


class GatewayEnd:
    """What the gateway uses of a `ServerConnection`."""

    transport = Behind()

    def __init__(self, wire: SimulatedWire) -> None:
        self._wire = wire
        self.is_closed = False

    def arrive(self, packet: str | CloseFrame) -> None:
        """Take what came."""
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
        """Announce a planned stop and close; what has arrived is still read."""
        self._wire.down.put(encode(GoAway("the gateway stops", 500, 1000)))
        self._wire.down.put(CloseFrame(_RESTARTS))
        self._end()

    def kill(self, lost: int) -> None:
        """End as the process does, with the latest frames unsent and all that came unread."""
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
    """Every connection there is; `accept` is a gateway that listens, None that nobody does.

    `said` is all that a gateway has said, or would have, since somebody last looked.
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
        """Drop the connections that nobody will hear of again."""
        self.wires = [each for each in self.wires if not each.is_gone]


def _is_entry(packet: Packet) -> bool:
    return isinstance(packet, str) and '"seq":' in packet
