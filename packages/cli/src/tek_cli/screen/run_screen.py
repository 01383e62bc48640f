"""One run of the chat on a whole screen, from the first picture to an exit code.

It must never leave the terminal other than it found it, nor end before the connection is put away.
"""

import asyncio
import gc
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import typer

from tek_chat import Delivery, Listener, View, configured_client
from tek_cli.exit_codes import Exit
from tek_cli.screen.chat_app import ChatApp
from tek_cli.screen.input_history import InputHistory, history_path

_COLLECTIONS = 2_000, 10, 20
"""When garbage is looked for: often where that is quick, seldom where a key would wait for it."""


async def chat(
    url: str | None,
    session_id: str | None,
    listeners: Sequence[Listener],
    *,
    model: str,
    typed: str,
) -> Exit:
    """Show the chat until the user has had enough; `typed` is what was typed before it began."""
    client = configured_client(url=url, session_id=session_id, listeners=listeners)
    client.model = model or client.model
    app = _Program(client, InputHistory.read(history_path()), typed=typed)
    with _left_at_signal(app) as signals:
        async with client:
            await app.run_async()
            view = client.view
    if app.problem is not None:
        raise app.problem
    for line in _last_words(view):
        typer.echo(line, err=True)
    for number in signals:
        signal.raise_signal(number)
    return Exit.OK


class _Program(ChatApp):
    """The chat in a process of its own."""

    def on_ready(self) -> None:
        # What a toolkit has made by now stays to the end: looking through it took up to 0.4 s.
        gc.freeze()
        gc.set_threshold(*_COLLECTIONS)


@contextmanager
def _left_at_signal(app: ChatApp) -> Generator[list[int]]:
    """Leave at SIGTERM and SIGHUP, which the list then holds, with the terminal as it was."""
    caught: list[int] = []
    loop = asyncio.get_running_loop()

    def leave(number: int) -> None:
        caught.append(number)
        app.exit()

    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, number)
    try:
        yield caught
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _last_words(view: View) -> list[str]:
    """Return what a user should know who has just left."""
    lines: list[str] = []
    if queued := view.count(Delivery.QUEUED):
        what = "1 message is" if queued == 1 else f"{queued} messages are"
        lines.append(f"· {what} not sent yet: saved, and sent at the next start")
    if view.session_id:
        lines.append(f"· to go on with this session: tek-cli chat -s {view.session_id}")
    return lines
