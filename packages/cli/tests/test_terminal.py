"""What reaches the two streams, on a terminal and in a pipe."""

import io

import pytest

from tek_cli.terminal.terminal import Terminal


class Screen(io.StringIO):
    """A terminal that keeps what it was sent; both streams of a process may share one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_note_gets_a_line_of_its_own_amid_an_answer() -> None:
    screen = Screen()
    terminal = Terminal(screen, screen)
    terminal.answer("1 2")
    terminal.complain("it broke")
    assert screen.getvalue() == "1 2\nError: it broke\n"


def test_notes_leave_no_trace_in_a_piped_answer() -> None:
    out, err = io.StringIO(), Screen()
    terminal = Terminal(out, err)
    terminal.answer("1 2")
    terminal.note("a note")
    terminal.answer(" 3")
    terminal.end_answer()
    terminal.end_answer()
    assert out.getvalue() == "1 2 3\n"


def test_notes_are_dim_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, pipe = Screen(), io.StringIO()
    Terminal(screen, screen).note("a note")
    Terminal(io.StringIO(), pipe).note("a note")
    assert screen.getvalue() == "\x1b[2ma note\x1b[22m\n"
    assert pipe.getvalue() == "a note\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    Terminal(io.StringIO(), pipe).note("forced")
    assert "\x1b[2mforced" in pipe.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    Terminal(screen, screen).note("bare")
    assert screen.getvalue().endswith("\nbare\n")


def test_a_gateway_cannot_send_commands_to_a_terminal() -> None:
    screen, pipe = Screen(), io.StringIO()
    Terminal(screen, screen).answer("a\x1b]0;evil\x07\tb\r\n")
    Terminal(screen, screen).complain("two\nlines\x9b")
    Terminal(pipe, pipe).answer("a\x1b[31m")
    assert screen.getvalue() == "a�]0;evil�\tb\nError: two lines�\n"
    assert pipe.getvalue() == "a\x1b[31m"


def test_the_prompt_makes_way_for_what_is_written() -> None:
    screen = Screen()
    terminal = Terminal(screen, screen)
    terminal.prompt()
    terminal.prompt()
    terminal.answer("hi\n")
    terminal.prompt()
    terminal.typed()
    terminal.answer("ho\n")
    assert screen.getvalue() == "> \r\x1b[Khi\n> ho\n"


def test_a_pipe_gets_no_prompt() -> None:
    pipe = io.StringIO()
    Terminal(pipe, pipe).prompt()
    assert pipe.getvalue() == ""


def test_a_closed_terminal_ends_its_line_and_writes_no_more() -> None:
    screen = Screen()
    terminal = Terminal(screen, screen)
    terminal.answer("1 2")
    terminal.close()
    terminal.note("a note")
    assert screen.getvalue() == "1 2\n"
