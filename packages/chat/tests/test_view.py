"""What each event makes of the picture."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconnect_core import (
    Accepted,
    Blocked,
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
from tek_chat import Answer, Delivery, Ending, Exchange, Kind, Notice, View
from tek_chat.view.outage import Outage
from tek_protocol import encode, read_envelope
from tek_protocol.chat import Cost, Source, Usage


def heard(kind: str, request: str | None = "m", **fields: object) -> Received:
    text = encode({"type": kind, "requestId": request, **fields})
    return Received(read_envelope(text), text)


def delta(text: str, request: str = "m") -> Received:
    return heard("chat.stream.delta", request, delta=text)


def start(request: str = "m") -> Received:
    return heard("chat.stream.start", request, sessionId="s", model="echo")


def end(request: str = "m") -> Received:
    return heard("chat.stream.end", request)


def error(code: str = "LLM_ERROR", request: str | None = "m") -> Received:
    return heard("error", request, code=code, message="no")


def queued(request: str = "m") -> Queued:
    return Queued(request, {"type": "chat.send", "content": f"text of {request}"})


def seen(*events: Event, before: View | None = None) -> View:
    view = before or View()
    for event in events:
        view = view.after(event)
    return view


def the_exchange(view: View, request: str = "m") -> Exchange:
    exchange = view.exchange(request)
    assert exchange is not None
    return exchange


def the_answer(view: View, request: str = "m") -> Answer:
    answer = the_exchange(view, request).answer
    assert answer is not None
    return answer


# ---- The user's messages ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "delivery"),
    [
        (Sent("m"), Delivery.SENT),
        (Accepted("m"), Delivery.ACCEPTED),
        (Uncertain("m"), Delivery.UNCERTAIN),
        (Failed("m", "too large"), Delivery.FAILED),
        (queued(), Delivery.QUEUED),
    ],
)
def test_a_message_shows_how_far_it_has_come(event: Event, delivery: Delivery) -> None:
    view = seen(queued(), event)
    assert the_exchange(view).delivery is delivery
    assert view.count(delivery) == 1


def test_a_failed_message_says_why() -> None:
    assert the_exchange(seen(queued(), Failed("m", "too large"))).problem == "too large"


def test_a_message_that_is_queued_once_more_forgets_its_problem_and_keeps_its_place() -> None:
    view = seen(queued(), queued("n"), Failed("m", "too large"), queued())
    assert view.items == (Exchange("m", "text of m"), Exchange("n", "text of n"))


def test_a_discarded_message_is_out_of_sight() -> None:
    assert seen(queued(), queued("n"), Discarded("m")).items == (Exchange("n", "text of n"),)


def test_an_answered_message_is_not_discarded() -> None:
    view = seen(queued(), Sent("m"), delta("a"), end())
    assert seen(Discarded("m"), before=view) == view


@pytest.mark.parametrize(
    "event", [Sent("x"), Failed("x", "y"), Discarded("x"), delta("y", "x"), end("x")]
)
def test_what_concerns_nobody_changes_nothing(event: Event) -> None:
    view = seen(queued(), Sent("m"), delta("a"))
    assert seen(event, before=view) == view


# ---- The answers -----------------------------------------------------------------------------


def test_a_growing_answer_is_apart_from_the_items_and_joins_its_message_at_the_end() -> None:
    growing = seen(queued(), Sent("m"), Accepted("m"), start(), delta("a"), delta("b"))
    assert growing.growing == Answer("m", "ab", model="echo")
    assert the_exchange(growing).answer is None
    ended = seen(end(), before=growing)
    assert ended.growing is None
    assert the_answer(ended) == Answer("m", "ab", model="echo", ending=Ending.COMPLETE)
    assert the_exchange(ended).delivery is Delivery.ANSWERED


def test_a_piece_leaves_the_items_alone() -> None:
    view = seen(queued(), Sent("m"), start())
    assert seen(delta("a"), before=view).items is view.items


def test_the_end_brings_usage_and_cost() -> None:
    usage, cost = {"totalTokens": 3}, {"totalCost": 0.5}
    view = seen(queued(), Sent("m"), heard("chat.stream.end", usage=usage, cost=cost))
    assert the_answer(view).usage == Usage(total_tokens=3)
    assert the_answer(view).cost == Cost(total_cost=0.5)


def test_reasoning_and_sources_are_kept_beside_the_text() -> None:
    view = seen(
        queued(),
        Sent("m"),
        heard("chat.stream.reasoning", delta="hm, "),
        heard("chat.stream.reasoning", delta="yes"),
        heard("chat.stream.source", source={"url": "https://a.example", "title": "A"}),
        end(),
    )
    assert the_answer(view).reasoning == "hm, yes"
    assert the_answer(view).sources == (Source("https://a.example", "A"),)


def test_a_second_start_changes_nothing() -> None:
    view = seen(queued(), Sent("m"), start(), delta("a"))
    assert seen(start(), before=view) == view


def test_an_answer_may_begin_without_a_start_and_learn_its_model_later() -> None:
    view = seen(queued(), Sent("m"), delta("a"), start(), delta("b"))
    assert view.growing == Answer("m", "ab", model="echo")


@pytest.mark.parametrize("late", [delta("late"), start(), end(), Interrupted("m")])
@pytest.mark.parametrize("last", [end(), error(), Interrupted("m")])
def test_what_comes_after_the_end_changes_nothing(last: Event, late: Event) -> None:
    view = seen(queued(), Sent("m"), delta("a"), last)
    assert seen(late, before=view) == view


def test_an_end_with_broken_figures_ends_the_answer_all_the_same() -> None:
    view = seen(queued(), Sent("m"), delta("a"), heard("chat.stream.end", usage="lots"))
    assert the_answer(view).text == "a"
    assert the_answer(view).ending is Ending.COMPLETE


def test_an_interrupted_answer_keeps_its_text() -> None:
    view = seen(queued(), Sent("m"), delta("a"), Interrupted("m"))
    assert the_answer(view) == Answer("m", "a", ending=Ending.INTERRUPTED)
    assert view.is_settled


def test_two_answers_that_arrive_interleaved_are_kept_apart() -> None:
    both = seen(queued(), queued("n"), Sent("m"), Sent("n"))
    view = seen(delta("a"), delta("x", "n"), delta("b"), end("n"), end(), before=both)
    assert the_answer(view).text == "ab"
    assert the_answer(view, "n").text == "x"


@pytest.mark.parametrize("event", [queued(), Uncertain("m"), Failed("m", "too large")])
def test_an_answer_stops_growing_when_its_message_is_set_back(event: Event) -> None:
    view = seen(queued(), Sent("m"), delta("a"), event)
    assert view.growing is None
    again = seen(queued(), Sent("m"), delta("b"), before=view)
    assert again.growing == Answer("m", "b")


def test_a_discarded_message_takes_its_growing_answer_along() -> None:
    view = seen(queued(), Sent("m"), delta("a"), Discarded("m"))
    assert (view.items, view.growing, view.is_settled) == ((), None, True)


# ---- Refusals --------------------------------------------------------------------------------


def test_a_refused_message_fails_with_code_and_reason() -> None:
    exchange = the_exchange(seen(queued(), Sent("m"), Accepted("m"), error()))
    assert exchange == Exchange("m", "text of m", Delivery.FAILED, "LLM_ERROR: no")


def test_a_refusal_in_the_middle_keeps_what_was_said() -> None:
    view = seen(queued(), Sent("m"), delta("a"), error())
    assert the_answer(view) == Answer("m", "a", ending=Ending.FAILED)
    assert the_exchange(view).delivery is Delivery.FAILED


def test_a_message_that_is_queued_again_because_its_session_is_lost_does_not_fail() -> None:
    view = seen(queued(), Sent("m"), SessionLost("old"), queued(), error("SESSION_NOT_FOUND"))
    assert the_exchange(view).delivery is Delivery.QUEUED


def test_a_second_refusal_changes_nothing() -> None:
    view = seen(queued(), Sent("m"), error())
    assert seen(error("OTHER"), before=view) == view


@pytest.mark.parametrize("request_id", [None, "nobody", "m"])
def test_an_error_that_concerns_no_open_message_is_noticed(request_id: str | None) -> None:
    view = seen(queued(), Sent("m"), end(), error(request=request_id))
    assert view.items[-1] == Notice(Kind.ERROR, "LLM_ERROR: no")


def test_an_error_of_another_shape_is_an_error_still() -> None:
    view = seen(queued(), Sent("m"), heard("error", code=500, message=None))
    assert the_exchange(view).problem == "error: no reason given"


def test_a_gateway_that_talks_too_much_is_cut_short() -> None:
    view = seen(queued(), Sent("m"), heard("error", code="E", message="x" * 10_000))
    assert len(the_exchange(view).problem) == len(seen(error("y" * 9_999, None)).items[0].text)
    assert the_exchange(view).problem.endswith("x…")


# ---- Notices ---------------------------------------------------------------------------------


def test_messages_that_are_not_understood_collapse_into_one_counted_notice() -> None:
    view = seen(*[heard("todo.update", items=[place]) for place in range(3)])
    assert view.items == (Notice(Kind.UNKNOWN, "todo.update", 3),)


def test_two_kinds_that_take_turns_are_two_notices() -> None:
    view = seen(*[heard("tool.call"), heard("tool.result")] * 3)
    assert view.items == (
        Notice(Kind.UNKNOWN, "tool.call", 3),
        Notice(Kind.UNKNOWN, "tool.result", 3),
    )


def test_a_message_between_two_notices_keeps_them_apart() -> None:
    view = seen(heard("x"), queued(), heard("x"))
    assert [type(each) for each in view.items] == [Notice, Exchange, Notice]


def test_unreadable_frames_are_one_notice_whatever_is_in_them() -> None:
    view = seen(Unreadable(3, "a binary frame"), Unreadable(9, "truncated"), heard("", None))
    assert view.items == (
        Notice(Kind.UNKNOWN, "an unreadable frame", 2),
        Notice(Kind.UNKNOWN, "a message without a type"),
    )


@pytest.mark.parametrize("depth", [900, 990])
def test_a_message_nested_as_deeply_as_can_be_read_is_only_not_understood(depth: int) -> None:
    text = f'{{"type":"x","a":{"[" * depth}{"]" * depth}}}'
    received = Received(read_envelope('{"type":"x"}'), text)
    assert _deeper(40, lambda: View().after(received)).items == (Notice(Kind.UNKNOWN, "x"),)


def _deeper(levels: int, call: Callable[[], View]) -> View:
    return call() if not levels else _deeper(levels - 1, call)


@pytest.mark.parametrize("kind", ["session.created", "session.list"])
def test_what_only_the_connection_needs_is_not_shown(kind: str) -> None:
    assert seen(heard(kind, "r", sessionId="s", sessions=[])) == View()


# ---- The session -----------------------------------------------------------------------------


def test_a_lost_session_is_a_divider_and_the_next_one_takes_over_silently() -> None:
    events = (SessionOpened("old"), queued(), Sent("m"), Accepted("m"))
    view = seen(*events, SessionLost("old"), SessionOpened("new"))
    assert view.items[-1] == Notice(Kind.SESSION_LOST, "old")
    assert view.session_id == "new"


def test_what_a_lost_session_never_took_is_shown_in_the_next_one() -> None:
    view = seen(SessionOpened("old"), queued(), Sent("m"), queued("n"), SessionLost("old"))
    view = seen(queued(), Sent("m"), SessionOpened("new"), Accepted("m"), end(), before=view)
    assert view.items[0] == Notice(Kind.SESSION_LOST, "old")
    assert [each.id for each in view.exchanges] == ["m", "n"]


def test_a_gateway_that_moves_on_to_another_session_is_found_out() -> None:
    view = seen(SessionOpened("old"), SessionOpened("old"), SessionOpened("new"))
    assert view.items == (Notice(Kind.SESSION_LOST, "old"),)
    assert view.session_id == "new"


# ---- The connection --------------------------------------------------------------------------


def phase(name: Phase, since: float, queued: int = 0) -> Event:
    connection = Connection(name, since, queued=queued)
    match name:
        case Phase.CONNECTING:
            return Connecting(connection)
        case Phase.ONLINE:
            return Online(connection)
        case Phase.WAITING:
            return Waiting(connection, 1.0)
        case Phase.BLOCKED:
            return Blocked(connection, 60.0)
        case _:
            return Closed(connection)


def test_an_outage_lasts_from_the_loss_to_the_next_connection() -> None:
    online = seen(phase(Phase.CONNECTING, 0.0), phase(Phase.ONLINE, 0.1))
    down = seen(phase(Phase.WAITING, 50.0), phase(Phase.CONNECTING, 51.0), before=online)
    assert down.outage == Outage(50.0)
    assert seen(phase(Phase.BLOCKED, 52.0), before=down).outage == Outage(50.0)
    back = seen(phase(Phase.ONLINE, 55.0, queued=2), before=down)
    assert back.outage == Outage(50.0, 55.0, backlog=2)


def test_connections_that_do_not_last_are_one_outage() -> None:
    view = seen(phase(Phase.CONNECTING, 0.0))
    for now in range(1, 100):
        view = seen(phase(Phase.ONLINE, now), phase(Phase.WAITING, now + 0.5), before=view)
    assert view.outage == Outage(0.0, backlog=0)


def test_a_connection_without_a_loss_before_it_is_no_outage() -> None:
    assert seen(phase(Phase.ONLINE, 1.0)).outage is None


def test_a_phase_leaves_the_items_alone_and_keeps_the_session() -> None:
    view = replace(seen(queued()), session_id="s")
    later = seen(phase(Phase.CLOSED, 1.0), before=view)
    assert later.items is view.items
    assert later.session_id == "s"


# ---- Questions -------------------------------------------------------------------------------


def test_a_view_is_settled_when_nothing_is_under_way() -> None:
    steps = [queued(), Sent("m"), Accepted("m"), delta("a")]
    for count in range(1, len(steps) + 1):
        assert not seen(*steps[:count]).is_settled
    assert seen(*steps, end()).is_settled
    assert seen(queued(), Uncertain("m")).is_settled


def test_a_view_may_be_made_by_hand_from_any_sequence() -> None:
    view = View(items=[Exchange("m", "hi"), Notice(Kind.ERROR, "e"), Exchange("n", "ho")])
    assert [each.id for each in view.exchanges] == ["m", "n"]
    assert view.count(Delivery.QUEUED) == 2
    assert view.count(Delivery.ANSWERED) == 0
    assert the_exchange(view.after(Sent("m"))).delivery is Delivery.SENT
    assert not View(growing=Answer("m")).is_settled
    assert View(growing=Answer("m")).after(error()).growing is None
