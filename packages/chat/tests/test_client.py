"""The client over links in memory, where every moment can be chosen."""

import asyncio
from contextlib import aclosing
from typing import Self

import pytest

from reconnect_core import (
    Backoff,
    Cause,
    Event,
    Failure,
    NotQueued,
    Phase,
    Received,
    RequestFailed,
    SessionClosed,
)
from reconnect_core.events import Queued
from reconnect_core.testing import FakeLink, FakeWorld, deadline
from tek_chat import Client, Delivery, Exchange, Kind, Notice
from tek_protocol import encode

URL = "ws://host/gateway"
REFUSED = Failure(Cause.NETWORK, "connection refused")


def said(kind: str, request: str | None = None, **fields: object) -> str:
    named = {} if request is None else {"requestId": request}
    return encode({"type": kind, **named, **fields})


def answering(request: str, session: str = "s") -> str:
    return said("chat.stream.start", request, sessionId=session, model="echo")


def whole(request: str) -> tuple[str, str]:
    """Return the rest of an answer."""
    return said("chat.stream.delta", request, delta="yes"), said("chat.stream.end", request)


def refusal(request: str) -> str:
    return said("error", request, code="LLM_ERROR", message="no")


class Chat:
    """A client in a world of its own; `links` are opened one after the other."""

    def __init__(self, *script: FakeLink | Failure, events: list[Event] | None = None) -> None:
        self.world = FakeWorld.of(*script)
        listener = [] if events is None else [events.append]
        self.client = Client(URL, world=self.world, backoff=Backoff(), listeners=listener)

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        await self.world.advance()
        return self

    async def __aexit__(self, *_: object) -> None:
        async with deadline():
            await self.client.__aexit__(None, None, None)

    async def submit(self, text: str = "hi") -> str:
        message_id = await self.client.submit(text)
        await self.world.advance()
        return message_id

    async def hear(self, link: FakeLink, *frames: str) -> None:
        link.deliver(*frames)
        await self.world.advance()

    def delivery(self, message_id: str) -> Delivery:
        exchange = self.client.view.exchange(message_id)
        assert exchange is not None
        return exchange.delivery


# ---- Submitting ------------------------------------------------------------------------------


async def test_what_is_submitted_is_in_the_view_when_the_call_returns() -> None:
    async with Chat() as chat:
        message_id = await chat.client.submit("hi")
        assert chat.client.view.items == (Exchange(message_id, "hi"),)
        await chat.world.advance()
        assert chat.client.view.items == (Exchange(message_id, "hi"),)


async def test_listeners_hear_every_event_once_and_the_view_has_it_by_then() -> None:
    events: list[Event] = []
    async with Chat(link := FakeLink(), events=events) as chat:
        message_id = await chat.submit()
        await chat.hear(link, answering(message_id), *whole(message_id))
    names = [type(event).__name__ for event in events]
    assert names[:4] == ["Connecting", "Online", "Queued", "Sent"]
    assert names[-1] == "Closed"
    assert sum(isinstance(event, Received) for event in events) == 3


async def test_text_that_is_no_unicode_is_refused_and_the_view_says_so() -> None:
    async with Chat() as chat:
        with pytest.raises(NotQueued, match="not valid Unicode"):
            await chat.client.submit("\udcff")
        assert chat.client.view.items == (Notice(Kind.ERROR, "not valid Unicode"),)


async def test_a_full_outbox_is_shown_and_nothing_is_dropped() -> None:
    async with Chat(REFUSED) as chat:
        for number in range(1_000):
            await chat.client.submit(str(number))
        for _ in range(2):
            with pytest.raises(NotQueued, match="the outbox is full"):
                await chat.client.submit("one too many")
        last = chat.client.view.items[-1]
        assert isinstance(last, Notice)
        assert (last.kind, last.times) == (Kind.ERROR, 2)
        assert chat.client.view.count(Delivery.QUEUED) == 1_000
        assert chat.client.connection.queued == 1_000


# ---- Retry and discard -----------------------------------------------------------------------


async def test_an_uncertain_message_is_sent_again_only_when_the_user_says_so() -> None:
    async with Chat(first := FakeLink(), second := FakeLink()) as chat:
        message_id = await chat.submit()
        first.lose()
        await chat.world.advance(2)
        assert chat.delivery(message_id) is Delivery.UNCERTAIN
        assert second.sent == []
        await chat.client.retry(message_id)
        await chat.client.retry(message_id)  # a second click comes too late
        await chat.world.advance()
        assert len(second.sent) == 1
        assert len(chat.client.view.items) == 1


async def test_a_refused_message_is_sent_again_as_a_new_one_in_the_place_of_the_old() -> None:
    async with Chat(link := FakeLink()) as chat:
        message_id = await chat.submit("hi")
        await chat.hear(link, refusal(message_id))
        assert chat.delivery(message_id) is Delivery.FAILED
        await chat.client.retry(message_id)
        await chat.client.retry(message_id)
        await chat.world.advance()
        assert [(each.text, each.delivery) for each in chat.client.view.exchanges] == [
            ("hi", Delivery.SENT)
        ]
        assert len(link.sent) == 2


@pytest.mark.parametrize("step", ["queued", "sent", "answered", "unknown"])
async def test_what_is_not_set_aside_is_not_sent_again(step: str) -> None:
    link = FakeLink()
    async with Chat(*([] if step == "queued" else [link])) as chat:
        message_id = await chat.submit()
        if step == "answered":
            await chat.hear(link, answering(message_id), *whole(message_id))
        await chat.client.retry("nobody" if step == "unknown" else message_id)
        await chat.world.advance()
        assert len(chat.client.view.items) == 1
        assert len(link.sent) == (0 if step == "queued" else 1)


async def test_a_message_under_way_is_not_discarded_and_any_other_is() -> None:
    async with Chat(link := FakeLink()) as chat:
        first, second = await chat.submit(), await chat.submit()
        chat.client.discard(first)
        assert chat.delivery(first) is Delivery.SENT
        chat.client.discard(second)
        assert chat.client.view.exchange(second) is None
        await chat.hear(link, refusal(first))
        chat.client.discard(first)
        chat.client.discard("nobody")
        await chat.world.advance()
        assert chat.client.view.items == ()


# ---- Sessions --------------------------------------------------------------------------------


async def test_a_message_that_was_just_submitted_is_not_lost_by_going_elsewhere() -> None:
    async with Chat(first := FakeLink(), FakeLink()) as chat:
        await chat.client.submit("hi")
        await chat.client.open("other")
        await chat.world.advance()
        assert len(first.sent) == 1
        assert first.is_open


async def test_a_session_that_is_left_goes_on_until_it_is_answered_and_is_found_as_it_was() -> None:
    links = FakeLink(), FakeLink(), FakeLink()
    async with Chat(*links) as chat:
        message_id = await chat.submit()
        await chat.hear(links[0], answering(message_id))
        await chat.client.open("other")
        await chat.world.advance()
        await chat.hear(links[0], *whole(message_id))
        assert not links[0].is_open
        assert (chat.client.view.session_id, chat.client.view.items) == ("other", ())
        await chat.client.open("s")
        assert chat.delivery(message_id) is Delivery.ANSWERED
        await chat.world.advance()
        assert (links[1].is_open, links[2].is_open) == (False, True)


async def test_going_back_to_a_session_under_way_takes_up_its_connection() -> None:
    links = FakeLink(), FakeLink()
    async with Chat(*links) as chat:
        message_id = await chat.submit()
        await chat.hear(links[0], answering(message_id))
        await chat.client.open("other")
        await chat.world.advance()
        await chat.client.open("s")
        assert chat.client.view.growing is not None
        await chat.hear(links[0], *whole(message_id))
        assert links[0].is_open
        assert not links[1].is_open
        assert len(chat.world.dials) == 2


async def test_opening_the_session_that_is_shown_changes_nothing() -> None:
    async with Chat(link := FakeLink()) as chat:
        await chat.client.open("")
        message_id = await chat.submit()
        await chat.hear(link, answering(message_id), *whole(message_id))
        await chat.client.open("s")
        assert len(chat.world.dials) == 1
        await chat.client.open("")
        await chat.world.advance()
        assert len(chat.world.dials) == 2
        assert chat.client.view.items == ()


async def test_an_uncertain_message_of_a_session_left_and_found_again_can_be_sent_again() -> None:
    links = [FakeLink() for _ in range(4)]
    async with Chat(FakeLink(), *links) as chat:
        await chat.client.open("s")
        await chat.world.advance()
        message_id = await chat.submit()
        links[0].lose()
        await chat.world.advance(2)
        await chat.client.open("other")
        await chat.world.advance()
        await chat.client.open("s")
        await chat.world.advance(2)
        assert chat.delivery(message_id) is Delivery.UNCERTAIN
        await chat.client.retry(message_id)
        await chat.world.advance(2)
        assert [each.delivery for each in chat.client.view.exchanges] == [Delivery.SENT]


async def test_a_list_of_sessions_that_makes_no_sense_is_a_failed_request() -> None:
    async with Chat(link := FakeLink()) as chat:
        asked = asyncio.create_task(chat.client.sessions())
        await chat.world.advance()
        await chat.hear(link, said("session.list", "m1", sessions="many"))
        with pytest.raises(RequestFailed, match="cannot be read"):
            await asked


async def test_a_list_of_models_that_makes_no_sense_is_a_failed_request() -> None:
    async with Chat(link := FakeLink()) as chat:
        asked = asyncio.create_task(chat.client.models())
        await chat.world.advance()
        await chat.hear(link, said("model.list", "m1", models=[{"name": 5}]))
        with pytest.raises(RequestFailed, match="cannot be read"):
            await asked


async def test_a_message_names_the_model_that_was_chosen_when_it_was_submitted() -> None:
    events: list[Event] = []
    async with Chat(FakeLink(), events=events) as chat:
        await chat.client.submit("by the default")
        chat.client.model = "big"
        await chat.client.submit("by the big one")
        await chat.client.submit("by the small one", model="small")
        await chat.client.submit("by the default again", model="")
        await chat.world.advance()

    queued = [each.message for each in events if isinstance(each, Queued)]
    assert [each.get("model") for each in queued] == [None, "big", "small", None]


async def test_a_question_goes_along_when_the_user_goes_elsewhere() -> None:
    async with Chat(FakeLink(), second := FakeLink()) as chat:
        asked = asyncio.create_task(chat.client.sessions())
        await chat.world.advance()
        await chat.client.open("other")
        await chat.world.advance()
        await chat.hear(second, said("session.list", "m2", sessions=[{"sessionId": "a"}]))
        assert [each.session_id for each in await asked] == ["a"]


async def test_retry_now_hastens_the_sessions_in_the_background_too() -> None:
    links = FakeLink(), FakeLink()
    async with Chat(*links) as chat:
        await chat.submit()
        await chat.submit()
        await chat.client.open("other")
        await chat.world.advance()
        for link in links:
            link.lose()
        await chat.world.advance()
        chat.client.retry_now()
        await chat.world.advance()
        assert len(chat.world.dials) == 4


# ---- Watching --------------------------------------------------------------------------------


async def test_every_watcher_sees_the_newest_view_and_the_end() -> None:
    async with Chat(FakeLink()) as chat:
        swift, slow = _Watcher(chat.client), _Watcher(chat.client)
        await swift.look()
        await slow.look()
        for text in "abc":
            await chat.submit(text)
            await swift.look()
        assert swift.lengths == [0, 1, 2, 3]
        await slow.look()
        assert slow.lengths == [0, 3]
        await chat.client.close()
        async with deadline():
            for watcher in (swift, slow):
                assert await watcher.rest() is Phase.CLOSED


class _Watcher:
    def __init__(self, client: Client) -> None:
        self._views = client.views()
        self.lengths: list[int] = []

    async def look(self) -> None:
        self.lengths.append(len((await anext(self._views)).items))

    async def rest(self) -> Phase:
        async with aclosing(self._views):
            return [view async for view in self._views][-1].connection.phase


async def test_a_watcher_is_told_when_another_session_is_shown() -> None:
    async with Chat(FakeLink(), FakeLink()) as chat, aclosing(chat.client.views()) as views:
        assert (await anext(views)).session_id == ""
        await chat.client.open("other")
        async with deadline():
            assert (await anext(views)).session_id == "other"


# ---- Closing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("gateway", ["answers", "hangs", "is away"])
@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_it_can_be_left_at_any_moment(gateway: str, turns: int) -> None:
    before = asyncio.all_tasks()
    world = FakeWorld.of(
        REFUSED if gateway == "is away" else FakeLink(answers=gateway == "answers")
    )
    async with deadline(1), Client(URL, world=world):
        for _ in range(turns):
            await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_it_can_be_left_while_it_goes_from_session_to_session() -> None:
    before = asyncio.all_tasks()
    async with (
        deadline(1),
        Client(URL, world=FakeWorld.of(*[FakeLink(answers=False)] * 5)) as client,
    ):
        await client.submit("hi")
        await client.open("a")
        await asyncio.sleep(0)
        await client.open("b")
    assert asyncio.all_tasks() == before


async def test_a_cancelled_client_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()

    async def chat() -> None:
        async with Client(URL, world=FakeWorld.of(FakeLink(answers=False), FakeLink())) as client:
            await client.submit("hi")
            await client.open("other")
            await asyncio.Event().wait()

    for turns in range(0, 40, 7):
        task = asyncio.create_task(chat())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        for _ in range(turns % 5):
            await asyncio.sleep(0)
        task.cancel()  # the second one comes while it closes
        async with deadline():
            await asyncio.wait({task})
        assert task.cancelled() or turns == 0
    assert asyncio.all_tasks() == before


async def test_the_error_of_whoever_uses_it_stays_as_it_is() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with Client(URL, world=FakeWorld()):
            raise KeyError("mine")  # noqa: EM101 - a stand-in for any error


async def test_a_closed_client_says_so() -> None:
    async with Chat(FakeLink()) as chat:
        await chat.client.close()
        await chat.client.close()
        with pytest.raises(SessionClosed):
            await chat.client.submit("hi")
        with pytest.raises(SessionClosed):
            await chat.client.open("other")
        with pytest.raises(SessionClosed):
            await chat.client.sessions()


async def test_a_client_that_was_never_entered_can_be_closed() -> None:
    client = Client(URL, world=FakeWorld())
    async with deadline():
        await client.close()
    assert client.connection.phase is Phase.CLOSED
