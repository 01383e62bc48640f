"""What `/status` shows and `/export` writes."""

import time
from pathlib import Path

from tek_chat import View
from tek_chat.view import status_line
from tek_chat.view.export import markdown


def status_report(view: View, retry_hint: str) -> str:
    """Return the gateway, connection, session and number of messages, a line each."""
    status = status_line.status(view, time.time(), retry_hint=retry_hint)
    lines = [
        f"gateway     {view.connection.gateway}",
        f"connection  {status or view.connection.phase.value}",
        f"session     {view.session_id or 'new'}",
        f"messages    {len(view.exchanges)}",
    ]
    return "\n".join(lines)


def export_session(view: View, name: str) -> str:
    """Write `view` as Markdown to a new file; return what to tell the user."""
    path = Path(name or f"tek-{view.session_id or 'session'}.md").expanduser()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(markdown(view))
    except OSError as error:
        return f"Can't write {path}: {error.strerror}"
    return f"Saved to {path}"
