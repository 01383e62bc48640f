"""A day of the connection in spans, and every event in a line."""

from dataclasses import replace

import pytest

from reconnect_core import Connection, Event, Phase, events
from tek_chat.view.uptime import DAY, Uptime, UptimeSpan, UptimeState, duration_text, event_line
from tek_protocol import Envelope

T = 1_000_000.0
ONLINE = Connection(Phase.ONLINE, since=T)
WAITING = Connection(Phase.WAITING, since=T + 10, attempt=0, reason="refused")


def test_phases_become_spans_that_follow_one_another() -> None:
    history = Uptime()
    steps = (
        (replace(ONLINE, phase=Phase.CONNECTING, since=T - 1), T - 1),
        (ONLINE, T),
        (WAITING, T + 10),
        (replace(WAITING, phase=Phase.CONNECTING, since=T + 11, reason=""), T + 11),
        (replace(WAITING, since=T + 12, attempt=1, reason="reset"), T + 12),
        (replace(ONLINE, since=T + 20), T + 20),
        (replace(ONLINE, phase=Phase.BLOCKED, since=T + 30, reason="HTTP 404"), T + 31),
    )
    for connection, now in steps:
        history = history.after(connection, now)
    assert history.spans == (
        UptimeSpan(UptimeState.WAITING, T - 1, T, "", 1),
        UptimeSpan(UptimeState.ONLINE, T, T + 10),
        UptimeSpan(UptimeState.WAITING, T + 10, T + 20, "reset", 2),
        UptimeSpan(UptimeState.ONLINE, T + 20, T + 30),
        UptimeSpan(UptimeState.DOWN, T + 30, T + 31, "HTTP 404", 1),
    )


def test_the_last_span_goes_on() -> None:
    history = Uptime().after(ONLINE, T).after(ONLINE, T + 5)
    assert history.spans == (UptimeSpan(UptimeState.ONLINE, T, T + 5),)


def test_what_is_older_than_a_day_is_forgotten() -> None:
    history = Uptime().after(ONLINE, T).after(WAITING, T + 10)
    late = T + 20 + DAY
    assert history.after(replace(ONLINE, since=late), late).spans == (
        UptimeSpan(UptimeState.ONLINE, late, late),
    )


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.CLOSED])
def test_a_session_that_does_not_run_leaves_no_span(phase: Phase) -> None:
    assert Uptime().after(Connection(phase), T).spans == ()


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0, "0 s"), (61, "1 min 1 s"), (3_600, "1 h 0 s"), (90_061, "1 d 1 h"), (-1, "0 s")],
)
def test_a_duration_is_told_in_two_units(seconds: float, says: str) -> None:
    assert duration_text(seconds) == says


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (events.Waiting(WAITING, 1.25), "waiting · 1.2 s · refused"),
        (events.Online(replace(ONLINE, gateway="here:1")), "online · here:1"),
        (events.Resuming(ONLINE), "resuming"),
        (events.Sent("m1"), "sent · m1"),
        (events.Failed("m1", "too large"), "failed · m1 · too large"),
        (events.NotSaved("disk full"), "notsaved · disk full"),
        (events.SessionLost("s1"), "sessionlost · s1"),
        (events.Received(Envelope(type="chat.message"), "secret"), "received · chat.message"),
    ],
)
def test_an_event_is_a_line_without_what_was_said(event: Event, line: str) -> None:
    assert event_line(event) == line


def test_a_span_is_told_with_its_cause_and_its_tries() -> None:
    assert str(UptimeSpan(UptimeState.WAITING, T, T + 5, "refused", 2)) == (
        "waiting for 5 s · refused · 2 tries"
    )
