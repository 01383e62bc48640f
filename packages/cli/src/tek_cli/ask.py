"""One question and its answer, for scripts and for people in a hurry.

It must never write anything but the answer to standard output.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconnect_core import Event, InvalidURL, NotQueued
from tek_chat import Client, Listener, SettingsError, View, configured_client
from tek_cli.durations import say_duration
from tek_cli.exits import Exit
from tek_cli.jsonl import JsonScreen
from tek_cli.outcome import Outcome, is_away, outcome, timed_out, unreachable
from tek_cli.plain import PlainScreen
from tek_cli.terminal import Terminal
from tek_cli.waiting import first, until


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where it goes, and for how long, in seconds, one waits."""

    text: str
    url: str | None
    session_id: str
    wait: float
    timeout: float | None


class Screen(Protocol):
    """What an answer is drawn on."""

    def draw(self, view: View) -> None:
        """Show what is new."""
        ...

    def end(self, outcome: Outcome) -> None:
        """Show how it ended; nothing follows."""
        ...


async def answer(question: Question, listeners: Sequence[Listener] = (), *, as_json: bool) -> Exit:
    """Ask and write the answer; returns the exit code."""
    terminal = Terminal(sys.stdout, sys.stderr)
    screen = JsonScreen(terminal) if as_json else PlainScreen(terminal, streams=terminal.is_tty)
    ended = Outcome(Exit.FAILED)
    try:
        ended = await first(_asked(question, screen, listeners), _unread(terminal))
    except (InvalidURL, SettingsError) as error:
        ended = Outcome(Exit.USAGE, str(error))
    except asyncio.CancelledError:
        ended = Outcome(Exit.INTERRUPTED)
        raise
    finally:
        screen.end(ended)
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else ended.code


async def _asked(question: Question, screen: Screen, listeners: Sequence[Listener]) -> Outcome:
    def draw(_event: Event) -> None:
        screen.draw(client.view)

    client = configured_client(
        url=question.url,
        session_id=question.session_id,
        listeners=(*listeners, draw),
        keeps=False,  # nobody waits for the answer of a command that was killed
    )
    async with client:
        try:
            async with asyncio.timeout(question.timeout):
                return await first(_answered(client, question.text), _left(client, question.wait))
        except TimeoutError:
            return timed_out(client.view, say_duration(question.timeout or 0))
        except NotQueued as error:
            return Outcome(Exit.FAILED, str(error))


async def _answered(client: Client, text: str) -> Outcome:
    message_id = await client.submit(text)
    view = await until(client, lambda view: outcome(view, message_id) is not None)
    return outcome(view, message_id) or Outcome(Exit.FAILED)


async def _left(client: Client, wait: float) -> Outcome:
    """Return once there has been no gateway for `wait` seconds on end."""
    while True:
        await until(client, is_away)
        try:
            async with asyncio.timeout(wait):
                await until(client, lambda view: not is_away(view))
        except TimeoutError:
            return unreachable(client.view, say_duration(wait))


async def _unread(terminal: Terminal) -> Outcome:
    await terminal.nobody_reads.wait()
    return Outcome(Exit.BROKEN_PIPE)
