"""The chat: on a whole screen, or in lines: what is typed is submitted, what is new is drawn.

It must never end because of an outage, nor before what was submitted has come to an end.
"""

import os
import sys
from collections.abc import Sequence

from reconnect_core import Event
from tek_chat import Listener, configured_client, words
from tek_cli.exits import Exit
from tek_cli.lined import LinedScreen
from tek_cli.talk import Talk
from tek_cli.terminal import Terminal
from tek_cli.typeahead import keys_kept
from tek_cli.waiting import first


async def chat(url: str | None, session_id: str | None, listeners: Sequence[Listener]) -> Exit:
    """Talk on a whole screen where there is one, else in lines."""
    if is_screen():
        with keys_kept(sys.stdin.fileno()) as typed:
            from tek_cli.tui.run import chat as on_screen  # noqa: PLC0415 - takes half a second

            return await on_screen(url, session_id, listeners, typed)
    return await in_lines(url, session_id, listeners)


def is_screen() -> bool:
    """Return whether there is a terminal that can be drawn on, with the toolkit on its errors."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(each.isatty() for each in streams) and os.environ.get("TERM", "dumb") != "dumb"


async def in_lines(url: str | None, session_id: str | None, listeners: Sequence[Listener]) -> Exit:
    """Talk until the input ends and everything submitted has been answered, or has failed."""
    is_typed = sys.stdin.isatty()
    terminal = Terminal(sys.stdout, sys.stderr)
    screen = LinedScreen(
        terminal,
        retry_hint="Enter now" if is_typed else "",
        resend_hint="/retry sends it again" if is_typed else "",
    )

    def draw(_event: Event | None = None) -> None:
        screen.draw(client.view)
        if talk.is_open and words.invites(client.view):
            terminal.prompt()

    client = configured_client(url=url, session_id=session_id, listeners=(*listeners, draw))
    talk = Talk(client, terminal, draw, is_typed=is_typed)
    async with client:
        try:
            await first(talk.run(), terminal.nobody_reads.wait())
        finally:
            terminal.close()  # what closing the connection means is no news to the user
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else Exit.OK
