"""The demo's timeline and how it is shown; a whole demo runs in the end-to-end suite."""

import io

from rich.console import Console

from reconnect_core import (
    Accepted,
    Connecting,
    Connection,
    Event,
    Interrupted,
    Online,
    Phase,
    Queued,
    Received,
    Sent,
    SessionLost,
    SessionOpened,
    Uncertain,
    Waiting,
)
from tek_chat import View
from tek_cli.demo.demo_screen import DemoScreen
from tek_cli.demo.loss_check import Count, Report
from tek_cli.demo.timeline import Timeline, say_waits
from tek_protocol import encode, read_envelope


def received(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, "requestId": "a", **fields})
    return Received(read_envelope(text), text)


OUTAGE: tuple[tuple[float, Event], ...] = (
    (0.0, Connecting(Connection(Phase.CONNECTING))),
    (0.1, Online(Connection(Phase.ONLINE, 0.1))),
    (0.2, Queued("a", {"content": "count"})),
    (0.2, Sent("a")),
    (0.3, SessionOpened("s1")),
    (0.3, Accepted("a")),
    (0.4, received("chat.stream.delta", delta="1 2 3")),
    (1.0, Interrupted("a")),
    (1.0, Waiting(Connection(Phase.WAITING, 1.0, 0, 2.2, "broke off"), 1.2)),
    (1.1, Queued("b", {"content": "more"})),
    (2.2, Connecting(Connection(Phase.CONNECTING))),
    (2.2, Waiting(Connection(Phase.WAITING, 2.2, 1, 4.6, "refused"), 2.4)),
    (4.6, Connecting(Connection(Phase.CONNECTING))),
    (4.6, Online(Connection(Phase.ONLINE, 4.6, queued=1))),
)


def watched(*more: Event) -> tuple[Timeline, View]:
    timeline, view = Timeline(), View()
    for at, event in (*OUTAGE, *((9.0, each) for each in more)):
        view = view.after(event)
        timeline.note(at, event, view)
    return timeline, view


def test_the_timeline_tells_the_outage_in_order() -> None:
    timeline, _ = watched()
    assert [(entry.at, entry.text) for entry in timeline.entries] == [
        (0.1, "online"),
        (0.2, "“count” is sent"),
        (0.3, "the session is s1"),
        (0.3, "“count” is accepted"),
        (1.0, "the answer is interrupted at 3"),
        (1.0, "broke off; attempt 1 in 1.20 s"),
        (1.1, "“more” is queued"),
        (2.2, "refused; attempt 2 in 2.40 s"),
        (4.6, "online, 1 queued"),
    ]


def test_a_drop_is_counted_once_and_every_wait_is_measured() -> None:
    timeline, _ = watched()
    assert timeline.drops == 1
    assert say_waits(timeline.waits) == (
        "1.20 s planned, 1.20 s waited; 2.40 s planned, 2.40 s waited"
    )
    assert say_waits([]) == "none"


def test_what_went_wrong_is_on_the_timeline_too() -> None:
    timeline, _ = watched(Sent("b"), Uncertain("b"), SessionLost("s1"))
    assert [entry.text for entry in timeline.entries[-2:]] == [
        "“more” may have arrived",
        "the gateway no longer has session s1",
    ]


def test_a_complete_answer_is_on_the_timeline() -> None:
    timeline, _ = watched(Sent("b"), received("chat.stream.end", requestId="b"))
    assert timeline.entries[-1].text == "the answer is complete at nothing"


def test_every_entry_is_shown_once_and_a_pipe_gets_plain_lines() -> None:
    text = io.StringIO()
    timeline, view = watched()
    with DemoScreen(Console(file=text)) as show:
        show.draw(timeline, view)
        show.draw(timeline, view)
    lines = text.getvalue().splitlines()
    assert lines[0] == "  0.10s  client   online"
    assert len(lines) == len(timeline.entries)
    assert "\x1b" not in text.getvalue()


def test_a_terminal_sees_the_answer_grow_beneath_the_lines() -> None:
    text = io.StringIO()
    view = View()
    for _, event in OUTAGE[:7]:
        view = view.after(event)
    with DemoScreen(Console(file=text, force_terminal=True, width=80)) as show:
        show.draw(Timeline(), view)
    assert "1 2 3" in text.getvalue()


def test_the_summary_names_the_findings_and_the_verdict() -> None:
    text = io.StringIO()
    timeline, _ = watched()
    good = Report(Count(3, "1 2 3"), Count(2, "1 2"), ("s1", "s1"), 4)
    bad = Report(Count(9, "1 3"), Count(2, ""), ("s1", "s2"), 2)
    show = DemoScreen(Console(file=text, width=200))
    show.summary(timeline, good)
    show.summary(timeline, bad)
    assert "s1; after the restart the same" in text.getvalue()
    assert "answered completely: 3 of 3" in text.getvalue()
    assert "✓ the client reconnected by itself" in text.getvalue()
    assert "s1; after the restart another one: s2" in text.getvalue()
    assert "✕ something was lost or duplicated" in text.getvalue()
