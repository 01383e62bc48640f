"""How many connections a principal has, and how much it may ask, by the clock."""

from dataclasses import dataclass

from tek_gateway.limits import ServerLimits
from tek_gateway.serve.principals import ClientConnection, Principals


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def received(guests: Principals, name: str) -> ClientConnection:
    visit = guests.connect(name)
    assert visit is not None
    return visit


def test_a_principal_has_as_many_connections_as_it_may_and_others_theirs() -> None:
    guests = Principals(ServerLimits(connections_each=2), Clock())
    first = received(guests, "ann")
    received(guests, "ann")

    assert guests.connect("ann") is None
    assert guests.connect("bob") is not None
    first.end()
    assert guests.connect("ann") is not None


def test_the_allowance_is_a_principals_and_comes_back_over_a_minute() -> None:
    clock = Clock()
    guests = Principals(ServerLimits(requests=60), clock)
    one, other, bob = (received(guests, name) for name in ("ann", "ann", "bob"))

    assert all(visit.may_ask() for visit in (one, other) * 30)
    assert not one.may_ask()
    assert not other.may_ask()
    assert bob.may_ask()

    clock.now += 10
    assert [one.may_ask() for _ in range(11)] == [True] * 10 + [False]
    clock.now += 3600
    assert [one.may_ask() for _ in range(61)] == [True] * 60 + [False]


def test_to_come_again_does_not_bring_the_allowance_back() -> None:
    clock = Clock()
    guests = Principals(ServerLimits(requests=1), clock)
    visit = received(guests, "ann")
    assert visit.may_ask()
    visit.end()

    assert not received(guests, "ann").may_ask()


def test_a_visit_knows_when_something_was_last_said() -> None:
    clock = Clock()
    visit = received(Principals(ServerLimits(), clock), "ann")
    clock.now += 5
    assert visit.used_at == 1000
    visit.touch()
    assert visit.used_at == 1005
