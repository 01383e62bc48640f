"""The chat in lines: what is typed is submitted, what is new is drawn.

It must never end because of an outage, nor before what was submitted has come to an end.
"""

import asyncio
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from reconnect_core import Event
from tek_chat import Listener, configured_client, words
from tek_cli.exits import Exit
from tek_cli.lined import LinedScreen
from tek_cli.talk import Talk
from tek_cli.terminal import Terminal
from tek_cli.waiting import first


async def lined_chat(
    url: str | None, session_id: str | None, listeners: Sequence[Listener], *, model: str = ""
) -> Exit:
    """Talk until the input ends and everything submitted has been answered, failed or is saved."""
    is_typed = sys.stdin.isatty()
    async with Terminal.of_process() as terminal:
        screen = LinedScreen(
            terminal,
            retry_hint="Enter now" if is_typed else "",
            resend_hint="/retry sends it again" if is_typed else "",
            approve_hint="/approve once, /approve session or /approve deny",
        )

        def draw(_event: Event | None = None) -> None:
            screen.draw(client.view)
            if talk.is_open and words.invites(client.view):
                terminal.prompt()

        client = configured_client(url=url, session_id=session_id, listeners=(*listeners, draw))
        client.model = model or client.model
        talk = Talk(client, terminal, draw, is_typed=is_typed)
        async with client:
            try:
                with _interrupting(talk) if is_typed else _as_always():
                    await first(talk.run(), terminal.nobody_reads.wait())
            finally:
                terminal.close()  # what closing the connection means is no news to the user
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else Exit.OK


@contextmanager
def _interrupting(talk: Talk) -> Generator[None]:
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
