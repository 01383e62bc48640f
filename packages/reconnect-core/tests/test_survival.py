"""Errors that do not end the loop, and secrets that do not show."""

import logging

import pytest

from reconnect_core import (
    Backoff,
    Blocked,
    Call,
    Cause,
    Failure,
    Online,
    Phase,
    Session,
    Waiting,
)
from reconnect_core.testing import BROKEN, REFUSED, FakeLink, FakeWorld, until

URL = "ws://127.0.0.1:3271/gateway"


class _Failing(FakeWorld):
    """A world in which one thing fails once."""

    __slots__ = ("fails", "links")

    def __init__(self, fails: str) -> None:
        super().__init__()
        self.fails = fails
        self.links = [FakeLink(), FakeLink()]
        self.script.extend(self.links)

    def _break(self, what: str) -> None:
        if self.fails == what:
            self.fails = ""
            message = "s3cret"
            raise RuntimeError(message)

    def monotonic(self) -> float:
        self._break("monotonic")
        return self.now

    def roll(self) -> float:
        self._break("roll")
        return self.die

    async def dial(self, call: Call) -> FakeLink:
        self._break("dial")
        return await FakeWorld.dial(self, call)

    async def sleep(self, seconds: float) -> None:
        self._break("sleep")
        await FakeWorld.sleep(self, seconds)


@pytest.mark.parametrize("what", ["dial", "monotonic", "sleep"])
async def test_a_bug_is_logged_without_its_text_and_retried(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = _Failing(what)
    async with Session(URL, world=world) as session:
        waiting = await until(session, Waiting)
        assert waiting.connection.reason == "internal error: RuntimeError"
        assert world.links[0].aborted or what == "dial"
        await world.advance(1)
        assert session.connection.phase is Phase.ONLINE
    assert "RuntimeError" in caplog.text
    assert "s3cret" not in caplog.text
    caplog.clear()


async def test_even_a_wait_that_fails_is_followed_by_a_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = _Failing("roll")
    world.script.appendleft(REFUSED)
    backoff = Backoff(base=0.01, cap=0.01)
    async with Session(URL, world=world, backoff=backoff) as session:
        await until(session, Online)
        assert len(world.dials) == 2
    caplog.clear()


@pytest.mark.parametrize("error", [RuntimeError("s3cret"), KeyError("s3cret"), AssertionError()])
async def test_a_provider_that_fails_in_its_own_way_is_asked_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Exception | str] = [error, URL]

    async def provider() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    world = FakeWorld.of(FakeLink())
    with caplog.at_level(logging.DEBUG):
        async with Session(provider, world=world) as session:
            assert session.connection.gateway == ""
            waiting = await until(session, Waiting)
            assert waiting.connection.reason == f"internal error: {type(error).__name__}"
            await world.advance(1)
            assert session.connection.gateway == "127.0.0.1:3271"
    assert "s3cret" not in caplog.text
    caplog.clear()


async def test_a_provider_that_never_will_have_an_answer_blocks_with_its_reason() -> None:
    async def provider() -> str:
        message = "no token is set"
        raise ValueError(message)

    async with Session(URL, token=provider, world=FakeWorld()) as session:
        blocked = await until(session, Blocked)
        assert blocked.connection.reason == "no token is set"
        assert blocked.connection.mend


async def test_what_a_gateway_says_is_shown_without_the_token() -> None:
    async def provider() -> str:
        return "s3cret"

    link = FakeLink()
    world = FakeWorld.of(Failure(Cause.NETWORK, "bad token s3cret\x1b"), link)
    async with Session(URL, token=provider, world=world) as session:
        waiting = await until(session, Waiting)
        assert waiting.connection.reason == "bad token … "
        await world.advance(1)
        link.lose(Failure(Cause.CLOSED, "closed: s3cret is old", code=1008))
        assert (await until(session, Waiting)).connection.reason == "closed: … is old"


async def test_the_loop_goes_on_although_the_wall_clock_jumps() -> None:
    world = FakeWorld()
    async with Session(URL, world=world) as session:
        await world.advance(1)
        assert session.connection.retry_at == world.time() + 2
        assert session.connection.since == world.time()


async def test_last_online_is_when_the_connection_was_last_up() -> None:
    link = FakeLink()
    world = FakeWorld.of(link)
    async with Session(URL, world=world) as session:
        assert session.connection.last_online is None
        await world.advance(5)
        assert session.connection.last_online == 1_000
        link.lose(BROKEN)
        await world.advance(5)
        assert session.connection.last_online == 1_005
        assert session.connection.reason == "connection refused"
