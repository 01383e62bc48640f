"""The view of a session that the gateway's log brings, and brings again."""

from reconnect_core import Connection, Online, Phase, Queued, Received, Resuming, Waiting
from reconnect_core.events import (
    Accepted,
    Event,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
)
from tek_chat import Delivery, Ending, Exchange, View
from tek_chat.view.client_events import Warned
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


def test_what_the_client_said_and_what_a_lost_session_held_outlive_a_reset() -> None:
    view = after(View(), RESUMING, question("old"), ONLINE, SessionLost("s"), SessionOpened("t"))
    view = after(view.after(Warned("not saved")), question("a"), question("b"), ONLINE)
    view = after(view, RESUMING, SessionReset("t"), question("a"), ONLINE)
    assert shown(view) == ["old", "session-lost", "error", "a", "b"]


def shown(view: View) -> list[str]:
    return [each.id if isinstance(each, Exchange) else str(each.kind) for each in view.items]


def queued(name: str) -> Queued:
    return Queued(name, {"content": f"what of {name}?"})


def test_what_waited_when_its_session_was_lost_is_shown_in_the_one_that_has_it() -> None:
    view = after(View(), RESUMING, question("old"), ONLINE, queued("a"), queued("b"))
    view = after(view, SessionLost("s"), SessionOpened("t"), ONLINE, queued("c"))
    view = after(view, Accepted("a"), question("a"), answer("a", "much"))
    assert shown(view) == ["old", "session-lost", "a", "b", "c"]
    view = after(view, Accepted("b"), question("b"), Accepted("c"), question("c"))
    assert shown(view) == ["old", "session-lost", "a", "b", "c"]


def test_what_waited_when_its_session_was_lost_comes_once_however_often_its_log_comes() -> None:
    view = after(View(), RESUMING, ONLINE, queued("a"), SessionLost("s"), SessionOpened("t"))
    view = after(view, ONLINE, Accepted("a"), question("a"), answer("a", "much"))
    again = after(view, RESUMING, SessionReset("t"), question("a"), answer("a", "much"), ONLINE)
    assert shown(again) == ["session-lost", "a"]
    assert again.exchanges == view.exchanges


def test_what_is_sent_again_after_its_session_was_lost_is_said_in_the_new_one() -> None:
    view = after(View(), RESUMING, ONLINE, queued("a"), Uncertain("a"), SessionLost("s"))
    view = after(view, SessionOpened("t"), ONLINE, queued("b"))
    assert shown(view) == ["a", "session-lost", "b"]
    view = after(view, queued("a"))
    assert shown(view) == ["session-lost", "b", "a"]
    assert view.exchanges[-1].delivery is Delivery.QUEUED


def test_a_log_is_shown_in_its_order_before_what_it_does_not_have_yet() -> None:
    view = after(View(), RESUMING, question("a"), ONLINE, queued("mine"), queued("next"))
    view = after(view, RESUMING, SessionReset("s"), question("a"), question("b"), ONLINE)
    assert shown(view) == ["a", "b", "mine", "next"]
    view = after(view, Accepted("mine"), question("mine"), question("c"), question("next"))
    assert shown(view) == ["a", "b", "mine", "c", "next"]


def test_a_message_that_others_have_overtaken_is_shown_after_them() -> None:
    view = after(View(), RESUMING, ONLINE, queued("a"), queued("b"))
    view = after(view, Uncertain("a"), Accepted("b"), question("b"), queued("c"), queued("a"))
    view = after(view, Accepted("a"), question("a"))
    assert shown(view) == ["b", "a", "c"]


def test_an_answer_that_failed_says_no_more_when_its_log_comes_again() -> None:
    thought = said("chat.stream.reasoning", requestId="a", delta="hm")
    piece = said("chat.stream.delta", requestId="a", delta="mu")
    entries = (question("a"), thought, piece, said("error", requestId="a", code="X", message="no"))
    before = after(View(), RESUMING, *entries, ONLINE)
    view = after(before, RESUMING, SessionReset("s"), *entries, ONLINE)
    assert view.exchanges == before.exchanges
    again = after(before, RESUMING, SessionReset("s"), ONLINE)
    assert again.exchanges == before.exchanges  # lost there, and known here alone


def test_what_is_left_behind_in_a_lost_session_is_offered_until_something_is_said() -> None:
    view = after(View(), RESUMING, question("a"), answer("a", "much"), ONLINE)
    assert view.left_behind == ()
    lost = after(view, SessionLost("s"), SessionOpened("t"), ONLINE)
    assert lost.left_behind == view.exchanges
    assert after(view, queued("u"), SessionLost("s"), Uncertain("u")).left_behind == view.exchanges
    assert after(lost, Queued("b", {"content": "and on"})).left_behind == ()


def test_an_answer_that_is_cut_is_paused_and_the_outage_tells_that_it_goes_on() -> None:
    piece = said("chat.stream.delta", requestId="a", delta="mu")
    view = after(View(), RESUMING, ONLINE, question("a"), piece)
    assert not view.is_paused
    cut = after(view, Waiting(Connection(Phase.WAITING, 10.0), 1.0))
    assert cut.is_paused
    back = after(cut, RESUMING, Online(Connection(Phase.ONLINE, 12.0)))
    assert back.outage is not None
    assert back.outage.resumed
    assert not back.is_paused


# ---- What is thought aloud -------------------------------------------------------------------


def thought(name: str, delta: str) -> Received:
    return said("chat.stream.reasoning", requestId=name, delta=delta)


def test_thoughts_stand_when_an_answer_goes_on_and_go_when_it_begins_again() -> None:
    piece = said("chat.stream.delta", requestId="a", delta="one")
    begun = after(View(), RESUMING, question("a"), thought("a", "hm"), piece)

    on = begun.after(said("chat.stream.start", requestId="a", attempt=2, offset=3)).growing
    assert on is not None
    assert (on.text, on.reasoning) == ("one", "hm")

    again = begun.after(said("chat.stream.start", requestId="a", attempt=2, offset=0)).growing
    assert again is not None
    assert (again.text, again.reasoning) == ("", "")


def test_a_whole_answer_brings_its_thoughts_and_its_model() -> None:
    fields = {"requestId": "a", "reasoning": "hmm", "model": "big"}
    whole = said("chat.message", id="x", role="assistant", content="yes", **fields)

    for before in ((), (thought("a", "h"),)):
        (exchange,) = after(View(), RESUMING, question("a"), *before, whole).exchanges
        assert exchange.answer is not None
        assert (exchange.answer.reasoning, exchange.answer.model) == ("hmm", "big")
