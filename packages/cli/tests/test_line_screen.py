"""Views as lines: every state change once, and the answer as it grows."""

import io

from reconnect_core import (
    Accepted,
    Connection,
    Event,
    Failed,
    Interrupted,
    Online,
    Phase,
    Queued,
    Received,
    Sent,
    SessionLost,
    SessionReset,
    Uncertain,
    Waiting,
)
from tek_chat import Consent, View
from tek_chat.view.steps_parse import Decided
from tek_cli.line.line_screen import LineScreen, quoted
from tek_cli.terminal.terminal import Terminal
from tek_protocol import encode, read_envelope


class Drawn:
    """A screen in pipes, and the view that it draws."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.screen = LineScreen(
            Terminal(self.out, self.err), retry_hint="Enter now", resend_hint="/retry"
        )
        self.view = View()

    def see(self, *events: Event) -> str:
        """Draw after each event; returns what standard error got."""
        before = len(self.err.getvalue())
        for event in events:
            self.view = self.view.after(event)
            self.screen.draw(self.view)
        return self.err.getvalue()[before:]


def online(**fields: object) -> Online:
    return Online(Connection(Phase.ONLINE, 10.0, last_online=10.0, gateway="here:1", **fields))  # pyright: ignore[reportArgumentType]


def waiting() -> Waiting:
    connection = Connection(
        Phase.WAITING, 10.0, 3, 18.0, "connection refused", last_online=9.0, queued=1
    )
    return Waiting(connection, 8.0)


def queued(name: str, text: str) -> Queued:
    return Queued(name, {"content": text})


def heard(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, "requestId": "a", **fields})
    return Received(read_envelope(text), text)


def delta(text: str) -> Received:
    return heard("chat.stream.delta", delta=text)


def test_changes_of_the_connection_are_shown() -> None:
    drawn = Drawn()
    assert drawn.see(online()) == "● online at here:1\n"
    assert (
        drawn.see(waiting())
        == "◌ gateway down: connection refused · retry in 8s (try 4) · Enter now\n"
    )
    assert drawn.see(online(queued=2)) == "● back online · 2 sent\n"


def test_a_message_that_is_sent_at_once_is_not_shown() -> None:
    assert "hi" not in Drawn().see(online(), queued("a", "hi"), Sent("a"), Accepted("a"))


def test_a_queued_message_is_shown_once() -> None:
    drawn = Drawn()
    assert drawn.see(waiting(), queued("a", "hi")).count("· “hi” queued\n") == 1
    assert "hi" not in drawn.see(waiting())


def test_a_message_queued_behind_an_answer_is_shown() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), queued("b", "and"))
    assert drawn.see(Sent("a")) == "· “and” queued\n"


def test_an_answer_is_written_as_it_grows() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"), delta("1 "))
    assert drawn.out.getvalue() == "1 "
    drawn.see(delta("2"), heard("chat.stream.end"))
    assert drawn.out.getvalue() == "1 2\n"


def test_a_cut_answer_keeps_its_text_and_is_marked() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"), delta("1 2"))
    told = drawn.see(Interrupted("a"))
    assert drawn.out.getvalue() == "1 2\n"
    assert told.startswith("✕ the answer to “hi” was interrupted")


def test_an_uncertain_or_failed_message_names_the_command_that_resends_it() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"))
    assert drawn.see(Uncertain("a")).endswith("may run it twice. · /retry\n")
    assert drawn.see(queued("a", "hi"), Sent("a"), Failed("a", "too large")) == (
        "✕ “hi” failed: too large · /retry\n"
    )


def test_an_answer_after_a_retry_is_written_from_its_beginning() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"), delta("half"))
    drawn.see(heard("error", code="LLM_ERROR", message="no"))
    drawn.see(queued("a", "hi"), Sent("a"), Accepted("a"), delta("whole"))
    drawn.see(heard("chat.stream.end"))
    assert drawn.out.getvalue() == "half\nwhole\n"


def test_a_lost_session_and_what_is_not_understood_are_told_once() -> None:
    drawn = Drawn()
    told = drawn.see(online(), SessionLost("old"), *(heard("tool.call") for _ in range(3)))
    assert told.count("The gateway no longer has session old") == 1
    assert told.count("not understood: tool.call") == 1


def test_another_session_is_drawn_from_its_own_beginning() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), delta("1"), heard("chat.stream.end"))
    first, drawn.view = drawn.view, View()
    drawn.see(online(), waiting(), queued("b", "ho"))
    assert drawn.err.getvalue().count("“ho” queued") == 1
    drawn.view = first
    drawn.see(online())
    assert drawn.out.getvalue() == "1\n"


def test_a_long_message_is_quoted_from_its_beginning() -> None:
    assert quoted("two\nlines") == "“two lines”"
    assert quoted("x" * 100) == f"“{'x' * 39}…”"


# ---- What an answer does beside its text -------------------------------------------------------


def beside(*events: Event) -> str:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"))
    return drawn.see(*events)


def test_a_tool_is_shown_when_it_begins_and_ends() -> None:
    told = beside(
        heard("tool.call", toolCallId="t", name="search", input={"q": "x"}),
        heard("tool.result", toolCallId="t", name="search", output="found\nit"),
    ).splitlines()
    assert told[0].startswith("▸ search: running · ")
    assert told[1] == "✓ search: done · found it"


def test_an_approval_says_how_it_is_answered() -> None:
    drawn = Drawn()
    drawn.screen.approve_hint = "/approve once"
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"))
    asked = heard("tool.approval.request", approvalId="p", toolName="shell", input="rm x")
    assert drawn.see(asked) == "? shell: Allow it to run? · rm x · /approve once\n"
    drawn.view = drawn.view.after(Decided("p", Consent.DENIED))
    assert drawn.see(delta("ok")) == "✕ shell: denied\n"


def test_only_changed_to_dos_are_shown_again() -> None:
    def todos(*states: str) -> list[Event]:
        items = [
            {"content": name, "status": state} for name, state in zip("ab", states, strict=True)
        ]
        return [heard("todo.update", todos=items)]

    told = beside(*todos("in_progress", "pending"), *todos("completed", "pending")).splitlines()
    assert told == ["▸ in progress: a", "○ to do: b", "✓ done: a"]


def test_a_cut_answer_that_will_go_on_says_so() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"), delta("1 2"))
    assert "◌ the answer is paused: continues when the gateway is back\n" in drawn.see(waiting())


def test_a_log_that_is_read_anew_writes_nothing_twice() -> None:
    drawn = Drawn()
    drawn.see(online(), queued("a", "hi"), Sent("a"), Accepted("a"), delta("1 2"))
    drawn.see(SessionReset("s"), heard("chat.message", id="a", role="user", content="hi"))
    drawn.see(delta("1"), delta(" 2 3"), heard("chat.stream.end"))
    assert drawn.out.getvalue() == "1 2 3\n"


def test_a_stopped_answer_says_so() -> None:
    told = beside(delta("1"), heard("chat.stream.end", status="stopped"))
    assert told == "· the answer to “hi” was stopped\n"
