"""`tek-cli ask`: one question and its answer.

Standard output carries the answer alone, and a file gets it whole or not at all, so that scripts
can rely on both.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reconnect_core import (
    Event,
    InvalidURL,
    NotQueued,
    Phase,
    RequestFailed,
    SessionClosed,
)
from tek_chat import Client, Listener, SettingsError, View
from tek_chat.setup import read_setup
from tek_cli.actions.answer_text import AnswerText
from tek_cli.actions.ask_outcome import (
    AskOutcome,
    blocked,
    is_away,
    lost,
    outcome,
    timed_out,
    unreachable,
)
from tek_cli.actions.await_view import first, until
from tek_cli.actions.decide import decide
from tek_cli.actions.json_lines import JsonLines
from tek_cli.durations import say_duration
from tek_cli.exit_codes import Exit
from tek_cli.terminal.terminal import Terminal
from tek_local.files import write_whole
from tek_protocol import chat

_STOP_LIMIT = 0.5
"""Seconds for asking the gateway to stop an answer that is no longer wanted."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question and its options; `wait` and `timeout` are in seconds.

    `decision` is the reply to every tool that asks for approval.
    """

    text: str
    url: str | None
    session_id: str
    wait: float
    timeout: float | None
    model: str = ""
    decision: chat.Decision = "deny"


@dataclass(frozen=True, slots=True)
class OutputForm:
    """How the answer is written: as JSON Lines, as it grows, into a file."""

    as_json: bool = False
    streams: bool = False
    file: Path | None = None


class AnswerWriter(Protocol):
    """Writes an answer in one of the output forms."""

    def draw(self, view: View) -> None:
        """Write what is new in `view`."""
        ...

    def end(self, outcome: AskOutcome) -> None:
        """Write how it ended; nothing follows."""
        ...


async def answer(request: AskRequest, form: OutputForm, listeners: Sequence[Listener] = ()) -> Exit:
    """Ask, write the answer and return the exit code."""
    async with Terminal.of_process() as terminal:
        writer = _writer(terminal, form)
        ended = AskOutcome(Exit.FAILED)
        try:
            asking = _ask(request, writer, listeners)
            ended = _save(await first(asking, _unread(terminal)), form.file)
        except (InvalidURL, SettingsError) as error:
            ended = AskOutcome(Exit.USAGE, str(error))
        except asyncio.CancelledError:
            ended = AskOutcome(Exit.INTERRUPTED)
            raise
        finally:
            writer.end(ended)
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else ended.code


def _writer(terminal: Terminal, form: OutputForm) -> AnswerWriter:
    if form.as_json:
        return JsonLines(terminal)
    streams = form.streams or terminal.is_tty
    return AnswerText(terminal, streams=streams, silent=form.file is not None)


def _save(ended: AskOutcome, file: Path | None) -> AskOutcome:
    """Write a complete answer to `file`, if one was given."""
    if file is None or ended.code is not Exit.OK:
        return ended
    try:
        write_whole(file, ended.answer.removesuffix("\n") + "\n", mode=0o666)
    except OSError as error:
        return AskOutcome(Exit.FAILED, f"cannot write {file}: {error.strerror}")
    return ended


async def _ask(
    request: AskRequest, writer: AnswerWriter, listeners: Sequence[Listener]
) -> AskOutcome:
    def draw(_event: Event) -> None:
        writer.draw(client.view)

    client = read_setup(request.url).client(
        session_id=request.session_id,
        listeners=(*listeners, draw),
        keeps=False,  # a killed command wants no answer at the next start
    )
    client.model = request.model or client.model
    async with client:
        try:
            async with asyncio.timeout(request.timeout):
                return await first(
                    _submit(client, request),
                    _give_up(client, request.wait),
                    _decide_all(client, request.decision),
                )
        except TimeoutError:
            await _stop(client)
            return timed_out(client.view, say_duration(request.timeout or 0))
        except asyncio.CancelledError:
            await _stop(client)
            raise
        except NotQueued as error:
            return AskOutcome(Exit.FAILED, str(error))


async def _submit(client: Client, request: AskRequest) -> AskOutcome:
    if request.session_id:  # not to be asked in a new one instead
        view = await until(client, lambda view: _is_connected(view) or lost(view) is not None)
        if (ended := lost(view) or blocked(view)) is not None:
            return ended
    message_id = await client.submit(request.text)
    view = await until(client, lambda view: outcome(view, message_id) is not None)
    return outcome(view, message_id) or AskOutcome(Exit.FAILED)


def _is_connected(view: View) -> bool:
    return view.connection.phase in {Phase.ONLINE, Phase.BLOCKED}


async def _stop(client: Client) -> None:
    """Ask a connected gateway to stop the answer."""
    if client.connection.phase is Phase.ONLINE:
        with suppress(RequestFailed, SessionClosed, TimeoutError):
            async with asyncio.timeout(_STOP_LIMIT):
                await client.stop()


async def _decide_all(client: Client, decision: chat.Decision) -> AskOutcome:
    """Reply to every tool that asks; runs until it is cancelled."""
    while True:
        view = await until(client, lambda view: _is_connected(view) and bool(view.pending))
        for pending in view.pending:
            with suppress(NotQueued):  # the tool asks again once the session is back
                decide(client, pending, decision)
        await until(client, lambda view, seen=view: view is not seen)


async def _give_up(client: Client, wait: float) -> AskOutcome:
    """Return once the gateway has been unreachable for `wait` seconds in a row."""
    while True:
        await until(client, is_away)
        try:
            async with asyncio.timeout(wait):
                await until(client, lambda view: not is_away(view))
        except TimeoutError:
            return unreachable(client.view, say_duration(wait))


async def _unread(terminal: Terminal) -> AskOutcome:
    await terminal.nobody_reads.wait()
    return AskOutcome(Exit.BROKEN_PIPE)
