"""What holds for a view whatever happens, in whatever order."""

import time
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from reconnect_core import (
    Accepted,
    Closed,
    Connecting,
    Connection,
    Discarded,
    Event,
    Failed,
    Interrupted,
    Online,
    Phase,
    Queued,
    Received,
    Sent,
    SessionLost,
    SessionOpened,
    Uncertain,
    Unreadable,
    Waiting,
)
from tek_chat import Delivery, Exchange, View
from tek_chat.view.items import PENDING, UNANSWERED
from tek_chat.view.transcript import Transcript
from tek_protocol import encode, read_envelope


def heard(**message: object) -> Received:
    text = encode(message)
    return Received(read_envelope(text), text)


def piece(request: str, delta: str) -> Received:
    return heard(type="chat.stream.delta", requestId=request, delta=delta)


def message(kind: str, body: dict[str, object]) -> Received:
    return heard(**{**body, "type": kind})


KINDS = "chat.stream.start chat.stream.delta chat.stream.end chat.stream.source error tool.call"
FIELDS = "requestId delta source usage code message sessionId"

ids = st.sampled_from("abc")
texts = st.text(max_size=3)
connections = st.builds(
    Connection,
    st.sampled_from(Phase),
    st.floats(0, 100),
    queued=st.integers(0, 3),
    session_id=st.sampled_from(["", "s"]),
)
pieces = st.builds(piece, ids, texts)
values: st.SearchStrategy[object] = st.one_of(ids, st.none(), st.integers(), st.lists(ids))
bodies = st.dictionaries(st.sampled_from(FIELDS.split()), values)
messages = st.builds(message, st.sampled_from([*KINDS.split(), "session.list", ""]), bodies)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Connecting, connections),
    st.builds(Online, connections),
    st.builds(Waiting, connections, st.floats(0, 9)),
    st.builds(Closed, connections),
    st.builds(SessionOpened, texts),
    st.builds(SessionLost, texts),
    st.builds(Queued, ids, st.just({"content": "hi"})),
    st.builds(Sent, ids),
    st.builds(Accepted, ids),
    st.builds(Interrupted, ids),
    st.builds(Uncertain, ids),
    st.builds(Failed, ids, texts),
    st.builds(Discarded, ids),
    st.builds(Unreadable, st.integers(), texts),
    pieces,
    pieces,
    messages,
)


@given(st.lists(events, max_size=60))
def test_whatever_happens_the_picture_is_consistent(story: list[Event]) -> None:
    view = View()
    for event in story:
        view = view.after(event)
        pending = [each for each in view.exchanges if each.delivery in PENDING]
        assert view.is_settled is (not pending)
        for delivery in Delivery:
            assert view.count(delivery) == sum(e.delivery is delivery for e in view.exchanges)
        if view.growing is not None:
            asked = view.exchange(view.growing.request_id)
            assert asked is not None
            assert asked.delivery in UNANSWERED
            assert asked.answer is None


@given(st.lists(st.one_of(pieces, st.builds(Accepted, ids)), max_size=60))
def test_the_text_of_an_answer_is_its_pieces_in_order(story: list[Event]) -> None:
    view, said = View(), dict.fromkeys("abc", "")
    for name in said:
        view = view.after(Queued(name, {"content": "hi"})).after(Sent(name))
    for event in story:
        view = view.after(event)
        if isinstance(event, Received):
            request = event.envelope.request_id or ""
            said[request] += str(event.json()["delta"])
    for name, text in said.items():
        view = view.after(heard(type="chat.stream.end", requestId=name))
        exchange = view.exchange(name)
        assert exchange is not None
        assert exchange.answer is not None
        assert exchange.answer.text == text
    assert view.is_settled


def test_an_event_costs_about_the_same_in_a_session_of_ten_and_of_ten_thousand() -> None:
    short, long = _cost_in(10), _cost_in(10_000)
    assert long < 4 * short


def _cost_in(length: int) -> float:
    """Return the seconds that a message takes from the outbox to its whole answer."""
    answered = (Exchange(str(place), "x", Delivery.ANSWERED) for place in range(length))
    view = View(items=Transcript(answered))
    story = [Queued("m", {"content": "hi"}), Sent("m"), Accepted("m")]
    story += [heard(type="chat.stream.delta", requestId="m", delta="x")] * 5
    story += [heard(type="chat.stream.delta", requestId="nobody", delta="x")] * 5
    story += [heard(type="chat.stream.end", requestId="m")]

    def told() -> None:
        shown = view
        for event in story:
            shown = shown.after(event)
            assert shown.count(Delivery.FAILED) == 0
            assert shown.is_settled is (event is story[-1])

    return min(_seconds(told) for _ in range(50))


def _seconds(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
