"""What can befall a connection, as values, and plans of it that depend on nothing but a seed.

It must never touch a socket or a clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from tek_testing.faults.refusing_listener import Close, Http, Reset

Towards: TypeAlias = Literal["client", "server"]
Part: TypeAlias = Literal["handshake", "frames"]
"""A handshake ends with its first empty line; what follows, either way, is frames."""

Ending: TypeAlias = Reset | Close

SLICES = 20
"""How many pieces a second a throttled connection is served in, if it gets that many bytes."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nobody listens: a dial ends in ECONNREFUSED, unseen and uncounted."""


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Sockets stay open and nothing passes, not even their end; once it is over, all of it does.

    A dial is accepted and goes no further until then.
    """


@dataclass(frozen=True, slots=True)
class Delay:
    """What is read at once waits for `seconds`, and what comes in that time waits behind it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Throttle:
    """Each way passes `bytes_per_second`, which is at least 1, in pieces that are evenly spaced."""

    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """`after` more bytes pass `towards` one end, then both are cut off as `then` says.

    Bytes are counted from when the fault begins; those of the other part pass uncounted. The cut
    comes with the last of them, and with the first byte to come where `after` is 0.
    """

    after: int
    towards: Towards = "client"
    inside: Part = "frames"
    then: Ending = field(default_factory=Reset)


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of one byte is flipped, once.

    `byte` counts from 0 where `CutOff.after` counts from; `bit` is 0, the lowest, to 7.
    """

    byte: int
    bit: int = 0
    towards: Towards = "client"
    inside: Part = "frames"


LinkFault: TypeAlias = Reset | Close | BlackHole | Delay | Throttle | CutOff | Flip
"""What can befall a connection that is open already, and a new one too."""

Fault: TypeAlias = LinkFault | Refuse | Http
"""What can befall a dial."""


def paced(fault: Fault | None, size: int) -> tuple[int, float]:
    """Return how many of `size` bytes go next, and the seconds that they wait before."""
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
    """Return what becomes of a piece of one part of one way, and whether that is the fault's doing.

    `passed` is how many bytes of that part went before. A `CutOff` is done with its last byte.
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
    """One way of one connection: it tells the handshake from the frames after it."""

    def __init__(self) -> None:
        self._tail: bytes | None = b""

    def parts(self, chunk: bytes) -> Iterator[tuple[Part, bytes]]:
        """Yield `chunk` in at most two pieces, neither of them empty, each with its part."""
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
    """`calm` seconds of peace, then `open` for what is connected, and `dials` for what comes.

    It is over after `seconds`, or sooner: as soon as the fault of `dials` was done `count` times,
    unless that is 0.
    """

    calm: float
    open: LinkFault | None
    dials: Fault | None
    seconds: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The endless steps of `seed`, the same in every iteration; `pace` multiplies their seconds.

    Every kind of fault comes once a round. None is silent, as a flipped bit inside a text would
    be, and none tells a client that it is in the wrong place: it can live through each of them.
    """

    seed: int
    pace: float = 1.0

    def __iter__(self) -> Iterator[Step]:
        chance = Random(self.seed)  # noqa: S311 - it is to be foreseen
        while True:
            for at_open, at_dials, count in _round(chance):
                calm, seconds = chance.uniform(0.5, 3), chance.uniform(0.5, 5)
                yield Step(calm * self.pace, at_open, at_dials, seconds * self.pace, count)


def _round(chance: Random) -> list[tuple[LinkFault, Fault, int]]:
    """Return every kind once: for what is open, for dials, and how many of these."""

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
    # The reserved bits of a first frame: no end may let them pass (RFC 6455, section 5.2).
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
