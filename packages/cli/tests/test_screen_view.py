"""Views on the whole screen: every row of the state table, every truth of a message."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from textual.geometry import Size

from reconnect_core import Connection, Phase
from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Consent,
    Delivery,
    Ending,
    Exchange,
    Item,
    Kind,
    Notice,
    Point,
    Process,
    Progress,
    Run,
    Todo,
    Tool,
    View,
)
from tek_chat.view.outage import Outage
from tek_chat.view.transcript import Transcript
from tek_cli.screen.exchange_box import ExchangeBox
from tek_protocol.chat import Cost, Source, Usage
from tek_testing.screen.chat_screen import still

NOON = datetime(2026, 1, 2, 12, 3).astimezone().timestamp()
"""12:03, wherever the test runs."""

ONLINE = Connection(Phase.ONLINE, NOON, last_online=NOON, gateway="here:1")
DIALLING = Connection(Phase.CONNECTING, NOON, attempt=3, last_online=NOON, gateway="here:1")
WAITING = Connection(Phase.WAITING, NOON, 3, NOON + 12, last_online=NOON, gateway="here:1")
BLOCKED = Connection(Phase.BLOCKED, NOON, reason="HTTP 401", mend="set TEK_TOKEN", gateway="here:1")
QUEUED = [Exchange("a", "one"), Exchange("b", "two")]


def down(connection: Connection, items: Sequence[Item] = ()) -> View:
    return View(connection, "s", items=Transcript(items), outage=Outage(NOON))


def back(**fields: object) -> View:
    outage = Outage(NOON - 9, NOON, **fields)  # pyright: ignore[reportArgumentType]
    return View(ONLINE, "s", outage=outage)


def said(name: str, text: str = "", **fields: object) -> Exchange:
    answer = Answer(name, text or f"answer {name}", ending=Ending.COMPLETE, **fields)  # pyright: ignore[reportArgumentType]
    return Exchange(name, f"question {name}", Delivery.ANSWERED, answer=answer)


def growing(text: str = "", **fields: object) -> View:
    answer = Answer("a", text, **fields)  # pyright: ignore[reportArgumentType]
    items = Transcript([Exchange("a", "hi", Delivery.ACCEPTED)])
    return View(ONLINE, "s", items=items, growing=answer)


# ---- The connection --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "after", "line"),
    [
        (down(DIALLING), 0.9, ""),
        (down(DIALLING), 5.0, "◌ reconnecting…"),
        (down(WAITING, QUEUED), 5.0, "◌ gateway down · retry in 7s (try 4) · F5 now · 2 queued"),
        (down(WAITING), 10.0, "◌ reconnecting…"),
        (down(DIALLING), 61.0, "◌ reconnecting… · since 12:03"),
        (back(backlog=2, resumed=True), 1.0, "● back online · 2 sent · answer resumed"),
        (back(), 4.0, ""),
        (down(BLOCKED), 5.0, "✕ here:1: HTTP 401 · set TEK_TOKEN · F5 now"),
        (View(ONLINE, "s"), 5.0, ""),
    ],
)
async def test_the_last_line_tells_of_the_connection(
    tmp_path: Path, view: View, after: float, line: str
) -> None:
    async with still(tmp_path, now=NOON + after) as (app, pilot):
        composer = app.composer.region
        await app.draw(view)
        await pilot.pause()
        assert app.connection_line.text == line
        assert app.connection_line.region.bottom == app.size.height
        assert app.connection_line.region.height == 1
        await app.until(line)
        assert app.composer.region == composer, "the layout moved"


async def test_the_countdown_goes_on_without_any_event(tmp_path: Path) -> None:
    async with still(tmp_path, now=NOON + 5) as (app, pilot):
        await app.draw(down(WAITING))
        now = NOON + 6.0
        app.connection_line.clock = lambda: now
        app.connection_line.tick()
        await pilot.pause()
        await app.until("retry in 6s")


# ---- Messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delivery", "truth"),
    [
        (Delivery.QUEUED, "You · ○ queued"),
        (Delivery.SENT, "You · → sent"),
        (Delivery.ACCEPTED, "You · ✓ accepted"),
        (Delivery.UNCERTAIN, "You · ? may have arrived: the connection broke right after sending"),
        (Delivery.FAILED, "You · ✕ failed: too large · /retry sends it again"),
    ],
)
async def test_each_message_shows_its_own_truth(
    tmp_path: Path, delivery: Delivery, truth: str
) -> None:
    async with still(tmp_path, size=(140, 24)) as (app, pilot):
        problem = "too large" if delivery is Delivery.FAILED else ""
        await app.draw(View(ONLINE, "s", items=[Exchange("a", "hi [b]there", delivery, problem)]))
        await pilot.pause()
        await app.until(truth)
        await app.until("hi [b]there")


async def test_an_answered_message_shows_its_answer_and_what_it_cost(tmp_path: Path) -> None:
    usage = Usage(12, 34, 46)
    item = said("a", "# Title\n\nsome **bold**", model="big", usage=usage, cost=Cost(0, 0, 0.5))
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=[item]))
        await pilot.pause()
        await app.until("some bold")
        await app.until("big · 46 tokens (12 in, 34 out) · cost 0.5")
        assert app.info.text == "here:1 · big · 46 tokens (12 in, 34 out) · cost 0.5"


async def test_an_answer_grows_and_is_drawn_whole_at_its_end(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        for text in ("one", "one **two", "one **two** `three`"):
            await app.draw(growing(text))
        await pilot.pause()
        await app.until("one two three")
        await app.draw(View(ONLINE, "s", items=[said("a", "another text")]))
        await pilot.pause()
        await app.until("another text")
        assert "one two" not in app.shown


async def test_a_cut_answer_says_so_and_goes_on_in_the_same_place(tmp_path: Path) -> None:
    async with still(tmp_path, now=NOON + 0.5) as (app, pilot):
        await app.draw(growing("half of"))
        await pilot.pause()
        before = app.lines
        view = growing("half of")
        paused = View(DIALLING, "s", items=view.items, growing=view.growing, outage=Outage(NOON))
        await app.draw(paused)
        await pilot.pause()
        await app.until("◌ paused: continues when the gateway is back")
        assert [line for line in app.lines if "half of" in line] == ["▌ half of"]
        await app.draw(growing("half of it"))
        await pilot.pause()
        after = [line.replace("half of it", "half of") for line in app.lines]
        assert after == before, "the layout moved"


async def test_text_that_is_taken_back_is_drawn_anew(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await app.draw(growing("one two three"))
        await app.draw(growing("one two and"))
        await pilot.pause()
        await app.until("one two and")
        assert "three" not in app.shown


async def test_a_long_answer_is_one_widget(tmp_path: Path) -> None:
    text = "word " * 4000
    async with still(tmp_path) as (app, pilot):
        for end in range(0, len(text), 1500):
            await app.draw(growing(text[:end]))
        await app.draw(growing(text + "END"))
        await pilot.pause()
        await app.until("END")
        assert len(app.transcript.query("*")) == 2
        await app.draw(View(ONLINE, "s", items=[said("a", text + "END")]))
        await pilot.pause()
        await app.until("END")
        assert len(app.transcript.query("*")) == 2


@pytest.mark.parametrize(
    ("ending", "foot"),
    [
        (Ending.STOPPED, "■ stopped"),
        (Ending.INTERRUPTED, "✕ interrupted: connection lost; the text so far is kept"),
        (Ending.FAILED, "✕ failed"),
    ],
)
async def test_the_end_of_an_answer_that_is_not_whole_is_told(
    tmp_path: Path, ending: Ending, foot: str
) -> None:
    item = Exchange("a", "hi", Delivery.ANSWERED, answer=Answer("a", "half", ending=ending))
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=[item]))
        await pilot.pause()
        await app.until(foot)


async def test_a_gateway_cannot_draw_on_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2J\x07\x9b"
    items = [
        Exchange("a", evil, Delivery.ANSWERED, answer=Answer("a", evil, ending=Ending.COMPLETE)),
        Exchange("b", evil, Delivery.FAILED, evil),
        Notice(Kind.UNKNOWN, evil),
        Exchange("c", "x", Delivery.ACCEPTED),
    ]
    answer = Answer(
        "c", evil, evil, evil, (Source(evil, evil),), steps=(Tool("t", evil, evil, Run.DONE, evil),)
    )
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=items, growing=answer))
        await pilot.press("ctrl+t")
        await pilot.pause()
        await app.until("�")
        assert all(control not in app.export_screenshot() for control in evil if control < " ")


# ---- Beside the text -------------------------------------------------------------------------

STEPS = (
    Tool("t", "read", '{"path":"a"}', Run.DONE, "the result"),
    Approval("p", "rm", "-rf /", "it is full"),
    Process("x", "make", "output\n", 0, 2, Run.FAILED),
    Checklist("c", "Ready?", (Point("disk"), Point("power", is_met=True)), Consent.ACCEPTED),
)
TODOS = (Todo("think", Progress.DONE), Todo("write"))


async def test_what_an_answer_does_is_shown_while_it_grows(tmp_path: Path) -> None:
    fields = {"reasoning": "let me think", "sources": (Source("http://x", "X"),)}
    async with still(tmp_path, size=(100, 40)) as (app, pilot):
        await app.draw(growing("text", **fields, steps=STEPS, todos=TODOS))
        await pilot.pause()
        await app.until("▸ Reasoning (3 words)")
        await app.until("✓ read · done")
        await app.until("? rm · Allow it to run?")
        await app.until("✕ make · exit code 2")
        await app.until("✓ Ready? · accepted")
        await app.until("✓ think")
        await app.until("○ write")
        await app.until("[1] X · http://x")
        assert "the result" not in app.shown
        await pilot.press("ctrl+t")
        await pilot.pause()
        await app.until("let me think")
        await app.until("the result")
        await app.until("✕ not met · disk")


async def test_steps_come_and_change_and_go(tmp_path: Path) -> None:
    async with still(tmp_path, size=(100, 40)) as (app, pilot):
        await app.draw(growing("", steps=STEPS[:1]))
        await app.draw(growing("", steps=STEPS))
        decided = Approval("p", "rm", "-rf /", "it is full", Consent.DENIED)
        await app.draw(growing("", steps=(STEPS[0], decided)))
        await pilot.pause()
        await app.until("✕ rm · denied")
        assert "make" not in app.shown


async def test_what_an_answer_did_is_still_there_when_it_has_ended(tmp_path: Path) -> None:
    item = said("a", "text", reasoning="hmm", steps=STEPS[:1], todos=TODOS)
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=[item]))
        await pilot.pause()
        await app.until("✓ read · done")
        assert "the result" not in app.shown
        await pilot.press("ctrl+t")
        await pilot.pause()
        await app.until("the result")


async def test_a_question_is_asked_above_the_draft_until_it_is_answered(tmp_path: Path) -> None:
    async with still(tmp_path, size=(100, 40)) as (app, pilot):
        await app.draw(growing("", steps=STEPS))
        await pilot.pause()
        assert app.question.display
        await app.until("F2 allow once · F3 allow for this session · F4 deny")
        await app.draw(growing("", steps=STEPS[:1]))
        await pilot.pause()
        assert not app.question.display


# ---- Notices ---------------------------------------------------------------------------------


async def test_what_nobody_said_is_a_line_between(tmp_path: Path) -> None:
    items = [
        Notice(Kind.UNKNOWN, "odd.type", 3),
        Notice(Kind.ERROR, "messages are not saved: disk full"),
        Notice(Kind.SESSION_LOST, "old"),
    ]
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=items))
        await pilot.pause()
        await app.until("· not understood: odd.type (3 times)")
        await app.until("✕ messages are not saved: disk full")
        await app.until("The gateway no longer has session old. A new one starts here")
        await app.draw(View(ONLINE, "s", items=[Notice(Kind.UNKNOWN, "odd.type", 4), *items[1:]]))
        await pilot.pause()
        await app.until("(4 times)")


async def test_a_lost_session_offers_to_send_what_was_said(tmp_path: Path) -> None:
    lost: list[Item] = [said("a"), Notice(Kind.SESSION_LOST, "old")]
    async with still(tmp_path, size=(110, 24)) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=lost))
        await pilot.pause()
        await app.until("F6 sends the earlier messages to this session")
        await app.draw(View(ONLINE, "s", items=[*lost, Exchange("b", "go on", Delivery.SENT)]))
        await pilot.pause()
        assert "F6 sends" not in app.shown


# ---- A long session --------------------------------------------------------------------------


async def test_a_long_session_shows_its_end_and_loads_what_was_before(tmp_path: Path) -> None:
    items = Transcript([said(str(number)) for number in range(10_000)])
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=items))
        await pilot.pause()
        await app.until("answer 9999")
        assert len(app.transcript.query("ExchangeBox")) == 100
        app.transcript.focus()
        await pilot.press("home")
        await pilot.pause()
        assert len(app.transcript.query("ExchangeBox")) == 200
        assert "answer 9999" in app.shown, "the place was lost"
        app.transcript.scroll_home(animate=False)
        await pilot.pause()
        await app.until("▲ 9,800 earlier messages")


async def test_a_session_that_gets_long_keeps_few_widgets(tmp_path: Path) -> None:
    items = Transcript([said("0")])
    async with still(tmp_path) as (app, pilot):
        for number in range(1, 250):
            items = items.adding(said(str(number)))
            await app.draw(View(ONLINE, "s", items=items))
        await pilot.pause()
        await app.until("answer 249")
        assert len(app.transcript.query("ExchangeBox")) <= 200


async def test_only_what_changed_is_drawn(tmp_path: Path) -> None:
    items = Transcript([said("a"), said("b"), Exchange("c", "hi", Delivery.SENT)])
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=items))
        first, second, third = app.transcript.children[1:]
        await app.draw(View(ONLINE, "s", items=items.replacing(said("c"))))
        await pilot.pause()
        assert list(app.transcript.children[1:]) == [first, second, third]
        await app.until("answer c")
        await app.draw(View(ONLINE, "s", items=Transcript([said("b")])))
        await pilot.pause()
        assert list(app.transcript.children[1:]) == [second]


class UnsizedBox(ExchangeBox):
    """A box that has no size while `is_unsized`, as between mounting and the first layout."""

    is_unsized = False

    @property
    def size(self) -> Size:
        return Size(0, 0) if self.is_unsized else super().size


async def test_a_drawing_before_the_layout_does_not_hide_a_longer_exchange(
    tmp_path: Path,
) -> None:
    async with still(tmp_path) as (app, pilot):
        box = UnsizedBox(Exchange("c", "hi", Delivery.SENT))
        await app.transcript.mount(box)
        await pilot.pause()
        box.is_unsized = True
        box.render_line(0)
        box.is_unsized = False
        box.draw(said("c"))
        await pilot.pause()
        assert box.size.height == 4


async def test_another_session_is_drawn_from_its_own_beginning(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await app.draw(View(ONLINE, "s", items=[said("a")]))
        await app.draw(View(ONLINE, "t", items=[said("b")]))
        await pilot.pause()
        await app.until("answer b")
        assert "answer a" not in app.shown


async def test_an_empty_session_says_what_to_do(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await pilot.pause()
        await app.until("What can I help with?")
        await app.draw(View(ONLINE, "s", items=[said("a")]))
        await pilot.pause()
        assert "What can I help with?" not in app.shown
