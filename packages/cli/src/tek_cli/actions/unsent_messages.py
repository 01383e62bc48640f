"""`tek-cli outbox`: list, send and discard the unsent messages of every gateway.

Uncertain messages are not sent, because they might run twice; /retry in a chat sends them.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import typer

from reconnect_core import Accepted, Event, Failed, MessageState, Phase, Uncertain
from tek_chat.journal.journal import Journal, JournalError, KeptMessage, journal_path, journal_paths
from tek_chat.setup import Setup, read_setup
from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded, blocked, unreachable
from tek_cli.actions.confirm import confirm
from tek_cli.durations import say_duration
from tek_cli.exit_codes import Exit
from tek_cli.terminal.table import one_line, table
from tek_protocol import encode

_SENDABLE = frozenset({MessageState.QUEUED, MessageState.SENT})


@dataclass(frozen=True, slots=True)
class GatewayOutbox:
    """The unsent messages for one gateway; `url` is "" for the one on this computer."""

    url: str
    path: Path
    messages: Sequence[KeptMessage]

    @property
    def name(self) -> str:
        """The name of the gateway in the list."""
        return self.url or ("this computer" if self.path == journal_path() else self.path.stem)

    @property
    def is_known(self) -> bool:
        """Whether the address of the gateway is known."""
        return bool(self.url) or self.path == journal_path()


async def list_outbox(url: str | None, *, as_json: bool) -> Exit:
    """Print the unsent messages, oldest first."""
    found = await _outboxes(url)
    if as_json:
        rows = [{"gateway": box.name, **asdict(each)} for box in found for each in box.messages]
        typer.echo(encode({"v": 1, "messages": rows}))
    elif not any(box.messages for box in found):
        typer.echo("No unsent messages.", err=True)
    else:
        head = ("ID", "STATE", "GATEWAY", "SESSION", "MESSAGE")
        typer.echo(table(head, [_row(box, each) for box in found for each in box.messages]))
    return Exit.OK


async def flush_outbox(url: str | None, wait: float) -> Exit:
    """Send the queued messages; returns once they are answered."""
    code = Exit.OK
    for box in await _outboxes(url):
        waiting = [each.id for each in box.messages if each.place in _SENDABLE and not each.is_held]
        if not waiting:
            continue
        if not box.is_known:
            problem = "unknown gateway; open a chat with it to send its messages"
            ended = AskOutcome(Exit.FAILED, problem)
        else:
            ended = await _send(read_setup(url).at(box.url), waiting, wait)
        if ended.problem:
            typer.echo(f"Error: {box.name}: {ended.problem}", err=True)
        else:
            typer.echo(f"{box.name}: {len(waiting)} sent and answered")
        code = max(code, ended.code)
    return code


async def drop_messages(url: str | None, ids: Sequence[str], *, is_sure: bool) -> Exit:
    """Discard the messages with these `ids`, or all; those of running clients stay."""
    found = await _outboxes(url)
    free = {each.id: each for box in found for each in box.messages if not each.is_held}
    if unknown := [each for each in ids if each not in free]:
        raise CommandEnded(AskOutcome(Exit.USAGE, f"no unsent message {unknown[0]!r}"))
    chosen = list(ids) or list(free)
    if not chosen:
        typer.echo("No unsent messages.", err=True)
        return Exit.OK
    what = one_line(free[chosen[0]].text) if len(chosen) == 1 else f"{len(chosen)} messages"
    confirm(f"Discard {what} without sending?", is_sure=is_sure)
    count = 0
    for box in found:
        async with _journal(box.path) as journal:
            count += journal.drop(chosen)
    typer.echo(f"Discarded: {count}")
    return Exit.OK


def _row(box: GatewayOutbox, each: KeptMessage) -> tuple[str, ...]:
    state = f"{each.place}, in a running chat" if each.is_held else str(each.place)
    session = each.session_id or "new"
    return (each.id, state, box.name, session, one_line(each.text))


# ---- The journals ------------------------------------------------------------------------------


async def _outboxes(url: str | None) -> list[GatewayOutbox]:
    """Return the outbox of every gateway, or of the one at `url`."""
    wanted = None if url is None else read_setup(url).journal_path
    boxes: list[GatewayOutbox] = []
    for path in journal_paths():
        if wanted in {None, path}:
            try:
                async with _journal(path) as journal:
                    boxes.append(GatewayOutbox(journal.url(), path, journal.outbox()))
            except JournalError as error:
                typer.echo(f"· cannot read {path}: {error}", err=True)
    return boxes


@asynccontextmanager
async def _journal(path: Path) -> AsyncGenerator[Journal]:
    journal = Journal.open(path)
    try:
        yield journal
    finally:
        await journal.close()


# ---- Sending -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Progress:
    """The messages without a result yet, and the problems of others."""

    left: set[str]
    problems: list[str] = field(default_factory=list[str])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def happened(self, event: Event) -> None:
        """Take an event of any session."""
        match event:
            case Accepted(message_id):
                self.left.discard(message_id)
            case Failed(message_id, reason) if message_id in self.left:
                self.left.discard(message_id)
                self.problems.append(reason)
            case Uncertain(message_id) if message_id in self.left:
                self.left.discard(message_id)
                self.problems.append("may have arrived: the connection broke right after sending")
            case _:
                pass
        self.changed.set()


async def _send(setup: Setup, ids: Sequence[str], wait: float) -> AskOutcome:
    progress = _Progress(set(ids))
    async with setup.client(listeners=[progress.happened]) as client:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + wait
        while progress.left or not client.is_settled:
            if (ended := blocked(client.view)) is not None:
                return ended
            is_online = client.connection.phase is Phase.ONLINE
            give_up_at = loop.time() + wait if is_online else give_up_at
            progress.changed.clear()
            try:
                async with asyncio.timeout_at(None if is_online else give_up_at):
                    await progress.changed.wait()
            except TimeoutError:
                return unreachable(client.view, say_duration(wait))
    code = Exit.FAILED if progress.problems else Exit.OK
    return AskOutcome(code, "; ".join(dict.fromkeys(progress.problems)))
