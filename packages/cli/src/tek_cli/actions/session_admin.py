"""`tek-cli sessions`: list, show, rename, export and delete the sessions of a gateway."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from tek_chat import Client, View
from tek_chat.journal.journal import Journal, JournalError
from tek_chat.setup import Setup, read_setup
from tek_chat.view.export import FORMATS, format_of
from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded
from tek_cli.actions.confirm import confirm
from tek_cli.actions.output_file import write_output
from tek_cli.actions.reach_gateway import connected, online
from tek_cli.exit_codes import Exit
from tek_cli.terminal.table import one_line, table
from tek_protocol import chat, encode


@dataclass(frozen=True, slots=True)
class SessionTarget:
    """The gateway to ask, and how many seconds to wait for it."""

    url: str | None
    wait: float


async def list_sessions(target: SessionTarget, *, as_json: bool) -> Exit:
    """Print the sessions, newest first."""
    async with connected(read_setup(target.url), wait=target.wait) as client:
        sessions = await client.sessions()
    if as_json:
        typer.echo(encode({"v": 1, "sessions": sessions}))
    elif not sessions:
        typer.echo("No sessions yet.", err=True)
    else:
        head = ("ID", "CREATED", "MESSAGES", "TITLE")
        typer.echo(table(head, [_row(each) for each in sessions]))
    return Exit.OK


async def show_session(target: SessionTarget, name: str, *, as_json: bool) -> Exit:
    """Print the messages of a session."""
    form = "json" if as_json else "markdown"
    return await export_session(target, name, form, None)


async def export_session(
    target: SessionTarget, name: str, form: str | None, file: Path | None
) -> Exit:
    """Write a session to `file`, or to standard output without one."""
    chosen = form or (format_of(file.name) if file else "markdown")
    async with _opened(target, name) as (info, view):
        write_output(FORMATS[chosen](view, info.title), file)
    return Exit.OK


async def rename_session(target: SessionTarget, name: str, title: str) -> Exit:
    """Change the title of a session."""
    async with connected(read_setup(target.url), wait=target.wait) as client:
        await client.rename((await _find(client, name)).session_id, title)
    return Exit.OK


async def delete_sessions(target: SessionTarget, names: Sequence[str], *, is_sure: bool) -> Exit:
    """Delete sessions here and on the gateway, after asking unless `is_sure`."""
    setup = read_setup(target.url)
    async with connected(setup, wait=target.wait) as client:
        found = {each.session_id: each for each in [await _find(client, n) for n in names]}
        titles = ", ".join(f"“{one_line(each.title) or name}”" for name, each in found.items())
        confirm(f"Permanently delete {titles}?", is_sure=is_sure)
        for session_id in found:
            await client.delete(session_id)
            await _delete_copy(setup, session_id)
            typer.echo(f"Deleted: {session_id}")
    return Exit.OK


def _row(each: chat.SessionInfo) -> tuple[str, ...]:
    return (each.session_id, each.created_at, str(each.message_count), one_line(each.title))


async def _find(client: Client, name: str) -> chat.SessionInfo:
    """Return the session whose ID is `name` or, uniquely, begins with it; raises `CommandEnded`."""
    sessions = await client.sessions()
    exact = [each for each in sessions if each.session_id == name]
    found = exact or [each for each in sessions if name and each.session_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandEnded(
            AskOutcome(Exit.USAGE, f"several session IDs begin with {name!r}; give a longer prefix")
        )
    problem = f"no session matches {name!r}; see `tek-cli sessions list`"
    raise CommandEnded(AskOutcome(Exit.SESSION_LOST, problem))


@asynccontextmanager
async def _opened(
    target: SessionTarget, name: str
) -> AsyncGenerator[tuple[chat.SessionInfo, View]]:
    """Yield a session and its view, read from the gateway's log; raises `CommandEnded`."""
    async with connected(read_setup(target.url), wait=target.wait) as client:
        if not client.connection.resumes:
            problem = "this gateway does not support reading sessions"
            raise CommandEnded(AskOutcome(Exit.FAILED, problem))
        info = await _find(client, name)
        await client.open(info.session_id)
        yield info, await online(client, target.wait)


async def _delete_copy(setup: Setup, session_id: str) -> None:
    """Delete the copy of a session in the journal."""
    if not setup.journal_path.exists():
        return
    try:
        journal = Journal.open(setup.journal_path, setup.url)
        try:
            journal.forget(session_id)
        finally:
            await journal.close()
    except JournalError as error:
        typer.echo(f"· cannot delete the local copy: {error}", err=True)
