"""Who is connected: the principals, how many connections each has, and how much each says.

It must never know what is said.
"""

from collections.abc import Callable
from time import monotonic

from tek_gateway.limits import ServerLimits

_MINUTE = 60.0


class Principal:
    """One principal, for as long as it has a connection and has not regained its allowance."""

    def __init__(self, name: str, requests: int) -> None:
        self.name = name
        self.visits = 0
        self._most = requests
        self._left = float(requests)
        self._at = 0.0

    def may_ask(self, now: float) -> bool:
        """Take one request out of the allowance, which is whole again after a minute's rest."""
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_forgettable(self, now: float) -> bool:
        """Return whether a new guest of that name would be the same."""
        self._refill(now)
        return not self.visits and self._left >= self._most

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self._most / _MINUTE)
        self._at = now


class ClientConnection:
    """One connection of a guest; `at` is when something was last said, either way."""

    def __init__(self, guest: Principal, clock: Callable[[], float] = monotonic) -> None:
        self._guest = guest
        self._clock = clock
        self.at = clock()

    @property
    def principal(self) -> str:
        """Return whose sessions these are."""
        return self._guest.name

    def touch(self) -> None:
        """Note that something was said."""
        self.at = self._clock()

    def may_ask(self) -> bool:
        """Note that a request came, and return whether the guest has any left."""
        self.touch()
        return self._guest.may_ask(self.at)

    def end(self) -> None:
        """Note that the connection is gone."""
        self._guest.visits -= 1


class Principals:
    """All who are connected, by name."""

    def __init__(self, limits: ServerLimits, clock: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._guests: dict[str, Principal] = {}

    def receive(self, name: str) -> ClientConnection | None:
        """Return the visit of one more connection, None if the principal has as many as it may."""
        now = self._clock()
        for other in [key for key, guest in self._guests.items() if guest.is_forgettable(now)]:
            del self._guests[other]
        guest = self._guests.setdefault(name, Principal(name, self._limits.requests))
        if guest.visits >= self._limits.connections_each:
            return None
        guest.visits += 1
        return ClientConnection(guest, self._clock)
