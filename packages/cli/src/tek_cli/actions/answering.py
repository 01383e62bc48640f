"""One question and its answer, for scripts and for people in a hurry.

It must never write anything but the answer to standard output, nor leave half of one in a file.
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

_LAST_WORD = 0.5
"""Seconds to tell the gateway that nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where it goes, and for how long, in seconds, one waits.

    `decision` answers every tool that asks: nobody else would.
    """

    text: str
    url: str | None
    session_id: str
    wait: float
    timeout: float | None
    model: str = ""
    decision: chat.Decision = "deny"


@dataclass(frozen=True, slots=True)
class Form:
    """How the answer is written: as JSON Lines, while it grows, into a file."""

    as_json: bool = False
    streams: bool = False
    file: Path | None = None


class Screen(Protocol):
    """What an answer is drawn on."""

    def draw(self, view: View) -> None:
        """Show what is new."""
        ...

    def end(self, outcome: AskOutcome) -> None:
        """Show how it ended; nothing follows."""
        ...


async def answer(question: Question, form: Form, listeners: Sequence[Listener] = ()) -> Exit:
    """Ask and write the answer; returns the exit code."""
    async with Terminal.of_process() as terminal:
        screen = _screen(terminal, form)
        ended = AskOutcome(Exit.FAILED)
        try:
            asked = _asked(question, screen, listeners)
            ended = _filed(await first(asked, _unread(terminal)), form.file)
        except (InvalidURL, SettingsError) as error:
            ended = AskOutcome(Exit.USAGE, str(error))
        except asyncio.CancelledError:
            ended = AskOutcome(Exit.INTERRUPTED)
            raise
        finally:
            screen.end(ended)
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else ended.code


def _screen(terminal: Terminal, form: Form) -> Screen:
    if form.as_json:
        return JsonLines(terminal)
    streams = form.streams or terminal.is_tty
    return AnswerText(terminal, streams=streams, silent=form.file is not None)


def _filed(ended: AskOutcome, file: Path | None) -> AskOutcome:
    """Put a whole answer into `file`, if there is one."""
    if file is None or ended.code is not Exit.OK:
        return ended
    try:
        write_whole(file, ended.answer.removesuffix("\n") + "\n", mode=0o666)
    except OSError as error:
        return AskOutcome(Exit.FAILED, f"cannot write {file}: {error.strerror}")
    return ended


async def _asked(question: Question, screen: Screen, listeners: Sequence[Listener]) -> AskOutcome:
    def draw(_event: Event) -> None:
        screen.draw(client.view)

    client = read_setup(question.url).client(
        session_id=question.session_id,
        listeners=(*listeners, draw),
        keeps=False,  # nobody waits for the answer of a command that was killed
    )
    client.model = question.model or client.model
    async with client:
        try:
            async with asyncio.timeout(question.timeout):
                return await first(
                    _answered(client, question),
                    _left(client, question.wait),
                    _decided(client, question.decision),
                )
        except TimeoutError:
            await _stopped(client)
            return timed_out(client.view, say_duration(question.timeout or 0))
        except asyncio.CancelledError:
            await _stopped(client)
            raise
        except NotQueued as error:
            return AskOutcome(Exit.FAILED, str(error))


async def _answered(client: Client, question: Question) -> AskOutcome:
    if question.session_id:  # asked in another session, it would be another question
        view = await until(client, lambda view: _is_met(view) or lost(view) is not None)
        if (ended := lost(view) or blocked(view)) is not None:
            return ended
    message_id = await client.submit(question.text)
    view = await until(client, lambda view: outcome(view, message_id) is not None)
    return outcome(view, message_id) or AskOutcome(Exit.FAILED)


def _is_met(view: View) -> bool:
    return view.connection.phase in {Phase.ONLINE, Phase.BLOCKED}


async def _stopped(client: Client) -> None:
    """Have the gateway stop what nobody waits for, if it is there."""
    if client.connection.phase is Phase.ONLINE:
        with suppress(RequestFailed, SessionClosed, TimeoutError):
            async with asyncio.timeout(_LAST_WORD):
                await client.stop()


async def _decided(client: Client, decision: chat.Decision) -> AskOutcome:
    """Answer whatever asks, for as long as it takes."""
    while True:
        view = await until(client, lambda view: _is_met(view) and bool(view.pending))
        for pending in view.pending:
            with suppress(NotQueued):  # it is asked again once the session is back
                decide(client, pending, decision)
        await until(client, lambda view, seen=view: view is not seen)


async def _left(client: Client, wait: float) -> AskOutcome:
    """Return once there has been no gateway for `wait` seconds on end."""
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
