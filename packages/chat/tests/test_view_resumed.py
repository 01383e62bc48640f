"""The view of a session that the gateway's log brings, and brings again."""

from reconnect_core import Connection, Online, Phase, Queued, Received, Resuming
from reconnect_core.events import Event, SessionLost, SessionReset
from tek_chat import Delivery, Ending, View
from tek_protocol import encode, read_envelope

RESUMING = Resuming(Connection(Phase.RESUMING))
ONLINE = Online(Connection(Phase.ONLINE))


def said(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, **fields})
    return Received(read_envelope(text), text)


def question(name: str) -> Received:
    return said("chat.message", id=name, role="user", content=f"what of {name}?")


def answer(name: str, text: str) -> Received:
    return said("chat.message", id=f"to {name}", role="assistant", content=text, requestId=name)


def after(view: View, *events: Event) -> View:
    for event in events:
        view = view.after(event)
    return view


def test_a_log_brings_questions_and_whole_answers() -> None:
    view = after(View(), RESUMING, question("a"), answer("a", "much"), ONLINE)
    (exchange,) = view.exchanges
    assert (exchange.id, exchange.delivery) == ("a", Delivery.ANSWERED)
    assert exchange.answer is not None
    assert (exchange.answer.text, exchange.answer.ending) == ("much", Ending.COMPLETE)


def test_a_session_that_is_opened_again_shows_nothing_twice() -> None:
    before = after(View(), RESUMING, question("a"), answer("a", "much"), ONLINE)
    again = View(session_id="s", items=before.items)
    view = after(again, RESUMING, question("a"), answer("a", "much"), ONLINE)
    assert view.exchanges == before.exchanges


def test_a_reconnect_that_brings_only_what_was_missed_keeps_what_was_shown() -> None:
    view = after(View(), RESUMING, question("a"), answer("a", "much"), ONLINE)
    view = after(view, RESUMING, question("b"), ONLINE)
    assert [each.id for each in view.exchanges] == ["a", "b"]


def test_an_answer_goes_on_after_what_stands_of_it() -> None:
    start = said("chat.stream.start", requestId="a", sessionId="s", model="echo")
    piece = said("chat.stream.delta", requestId="a", delta="one two thr")
    again = said("chat.stream.start", requestId="a", sessionId="s", attempt=2, offset=8)
    rest = said("chat.stream.delta", requestId="a", delta="three")
    view = after(View(), RESUMING, question("a"), start, piece, again, rest)
    assert view.growing is not None
    assert view.growing.text == "one two three"


def test_a_whole_answer_replaces_what_had_been_streamed_of_it() -> None:
    piece = said("chat.stream.delta", requestId="a", delta="mu")
    view = after(View(), RESUMING, question("a"), piece, answer("a", "much"), ONLINE)
    assert view.growing is None
    assert view.exchanges[0].answer is not None
    assert view.exchanges[0].answer.text == "much"


def test_no_answer_is_due_any_more_in_a_session_that_is_lost() -> None:
    piece = said("chat.stream.delta", requestId="a", delta="mu")
    view = after(View(), RESUMING, question("a"), question("b"), piece, SessionLost("s"))
    assert (view.growing, view.is_settled) == (None, True)
    first, second = view.exchanges
    assert first.answer is not None
    assert (first.answer.text, first.answer.ending) == ("mu", Ending.INTERRUPTED)
    assert second.delivery is Delivery.ANSWERED


def test_what_a_new_log_does_not_bring_back_is_uncertain() -> None:
    view = after(View(), RESUMING, question("a"), question("b"), ONLINE)
    view = after(view, Queued("mine", {"content": "hi"}), RESUMING, SessionReset("s"))
    view = after(view, question("a"), ONLINE)
    found = {each.id: each.delivery for each in view.exchanges}
    assert found == {
        "mine": Delivery.QUEUED,
        "a": Delivery.ACCEPTED,
        "b": Delivery.UNCERTAIN,
    }
