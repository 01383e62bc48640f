"""The connected principals: how many connections each has, and its request allowance."""

from collections.abc import Callable
from time import monotonic

from tek_gateway.limits import ServerLimits

_MINUTE = 60.0


class Principal:
    """One principal, kept while it has a connection or its allowance is not full again."""

    def __init__(self, name: str, requests: int) -> None:
        self.name = name
        self.connections = 0
        self._allowance = requests
        self._left = float(requests)
        self._refilled_at = 0.0

    def may_ask(self, now: float) -> bool:
        """Use up one request and return whether there was one left.

        An empty allowance is full again after a minute without requests.
        """
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_idle(self, now: float) -> bool:
        """Return whether a new object of the same name would be in the same state."""
        self._refill(now)
        return not self.connections and self._left >= self._allowance

    def _refill(self, now: float) -> None:
        regained = (now - self._refilled_at) * self._allowance / _MINUTE
        self._left = min(self._allowance, self._left + regained)
        self._refilled_at = now


class ClientConnection:
    """One connection of a principal; `used_at` is the time of its last traffic, either way."""

    def __init__(self, principal: Principal, clock: Callable[[], float] = monotonic) -> None:
        self._principal = principal
        self._clock = clock
        self.used_at = clock()

    @property
    def principal(self) -> str:
        """Return the name of the principal, who owns the sessions."""
        return self._principal.name

    def touch(self) -> None:
        """Note that a message was sent or received."""
        self.used_at = self._clock()

    def may_ask(self) -> bool:
        """Count a request, and return whether the principal may make it."""
        self.touch()
        return self._principal.may_ask(self.used_at)

    def end(self) -> None:
        """Note that the connection has ended."""
        self._principal.connections -= 1


class Principals:
    """All connected principals, by name."""

    def __init__(self, limits: ServerLimits, clock: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._by_name: dict[str, Principal] = {}

    def connect(self, name: str) -> ClientConnection | None:
        """Return a new connection of `name`, or None at its connection limit."""
        now = self._clock()
        idle = [key for key, principal in self._by_name.items() if principal.is_idle(now)]
        for other in idle:
            del self._by_name[other]
        principal = self._by_name.setdefault(name, Principal(name, self._limits.requests))
        if principal.connections >= self._limits.connections_each:
            return None
        principal.connections += 1
        return ClientConnection(principal, self._clock)
