"""How long a session waits, in a world with its own clock: to the second, for hours."""

import pytest

from reconnect_core import (
    Backoff,
    Cause,
    Event,
    Failure,
    Phase,
    Session,
    Waiting,
)
from reconnect_core.testing import (
    REFUSED,
    FakeLink,
    FakeWorld,
    closed_with,
    settle,
    unread_events,
)

URL = "ws://127.0.0.1:3271/gateway"


def _waits(events: list[Event]) -> list[float]:
    return [each.delay for each in events if isinstance(each, Waiting)]


def _http(status: int, *, retry_after: float = 0.0) -> Failure:
    return Failure(Cause.HTTP, f"HTTP {status}", status=status, retry_after=retry_after)


# ---- Waiting -------------------------------------------------------------------------------


async def test_refused_dials_are_repeated_by_the_schedule() -> None:
    world = FakeWorld()
    async with Session(URL, world=world) as session:
        await world.advance(100)
        events = await unread_events(session)
    assert [when - 1_000 for when, _ in world.dials] == [0, 1, 3, 7, 15, 31, 61, 91]
    assert _waits(events) == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_a_roll_of_the_die_lengthens_every_wait() -> None:
    world = FakeWorld(die=0.5)
    async with Session(URL, world=world) as session:
        await world.advance(3)
        assert _waits(await unread_events(session)) == [1.15, 2.3]


async def test_a_night_of_outage_never_ends_the_attempts() -> None:
    world = FakeWorld()
    async with Session(URL, world=world) as session:
        await world.advance(8 * 3_600)
        assert session.connection.attempt >= 900
        assert len(world.dials) == session.connection.attempt + 1
        world.script.append(FakeLink())
        await world.advance(30)
        assert session.connection.phase is Phase.ONLINE


async def test_a_successful_dial_starts_the_schedule_over() -> None:
    link = FakeLink()
    world = FakeWorld.of(REFUSED, REFUSED, link)
    async with Session(URL, world=world) as session:
        await world.advance(3)
        assert session.connection.phase is Phase.ONLINE
        assert session.connection.attempt == 0
        link.lose()
        await world.advance(3)
        assert _waits(await unread_events(session)) == [1, 2, 1, 2, 4]


async def test_a_gateway_that_accepts_and_closes_is_dialled_once_a_second() -> None:
    world = FakeWorld()
    for _ in range(60):
        world.script.append(link := FakeLink())
        link.lose()
    async with Session(URL, world=world):
        await world.advance(59.5)
    assert [when - 1_000 for when, _ in world.dials] == list(range(60))


async def test_with_stable_after_only_a_connection_that_lasted_starts_the_schedule_over() -> None:
    links = [FakeLink() for _ in range(3)]
    world = FakeWorld.of(*links)
    async with Session(URL, world=world, backoff=Backoff(stable_after=10)) as session:
        for link, lasted in zip(links, (1, 1, 10), strict=True):
            await world.advance(lasted)
            link.lose()
            await world.advance(4)
        assert _waits(await unread_events(session)) == [1, 2, 1, 2, 4]


async def test_retry_now_ends_a_wait_at_once() -> None:
    world = FakeWorld()
    async with Session(URL, world=world) as session:
        await world.advance(40)
        before = len(world.dials)
        session.retry_now()
        await settle()
        assert len(world.dials) == before + 1
        assert session.connection.phase is Phase.WAITING


async def test_a_hint_from_before_the_wait_does_not_shorten_it() -> None:
    world = FakeWorld()
    session = Session(URL, world=world)
    session.retry_now()
    async with session:
        await world.advance(0.9)
        assert len(world.dials) == 1


async def test_a_gateway_that_asks_for_time_gets_it() -> None:
    world = FakeWorld.of(_http(503, retry_after=90), _http(503, retry_after=1))
    async with Session(URL, world=world) as session:
        await world.advance(92)
        assert _waits(await unread_events(session)) == [90, 2, 4][: len(world.dials)]
    assert [when - 1_000 for when, _ in world.dials] == [0, 90, 92]


# ---- Blocked -------------------------------------------------------------------------------


async def test_a_permanent_failure_is_retried_every_minute() -> None:
    world = FakeWorld.of(_http(404), _http(404), FakeLink())
    async with Session(URL, world=world) as session:
        await settle()
        connection = session.connection
        assert connection.phase is Phase.BLOCKED
        assert connection.reason == "HTTP 404"
        assert "path" in connection.mend
        assert connection.retry_at == 1_060
        await world.advance(120)
        assert session.connection.phase is Phase.ONLINE
        assert session.connection.mend == ""
    assert [when - 1_000 for when, _ in world.dials] == [0, 60, 120]


async def test_retry_now_looks_at_a_blocked_gateway_at_once() -> None:
    world = FakeWorld.of(_http(404), FakeLink())
    async with Session(URL, world=world) as session:
        await settle()
        session.retry_now()
        await settle()
        assert session.connection.phase is Phase.ONLINE


async def test_a_refused_token_is_asked_for_once_more_at_once_and_then_blocks() -> None:
    tokens = iter(["old", "new", "newer"])

    async def provider() -> str:
        return next(tokens)

    world = FakeWorld.of(_http(401), _http(403), FakeLink())
    async with Session(URL, world=world, token=provider) as session:
        await settle()
        assert [call.token for _, call in world.dials] == ["old", "new"]
        assert session.connection.phase is Phase.BLOCKED
        await world.advance(60)
        assert world.dials[-1][1].token == "newer"  # noqa: S105 - an invented one
        assert session.connection.phase is Phase.ONLINE


@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_token_refused_after_the_handshake_makes_no_unthrottled_loop(code: int) -> None:
    world = FakeWorld()
    for _ in range(50):
        world.script.append(link := FakeLink())
        link.lose(closed_with(code))
    async with Session(URL, world=world):
        await world.advance(119)
    assert [when - 1_000 for when, _ in world.dials] == [0, 0, 60]


async def test_a_token_that_served_for_a_while_is_asked_for_again_when_it_expires() -> None:
    links = [FakeLink(), FakeLink(), FakeLink()]
    world = FakeWorld.of(*links)
    async with Session(URL, world=world) as session:
        for link in links[:2]:
            await world.advance(61)
            link.lose(closed_with(4401))
            await settle()
        assert session.connection.phase is Phase.ONLINE
    assert [when - 1_000 for when, _ in world.dials] == [0, 61, 122]


async def test_refusals_and_resets_in_turn_make_no_unthrottled_loop() -> None:
    world = FakeWorld.of(*[_http(401), REFUSED] * 20)
    async with Session(URL, world=world):
        await world.advance(60)
    assert len(world.dials) < 16
