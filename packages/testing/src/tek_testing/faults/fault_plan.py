"""Faults of a connection as values, and plans of faults that depend on a seed alone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from tek_testing.faults.refusing_listener import Close, Http, Reset

Towards: TypeAlias = Literal["client", "server"]
Part: TypeAlias = Literal["handshake", "frames"]
"""A handshake ends with its first empty line; the rest, in either direction, is frames."""

Ending: TypeAlias = Reset | Close

SLICES = 20
"""Pieces a second in which a throttled connection passes its bytes, at most."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nobody listens: a dial fails with ECONNREFUSED; the proxy cannot count it."""


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Sockets stay open and nothing passes, not even FIN; everything passes once it is over.

    A dial is accepted and then held until it is over.
    """


@dataclass(frozen=True, slots=True)
class Delay:
    """Each chunk waits for `seconds`, and the bytes after it wait behind it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Throttle:
    """Each direction passes `bytes_per_second`, at least 1, in evenly spaced pieces."""

    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """`after` more bytes pass `towards` one end, then both ends are closed as `then` says.

    Bytes are counted from the start of the fault, those of the part `inside` only. With `after` 0
    the cut comes with the first byte.
    """

    after: int
    towards: Towards = "client"
    inside: Part = "frames"
    then: Ending = field(default_factory=Reset)


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of one byte is flipped, once.

    `byte` is counted from 0, as in `CutOff.after`; `bit` is 0 (lowest) to 7.
    """

    byte: int
    bit: int = 0
    towards: Towards = "client"
    inside: Part = "frames"


LinkFault: TypeAlias = Reset | Close | BlackHole | Delay | Throttle | CutOff | Flip
"""Faults of a connection, whether it is open already or new."""

Fault: TypeAlias = LinkFault | Refuse | Http
"""Faults of a dial."""


def paced(fault: Fault | None, size: int) -> tuple[int, float]:
    """Return how many of `size` bytes to send next, and the seconds to wait before."""
    match fault:
        case Delay(seconds):
            return size, seconds
        case Throttle(rate):
            share = min(size, max(1, rate // SLICES))
            return share, share / rate
        case _:
            return size, 0.0


def damaged(
    fault: Fault | None, towards: Towards, part: Part, passed: int, piece: bytes
) -> tuple[bytes, bool]:
    """Return what is left of `piece`, and whether the fault took effect on it.

    `passed` is the number of bytes of that part and direction that were sent before.
    """
    match fault:
        case CutOff(after) if (fault.towards, fault.inside) == (towards, part):
            return piece[: max(0, after - passed)], passed + len(piece) >= after
        case Flip(byte, bit) if (fault.towards, fault.inside) == (towards, part):
            if not passed <= byte < passed + len(piece):
                return piece, False
            changed = bytearray(piece)
            changed[byte - passed] ^= 1 << bit
            return bytes(changed), True
        case _:
            return piece, False


class Way:
    """One direction of a connection, split into its handshake and the frames after it."""

    def __init__(self) -> None:
        self._tail: bytes | None = b""

    def parts(self, chunk: bytes) -> Iterator[tuple[Part, bytes]]:
        """Yield `chunk` in one or two pieces, each with its part; no piece is empty."""
        border = self._border(chunk)
        if border:
            yield "handshake", chunk[:border]
        if chunk[border:]:
            yield "frames", chunk[border:]

    def _border(self, chunk: bytes) -> int:
        if self._tail is None:
            return 0
        seen = self._tail + chunk
        found = seen.find(b"\r\n\r\n")
        border = len(chunk) if found < 0 else found + 4 - len(self._tail)
        self._tail = seen[-3:] if found < 0 else None
        return border


@dataclass(frozen=True, slots=True)
class Step:
    """`calm` seconds without a fault, then `open` for connections and `dials` for new ones.

    It ends after `seconds`, or once the fault `dials` has taken effect `count` times; with `count`
    0, after `seconds` only.
    """

    calm: float
    open: LinkFault | None
    dials: Fault | None
    seconds: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """An endless sequence of steps that depends on `seed`; `pace` multiplies their seconds.

    Every kind of fault comes once a round. A client can recover from each: none is silent, as a
    flipped bit inside a text would be, and none is final, as a 404 would be.
    """

    seed: int
    pace: float = 1.0

    def __iter__(self) -> Iterator[Step]:
        chance = Random(self.seed)  # noqa: S311 - it has to be reproducible
        while True:
            for at_open, at_dials, count in _round(chance):
                calm, seconds = chance.uniform(0.5, 3), chance.uniform(0.5, 5)
                yield Step(calm * self.pace, at_open, at_dials, seconds * self.pace, count)


def _round(chance: Random) -> list[tuple[LinkFault, Fault, int]]:
    """Return each kind of fault once: for connections, for dials, and the count of these."""

    def ending() -> Ending:
        return chance.choice((Reset(), Close()))

    def side() -> Towards:
        return chance.choice(("client", "server"))

    def some() -> int:
        return chance.randint(1, 3)

    late = Delay(chance.uniform(0.005, 0.3))
    narrow = Throttle(chance.randint(500, 20_000))
    in_a_frame = CutOff(chance.randint(0, 200), side(), "frames", ending())
    in_the_handshake = CutOff(chance.randint(0, 120), side(), "handshake", ending())
    # The reserved bits of the first frame: both ends have to refuse it (RFC 6455, section 5.2).
    flipped = Flip(0, chance.randint(4, 6), side())
    every: list[tuple[LinkFault, Fault, int]] = [
        (ending(), Refuse(), 0),
        (ending(), ending(), some()),
        (ending(), Http(503), some()),
        (ending(), Http(503, {"Retry-After": "1"}), some()),
        (BlackHole(), BlackHole(), 0),
        (late, late, 0),
        (narrow, narrow, 0),
        (in_a_frame, in_a_frame, some()),
        (ending(), in_the_handshake, some()),
        (ending(), flipped, some()),
    ]
    chance.shuffle(every)
    return every
