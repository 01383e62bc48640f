"""Runs the whole-screen chat in a process of its own, up to the exit code.

At the end the terminal is as it was before, and the connection is closed.
"""

import asyncio
import gc
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import typer

from tek_chat import Listener, View, configured_client
from tek_chat.view import wording
from tek_cli.exit_codes import Exit
from tek_cli.screen.chat_app import ChatApp
from tek_cli.screen.input_history import InputHistory, history_path

_COLLECTIONS = 2_000, 10, 20
"""Thresholds of the garbage collector: a full collection, which delays keys, is rare."""


async def chat(
    url: str | None,
    session_id: str | None,
    listeners: Sequence[Listener],
    *,
    model: str,
    typed: str,
) -> Exit:
    """Show the chat until the user quits; `typed` is what was typed before it started."""
    client = configured_client(url=url, session_id=session_id, listeners=listeners)
    client.model = model or client.model
    app = _Program(client, InputHistory.read(history_path()), typed=typed)
    with _quit_at_signal(app) as signals:
        async with client:
            await app.run_async()
            view = client.view
    if app.problem is not None:
        raise app.problem
    for line in last_words(view):
        typer.echo(line, err=True)
    for number in signals:
        signal.raise_signal(number)
    return Exit.OK


class _Program(ChatApp):
    """The chat as the only program of its process."""

    def on_ready(self) -> None:
        # Textual's objects so far live until the end; collecting them took up to 0.4 s.
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)


@contextmanager
def _quit_at_signal(app: ChatApp) -> Generator[list[int]]:
    """Quit at SIGTERM or SIGHUP and restore the terminal; yields a list of the signals caught."""
    caught: list[int] = []
    loop = asyncio.get_running_loop()

    def quit_chat(number: int) -> None:
        caught.append(number)
        app.exit()

    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, quit_chat, number)
    try:
        yield caught
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def last_words(view: View) -> list[str]:
    """Return what to print when the chat has ended: unsent messages, and how to resume."""
    farewell = wording.farewell(view)
    lines = [f"· {farewell}"] if farewell else []
    if view.session_id:
        lines.append(f"· Resume: tek-cli chat -c (or -s {view.session_id})")
    return lines
