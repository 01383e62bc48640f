"""The line about the connection, row by row, and every other word that both clients show."""

from datetime import datetime

import pytest

from reconnect_core import Connection, Phase
from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Consent,
    Delivery,
    Ending,
    Exchange,
    Point,
    Process,
    Progress,
    Run,
    Step,
    Todo,
    Tool,
    View,
)
from tek_chat.view import status_line, steps_wording, wording
from tek_chat.view.outage import Outage

NOON = datetime(2026, 1, 2, 12, 3).astimezone().timestamp()
"""12:03, wherever the test runs."""


def down(phase: Phase = Phase.WAITING, *, left: float = 7.0, now: float = 5.0, n: int = 0) -> View:
    """Return an outage that began at NOON, `now` seconds ago, `left` seconds before the retry."""
    retry_at = NOON + now + left
    connection = Connection(phase, NOON, attempt=3, retry_at=retry_at, last_online=NOON)
    items = [Exchange(str(number), "x") for number in range(n)]
    return View(connection, items=items, outage=Outage(NOON))


def shown(view: View, after: float = 5.0, hint: str = "") -> str:
    """Return the line `after` seconds past NOON, "" for none."""
    line = status_line.status(view, NOON + after, retry_hint=hint)
    return "" if line is None else str(line)


def test_the_first_second_of_an_outage_shows_nothing() -> None:
    assert shown(down(now=0.9), after=0.9) == ""
    assert shown(down(Phase.CONNECTING), after=0.9) == ""
    assert shown(down(Phase.CONNECTING), after=1.0) == "◌ reconnecting…"


def test_dialling_shows_that_it_reconnects() -> None:
    assert shown(down(Phase.CONNECTING)) == "◌ reconnecting…"
    assert shown(down(Phase.CONNECTING, n=2)) == "◌ reconnecting… · 2 queued"


def test_a_long_wait_counts_down_and_a_short_one_does_not() -> None:
    assert shown(down(left=7.2)) == "◌ gateway down · retry in 7s (try 4)"
    assert shown(down(left=4.0)) == "◌ gateway down · retry in 4s (try 4)"
    assert shown(down(left=3.9)) == "◌ reconnecting…"


def test_a_wait_names_the_key_and_what_is_queued() -> None:
    line = shown(down(n=2), hint="F5 now")
    assert line == "◌ gateway down · retry in 7s (try 4) · F5 now · 2 queued"


def test_an_outage_of_more_than_a_minute_says_since_when() -> None:
    assert shown(down(now=60.0), after=60.0) == "◌ gateway down · retry in 7s (try 4)"
    line = shown(down(now=61.0), after=61.0)
    assert line == "◌ gateway down · retry in 7s (try 4) · since 12:03"
    assert shown(down(Phase.CONNECTING), after=61.0) == "◌ reconnecting… · since 12:03"


def test_only_a_wait_can_be_cut_short() -> None:
    waiting, dialling = (
        status_line.status(down(), NOON + 5),
        status_line.status(down(Phase.CONNECTING), NOON + 5),
    )
    assert waiting is not None
    assert waiting.can_retry
    assert dialling is not None
    assert not dialling.can_retry


def test_being_back_shows_for_three_seconds() -> None:
    back = View(Connection(Phase.ONLINE), outage=Outage(NOON - 9, NOON, backlog=2))
    assert shown(back, after=0.0) == "● back online · 2 sent"
    assert shown(back, after=2.9) == "● back online · 2 sent"
    assert shown(back, after=3.0) == ""


def test_being_back_with_nothing_to_send_says_just_that() -> None:
    assert shown(View(Connection(Phase.ONLINE), outage=Outage(NOON - 9, NOON)), 1.0) == (
        "● back online"
    )


def test_being_back_after_an_outage_that_nobody_saw_shows_nothing() -> None:
    assert shown(View(Connection(Phase.ONLINE), outage=Outage(NOON - 0.9, NOON)), 1.0) == ""


@pytest.mark.parametrize(
    ("reason", "mend"),
    [
        ("HTTP 401 Unauthorized", "enter a token that the gateway accepts"),
        ("HTTP 404 Not Found", "check host, port and path"),
        ("certificate not trusted: self-signed", "check the certificate"),
    ],
)
def test_being_blocked_shows_what_is_wrong_and_what_to_do(reason: str, mend: str) -> None:
    connection = Connection(Phase.BLOCKED, reason=reason, mend=mend, gateway="host:1")
    view = View(connection, outage=Outage(NOON))
    assert shown(view, 0.0) == f"✕ host:1: {reason} · {mend}"
    assert shown(view, 0.0, "F5 now") == f"✕ host:1: {reason} · {mend} · F5 now"


def test_being_blocked_leaves_out_what_is_not_known() -> None:
    view = View(Connection(Phase.BLOCKED, reason="wrong address"), outage=Outage(NOON))
    assert shown(view) == "✕ wrong address"


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.CLOSED])
def test_before_and_after_everything_there_is_nothing_to_say(phase: Phase) -> None:
    assert shown(down(phase)) == ""
    assert shown(View(Connection(Phase.ONLINE))) == ""


def test_a_clock_that_was_set_back_neither_hides_an_outage_nor_holds_on_to_its_end() -> None:
    assert shown(down(Phase.CONNECTING), after=-3_600) == "◌ reconnecting…"
    back = View(Connection(Phase.ONLINE), outage=Outage(NOON - 9, NOON))
    assert shown(back, after=-3_600) == ""


@pytest.mark.parametrize(
    ("delivery", "problem", "text"),
    [
        (Delivery.QUEUED, "", "queued"),
        (Delivery.SENT, "", "sent"),
        (Delivery.ACCEPTED, "", ""),
        (Delivery.ANSWERED, "", ""),
        (
            Delivery.UNCERTAIN,
            "",
            (
                "may have arrived: the connection broke right after sending."
                " Sending again may run it twice."
            ),
        ),
        (Delivery.FAILED, "LLM_ERROR: no", "failed: LLM_ERROR: no"),
        (Delivery.FAILED, "", "failed"),
    ],
)
def test_a_message_says_how_far_it_has_come(delivery: Delivery, problem: str, text: str) -> None:
    assert wording.marked(delivery, problem) == text


def test_a_lost_session_is_a_divider_in_words() -> None:
    rest = "A new one starts here; the model cannot see anything above."
    assert wording.session_lost("abc") == f"The gateway no longer has session abc. {rest}"
    assert wording.session_lost("") == f"The gateway no longer has this session. {rest}"


def test_only_an_interrupted_answer_is_cut_off() -> None:
    cut = wording.ended_early(Answer("m", ending=Ending.INTERRUPTED))
    assert cut == "interrupted: connection lost; the text so far is kept"
    assert wording.ended_early(Answer("m", ending=Ending.COMPLETE)) == ""


# ---- For a UI that only adds lines -----------------------------------------------------------


def entered(phase: Phase, *, again: bool, n: int = 0) -> str:
    connection = Connection(
        phase, NOON, 3, NOON + 8, "connection refused", "mend it", gateway="host:1"
    )
    items = [Exchange(str(number), "x") for number in range(n)]
    view = View(connection, items=items, outage=Outage(NOON, backlog=n))
    before = View(Connection(last_online=NOON if again else None))
    line = status_line.entered(before, view, retry_hint="/retry")
    return "" if line is None else str(line)


@pytest.mark.parametrize(
    ("phase", "first", "later"),
    [
        (Phase.IDLE, "", ""),
        (Phase.CLOSED, "", ""),
        (Phase.CONNECTING, "◌ connecting…", "◌ reconnecting…"),
        (Phase.ONLINE, "● online at host:1", "● back online · 2 sent"),
    ],
)
def test_every_phase_has_a_line_of_its_own(phase: Phase, first: str, later: str) -> None:
    assert entered(phase, again=False) == first
    assert entered(phase, again=True, n=2) == later


def test_a_wait_is_told_with_its_reason() -> None:
    line = "◌ gateway down: connection refused · retry in 8s (try 4) · /retry"
    assert entered(Phase.WAITING, again=True) == line
    assert entered(Phase.WAITING, again=True, n=2) == f"{line} · 2 queued"


def test_being_blocked_is_told_with_its_mend() -> None:
    line = "✕ host:1: connection refused · mend it · /retry"
    assert entered(Phase.BLOCKED, again=False) == line


def test_a_message_waits_while_another_is_answered_and_while_there_is_no_connection() -> None:
    online, sent = Connection(Phase.ONLINE), Exchange("m", "hi", Delivery.SENT)
    assert not wording.waits(View(online))
    assert wording.waits(View(online, items=[sent]))
    assert wording.waits(View(Connection(Phase.WAITING)))


def test_the_first_connection_is_no_reconnection() -> None:
    never = View(Connection(Phase.CONNECTING, NOON), outage=Outage(NOON))
    assert shown(never) == "◌ connecting…"


def test_being_back_tells_that_the_answer_goes_on() -> None:
    outage = Outage(NOON, NOON + 2, backlog=2, resumed=True)
    view = View(Connection(Phase.ONLINE, NOON + 2, last_online=NOON), outage=outage)
    assert shown(view, after=3.0) == "● back online · 2 sent · answer resumed"


def test_a_cut_answer_that_will_go_on_is_paused() -> None:
    growing = Answer("m", "1 2 3")
    assert (
        wording.paused(View(Connection(Phase.WAITING), growing=growing))
        == "paused: continues when the gateway is back"
    )
    assert wording.paused(View(Connection(Phase.ONLINE), growing=growing)) == ""
    assert wording.paused(View(Connection(Phase.WAITING))) == ""


def test_what_was_said_in_a_lost_session_is_told_to_the_next_one() -> None:
    said = [
        Exchange("a", "hi", Delivery.ANSWERED, answer=Answer("a", "hello", ending=Ending.COMPLETE)),
        Exchange("b", "who?", Delivery.UNCERTAIN),
    ]
    assert wording.carried(said).split("\n\n")[1:] == [
        "I said: hi",
        "You said: hello",
        "I said: who?",
    ]


def test_a_connection_that_opens_and_is_read_up_on_is_told_of_once() -> None:
    dialling, reading = View(Connection(Phase.CONNECTING)), View(Connection(Phase.RESUMING))
    assert str(status_line.entered(View(), dialling)) == "◌ connecting…"
    assert status_line.entered(dialling, reading) is None
    online = View(Connection(Phase.ONLINE))
    assert str(status_line.entered(online, reading)) == "◌ connecting…"


# ---- What an answer does beside its text -----------------------------------------------------


@pytest.mark.parametrize(
    ("each", "text"),
    [
        (Tool("t"), "▸ running"),
        (Tool("t", state=Run.WAITING), "? waiting for your approval"),
        (Tool("t", state=Run.DONE), "✓ done"),
        (Tool("t", state=Run.FAILED), "✕ failed"),
        (Tool("t", state=Run.CUT), "· did not finish"),
        (Process("p", state=Run.DONE), "✓ done"),
        (Process("p", state=Run.FAILED, exit_code=2), "✕ exit code 2"),
        (Approval("a"), "? Allow it to run?"),
        (Approval("a", state=Consent.ONCE), "✓ allowed once"),
        (Approval("a", state=Consent.SESSION), "✓ allowed in this session"),
        (Approval("a", state=Consent.DENIED), "✕ denied"),
        (Approval("a", state=Consent.ELSEWHERE), "· answered elsewhere"),
        (Approval("a", state=Consent.LAPSED), "· question withdrawn"),
        (Checklist("c"), "? Go ahead?"),
        (Checklist("c", state=Consent.ACCEPTED), "✓ accepted"),
        (Checklist("c", state=Consent.DENIED), "✕ declined"),
        (Point("x", is_met=True), "✓ ok"),
        (Point("x"), "✕ not met"),
        (Todo("x"), "○ to do"),
        (Todo("x", Progress.DOING), "▸ in progress"),
    ],
)
def test_a_step_tells_its_state_without_a_colour(each: Step | Point | Todo, text: str) -> None:
    assert str(steps_wording.mark(each)) == text


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (Tool("t", "read"), "read"),
        (Tool("t"), "t"),
        (Approval("a", "read"), "read"),
        (Approval("a"), "a tool"),
        (Checklist("c", "Ready?"), "Ready?"),
        (Checklist("c"), "Before it starts"),
        (Process("7", "ls"), "ls"),
        (Process(""), "a program"),
    ],
)
def test_a_step_is_called_something(step: Step, title: str) -> None:
    assert steps_wording.titled(step) == title


def test_the_output_of_a_program_says_what_is_left_out() -> None:
    assert steps_wording.output(Process("p", output="abc")) == "abc"
    cut = steps_wording.output(Process("p", output="abc", left_out=1_234))
    assert cut == "1,234 characters before this are hidden …abc"
