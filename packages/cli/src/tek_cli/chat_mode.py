"""The choice between the full-screen chat and line mode."""

import os
import sys
from collections.abc import Sequence

from tek_chat import Listener
from tek_cli.exit_codes import Exit
from tek_cli.line.line_chat import run_line_chat
from tek_cli.terminal.typeahead import keys_kept


async def run_chat(
    url: str | None,
    session_id: str | None,
    listeners: Sequence[Listener],
    *,
    model: str = "",
    is_plain: bool = False,
) -> Exit:
    """Run the full-screen chat on a terminal, or line mode elsewhere or if `is_plain`."""
    if is_plain or not has_screen():
        return await run_line_chat(url, session_id, listeners, model=model)
    with keys_kept(sys.stdin.fileno()) as typed:
        from tek_cli.screen.run_screen import chat as run_screen_chat  # noqa: PLC0415 - takes half a second

        return await run_screen_chat(url, session_id, listeners, model=model, typed=typed)


def has_screen() -> bool:
    """Return whether all three streams are a terminal that can be drawn on."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(each.isatty() for each in streams) and os.environ.get("TERM", "dumb") != "dumb"
