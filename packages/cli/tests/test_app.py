"""The command line itself: version, help, mistakes and unexpected errors."""

import asyncio
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tek_cli import app
from tek_cli.app import with_default_command
from tek_cli.exit_codes import Exit
from tek_cli.main import PROGRAM, main
from tek_testing.deadlines import deadline

if TYPE_CHECKING:
    from conftest import Cli

COMMAND = Path(sys.executable).with_name("tek-cli")


async def test_the_version_is_that_of_the_package(cli: "Cli") -> None:
    ran = await cli.run("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"tek-cli {version('tek-cli')}\n", "")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ["chat"]),
        (["--url", "ws://a"], ["chat", "--url", "ws://a"]),
        (["-s", "id"], ["chat", "-s", "id"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
        (["ask", "hi"], ["ask", "hi"]),
    ],
)
def test_the_default_command_is_chat(given: list[str], meant: list[str]) -> None:
    assert with_default_command(given) == meant


def commands_of(command: object, path: str) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield every command and every group of them, with how it is called."""
    assert isinstance(command, TyperCommand | TyperGroup)
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands_of(each, f"{path} {name}")


TYPES = re.compile(r"\b(?:TEXT|INTEGER|FLOAT|PATH|FILENAME|BOOLEAN)\b|<[^>]*>|[{}]|[<>]=\d")
"""Metavars of click, types of Python as typer writes them, and its ranges."""

COMMANDS = dict(commands_of(get_command(app.app), PROGRAM))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_has_help_in_sentences(path: str) -> None:
    command = COMMANDS[path]
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    assert not command.short_help, "the first line is the short help"
    assert "..." not in command.get_short_help_str(63), "too long for the list of commands"
    for option in command.params:
        assert str(getattr(option, "help", "")).endswith("."), f"{path}: {option.name}"


@pytest.mark.parametrize("path", COMMANDS)
def test_no_help_names_a_type_instead_of_a_value(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*path.split()[1:], "--help"])
    assert not TYPES.findall(capsys.readouterr().out)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_shows_its_help_with_its_exit_codes(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*path.split()[1:], "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: {path}" in shown
    assert "Exit codes:\n" in shown
    assert "    0  ok" in shown
    assert len(max(shown.splitlines(), key=len)) <= 100


def test_the_readme_has_every_command_and_every_exit_code() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    for code in Exit:
        assert f"| {int(code)} |" in readme
    for path, command in COMMANDS.items():
        if isinstance(command, TyperCommand) and path.count(" ") == 1:
            assert f"`{path}" in readme or path.endswith("chat")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "-h"], ["gateway"]])
def test_help_documents_the_exit_codes(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(arguments)
    shown = "".join(capsys.readouterr())
    assert f"{Exit.INTERRUPTED:>5}  interrupted (Ctrl+C)" in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["aks", "hi"], "Did you mean 'ask'?"),
        (["gateway", "stat"], "'start'"),
        (["ask", "hi", "--jsno"], "--json"),
        (["ask", "hi", "--url", "http://a"], "expected ws://HOST"),
        (["chat", "--url", "nonsense"], "--url"),
        (["ask", "hi", "--wait", "soon"], "expected 2s, 1m, 500ms or seconds"),
        (["ask", "hi", "--timeout", "0"], "--timeout"),
        (["ask", ""], "it is empty"),
        (["chat", "--trace", "/nowhere/trace"], "cannot write to /nowhere/trace"),
        (["gateway", "start", "--port", "70000"], "--port"),
        (["gateway", "logs", "--filter", "("], "is not a regular expression"),
        (["ask", "hi", "--approve", "onse"], "did you mean 'once'?"),
        (["ask", "hi", "-o", "/nowhere/a"], "folder /nowhere does not exist"),
        (["ask", "hi", "-o", "/"], "is a folder"),
        (["sessions", "exprot", "a"], "'export'"),
        (["sessions", "export", "a", "--format", "mark"], "did you mean 'markdown'?"),
        (["sessions", "list", "--wiat", "1s"], "--wait"),
        (["outbox", "list", "--url", "http://a"], "expected ws://HOST"),
        (["config", "set", "url"], "VALUE"),
    ],
)
def test_a_usage_error_is_code_2_and_says_what_is_expected(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err


class Surprising(list[str]):
    """A command line that raises an unexpected error."""

    def __bool__(self) -> bool:
        reason = "the details"
        raise RuntimeError(reason)


def test_an_unexpected_error_is_one_line_and_a_log_file(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(Surprising()) == 1
    told = capsys.readouterr().err
    log = home / "state" / "tek" / "log" / "tek-cli.log"
    assert len(told.splitlines()) == 1
    assert "RuntimeError" in told
    assert str(log) in told
    assert "RuntimeError: the details" in log.read_text()


class Interrupted(list[str]):
    """A command line during which Ctrl+C is pressed."""

    def __bool__(self) -> bool:
        raise KeyboardInterrupt


def test_control_c_is_code_130_from_the_start() -> None:
    assert main(Interrupted()) == 130


async def test_it_runs_with_all_streams_closed(cli: "Cli") -> None:
    command = f"{shlex.quote(str(COMMAND))} status <&- >&- 2>&-"
    process = await asyncio.create_subprocess_shell(command, env=cli.environment)
    async with deadline(20):
        assert await process.wait() == 3
