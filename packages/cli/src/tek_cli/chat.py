"""The chat: which of its forms fits where it runs. It must never be one of them itself."""

from collections.abc import Sequence

from tek_chat import Listener
from tek_cli.exits import Exit
from tek_cli.lined_chat import lined_chat


async def chat(
    url: str | None,
    session_id: str | None,
    listeners: Sequence[Listener],
    *,
    model: str = "",
    is_plain: bool = False,
) -> Exit:
    """Talk in lines; returns the exit code. `is_plain` says that nothing else is wanted."""
    del is_plain
    return await lined_chat(url, session_id, listeners, model=model)
