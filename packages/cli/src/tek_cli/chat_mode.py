"""The chat: which of its forms fits where it runs. It must never be one of them itself."""

import os
import sys
from collections.abc import Sequence

from tek_chat import Listener
from tek_cli.exit_codes import Exit
from tek_cli.line.line_chat import lined_chat
from tek_cli.terminal.typeahead import keys_kept


async def chat(
    url: str | None,
    session_id: str | None,
    listeners: Sequence[Listener],
    *,
    model: str = "",
    is_plain: bool = False,
) -> Exit:
    """Talk on a whole screen where there is one, else, or if `is_plain`, in lines."""
    if is_plain or not is_screen():
        return await lined_chat(url, session_id, listeners, model=model)
    with keys_kept(sys.stdin.fileno()) as typed:
        from tek_cli.screen.run_screen import chat as on_screen  # noqa: PLC0415 - takes half a second

        return await on_screen(url, session_id, listeners, model=model, typed=typed)


def is_screen() -> bool:
    """Return whether there is a terminal that can be drawn on; the toolkit takes the errors'."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(each.isatty() for each in streams) and os.environ.get("TERM", "dumb") != "dumb"
