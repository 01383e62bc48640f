"""The input history: earlier input, in a file that only its owner can read.

A file that cannot be read or written is only logged: the chat goes on without it.
"""

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

_MOST_ENTRIES = 1_000

_log = logging.getLogger(__name__)


def history_path() -> Path:
    """Return the path of the history file."""
    return Path(platformdirs.user_state_dir("tek")) / "history.jsonl"


@dataclass(slots=True)
class InputHistory:
    """Entries, oldest first, and a position among them; behind the last one is the draft."""

    path: Path
    entries: list[str] = field(default_factory=list[str])
    _position: int = 0
    _draft: str = ""

    @classmethod
    def read(cls, path: Path) -> "InputHistory":
        """Return the history in `path`, without lines that are not a JSON string."""
        entries: list[str] = []
        with suppress(OSError):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    entry: object = json.loads(line)
                    entries += [entry] if isinstance(entry, str) else []
        kept = entries[-_MOST_ENTRIES:]
        return cls(path, kept, len(kept))

    def add(self, text: str) -> None:
        """Add `text`, unless it is blank or the last entry, and go to the draft."""
        if text.strip() and self.entries[-1:] != [text]:
            self.entries.append(text)
            del self.entries[:-_MOST_ENTRIES]
            self._write()
        self._position, self._draft = len(self.entries), ""

    def older(self, draft: str) -> str | None:
        """Go one entry back and return it, or None at the first one."""
        if self._position == len(self.entries):
            self._draft = draft
        if self._position == 0:
            return None
        self._position -= 1
        return self.entries[self._position]

    def newer(self) -> str | None:
        """Go one entry on and return it, then the draft, then None."""
        if self._position >= len(self.entries):
            return None
        self._position += 1
        return self.entries[self._position] if self._position < len(self.entries) else self._draft

    def _write(self) -> None:
        """Replace the file in one step, so that two clients cannot mix their lines."""
        lines = "".join(f"{json.dumps(each)}\n" for each in self.entries)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(lines)
            part.replace(self.path)
        except OSError as error:
            _log.warning("cannot save the input history: %s", error)
