"""The chat in lines: what is typed is submitted, what is new is drawn.

It must never end because of an outage, nor before what was submitted has come to an end.
"""

import asyncio
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from reconnect_core import Event
from tek_chat import Listener, configured_client
from tek_chat.view import wording
from tek_cli.actions.await_view import first
from tek_cli.exit_codes import Exit
from tek_cli.line.line_input import LineInput
from tek_cli.line.line_screen import LineScreen
from tek_cli.terminal.terminal import Terminal


async def lined_chat(
    url: str | None, session_id: str | None, listeners: Sequence[Listener], *, model: str = ""
) -> Exit:
    """Talk until the input ends and everything submitted has been answered, failed or is saved."""
    is_typed = sys.stdin.isatty()
    async with Terminal.of_process() as terminal:
        screen = LineScreen(
            terminal,
            retry_hint="Enter now" if is_typed else "",
            resend_hint="/retry sends it again" if is_typed else "",
            approve_hint="/approve once, /approve session or /approve deny",
        )

        def draw(_event: Event | None = None) -> None:
            screen.draw(client.view)
            if talk.is_open and wording.invites(client.view):
                terminal.prompt()

        client = configured_client(url=url, session_id=session_id, listeners=(*listeners, draw))
        client.model = model or client.model
        talk = LineInput(client, terminal, draw, is_typed=is_typed)
        async with client:
            try:
                with _interrupting(talk) if is_typed else _as_always():
                    await first(talk.run(), terminal.nobody_reads.wait())
            finally:
                terminal.close()  # what closing the connection means is no news to the user
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else Exit.OK


@contextmanager
def _interrupting(talk: LineInput) -> Generator[None]:
    """Give Ctrl+C to `talk`, and end the chat when that has no use for it."""
    chat = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        if not talk.interrupt() and chat is not None:
            chat.cancel()

    loop.add_signal_handler(signal.SIGINT, pressed)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def _as_always() -> Generator[None]:
    yield
