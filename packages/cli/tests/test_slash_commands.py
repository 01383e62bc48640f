"""The table of slash commands, and how a line is read as one."""

import pytest

from tek_cli.slash_commands import COMMANDS, is_immediate, matching, read_command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/new", ("/new", "")),
        (" /sessions abc ", ("/sessions", "abc")),
        ("/new york", None),
        ("/etc/passwd", None),
        ("/model\nis a message", None),
        ("hello", None),
    ],
)
def test_only_what_is_a_command_is_taken_for_one(
    text: str, command: tuple[str, str] | None
) -> None:
    assert read_command(text) == command


def test_a_draft_can_become_the_commands_that_begin_like_it() -> None:
    assert [each.name for each in matching("/s")] == ["/sessions", "/stop", "/status"]
    assert matching("/") == COMMANDS
    assert matching("/s t") == matching("s") == ()


@pytest.mark.parametrize(
    ("line", "is_one"),
    [("/stop", True), ("/new", False), ("", False), ("/stopp", False), ("/stop it", False)],
)
def test_only_immediate_commands_overtake(line: str, *, is_one: bool) -> None:
    assert is_immediate(line) is is_one
