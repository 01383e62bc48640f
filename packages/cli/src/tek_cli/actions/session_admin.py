"""The sessions of a gateway: listed, shown, renamed, exported and removed.

It must never send a message, nor remove what it was not told to.
"""

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
from tek_cli.actions.reach_gateway import online, reached
from tek_cli.exit_codes import Exit
from tek_cli.terminal.output_file import put
from tek_cli.terminal.table import one_line, table
from tek_protocol import chat, encode


@dataclass(frozen=True, slots=True)
class Where:
    """Which gateway is asked, and for how many seconds it may be away."""

    url: str | None
    wait: float


async def listed(where: Where, *, as_json: bool) -> Exit:
    """List the sessions, newest first."""
    async with reached(read_setup(where.url), wait=where.wait) as client:
        sessions = await client.sessions()
    if as_json:
        typer.echo(encode({"v": 1, "sessions": sessions}))
    elif not sessions:
        typer.echo("There are no sessions yet.", err=True)
    else:
        head = ("ID", "CREATED", "MESSAGES", "TITLE")
        typer.echo(table(head, [_row(each) for each in sessions]))
    return Exit.OK


async def shown(where: Where, name: str, *, as_json: bool) -> Exit:
    """Show what was said in a session."""
    form = "json" if as_json else "markdown"
    return await exported(where, name, form, None)


async def exported(where: Where, name: str, form: str | None, file: Path | None) -> Exit:
    """Write a session to `file`, or to standard output without one."""
    chosen = form or (format_of(file.name) if file else "markdown")
    async with _opened(where, name) as (info, view):
        put(FORMATS[chosen](view, info.title), file)
    return Exit.OK


async def renamed(where: Where, name: str, title: str) -> Exit:
    """Give a session a title."""
    async with reached(read_setup(where.url), wait=where.wait) as client:
        await client.rename((await _found(client, name)).session_id, title)
    return Exit.OK


async def removed(where: Where, names: Sequence[str], *, is_sure: bool) -> Exit:
    """Remove sessions, here and at the gateway."""
    setup = read_setup(where.url)
    async with reached(setup, wait=where.wait) as client:
        found = {each.session_id: each for each in [await _found(client, n) for n in names]}
        told = ", ".join(f"“{one_line(each.title) or name}”" for name, each in found.items())
        confirm(f"Delete {told} with all that was said there?", is_sure=is_sure)
        for session_id in found:
            await client.delete(session_id)
            await _forgotten(setup, session_id)
            typer.echo(f"Deleted: {session_id}")
    return Exit.OK


def _row(each: chat.SessionInfo) -> tuple[str, ...]:
    return (each.session_id, each.created_at, str(each.message_count), one_line(each.title))


async def _found(client: Client, name: str) -> chat.SessionInfo:
    """Return the session of that id, or the only one whose id begins so; raises `CommandEnded`."""
    sessions = await client.sessions()
    exact = [each for each in sessions if each.session_id == name]
    found = exact or [each for each in sessions if name and each.session_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandEnded(
            AskOutcome(Exit.USAGE, f"several sessions begin with {name!r}: give more of the ID")
        )
    there_is = "`tek-cli sessions list` tells which there are"
    raise CommandEnded(
        AskOutcome(Exit.SESSION_LOST, f"the gateway knows no session {name!r}; {there_is}")
    )


@asynccontextmanager
async def _opened(where: Where, name: str) -> AsyncGenerator[tuple[chat.SessionInfo, View]]:
    """Yield a session as the gateway's log has it; raises `CommandEnded`."""
    async with reached(read_setup(where.url), wait=where.wait) as client:
        if not client.connection.resumes:
            problem = "this gateway keeps no log of its sessions that could be read"
            raise CommandEnded(AskOutcome(Exit.FAILED, problem))
        info = await _found(client, name)
        await client.open(info.session_id)
        yield info, await online(client, where.wait)


async def _forgotten(setup: Setup, session_id: str) -> None:
    """Remove the copy of a session that is kept here."""
    if not setup.journal_path.exists():
        return
    try:
        journal = Journal.open(setup.journal_path, setup.url)
        try:
            journal.forget(session_id)
        finally:
            await journal.close()
    except JournalError as error:
        typer.echo(f"· the copy here could not be removed: {error}", err=True)
