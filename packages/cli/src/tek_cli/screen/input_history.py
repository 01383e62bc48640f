"""What was typed before, on the disk, for its owner only.

It must never cost a message: where nothing can be kept, nothing is.
"""

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

_MOST = 1_000
"""Entries that are kept."""

_log = logging.getLogger(__name__)


def history_path() -> Path:
    """Return where the history is."""
    return Path(platformdirs.user_state_dir("tek")) / "history.jsonl"


@dataclass(slots=True)
class InputHistory:
    """Entries, oldest first, and a place among them: at the end is the draft."""

    path: Path
    entries: list[str] = field(default_factory=list[str])
    _place: int = 0
    _draft: str = ""

    @classmethod
    def read(cls, path: Path) -> "InputHistory":
        """Return what `path` holds; a line that is no text in JSON is left out."""
        entries: list[str] = []
        with suppress(OSError):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    entry: object = json.loads(line)
                    entries += [entry] if isinstance(entry, str) else []
        kept = entries[-_MOST:]
        return cls(path, kept, len(kept))

    def add(self, text: str) -> None:
        """Keep `text`, unless it is the latest already, and go to the end."""
        if text.strip() and self.entries[-1:] != [text]:
            self.entries.append(text)
            del self.entries[:-_MOST]
            self._write()
        self._place, self._draft = len(self.entries), ""

    def older(self, draft: str) -> str | None:
        """Go one back and return the entry, or None at the beginning."""
        if self._place == len(self.entries):
            self._draft = draft
        if self._place == 0:
            return None
        self._place -= 1
        return self.entries[self._place]

    def newer(self) -> str | None:
        """Go one on and return the entry, or at last the draft, or None where there is no more."""
        if self._place >= len(self.entries):
            return None
        self._place += 1
        return self.entries[self._place] if self._place < len(self.entries) else self._draft

    def _write(self) -> None:
        """Replace the file, so that two clients at once cannot make half a line of it."""
        lines = "".join(f"{json.dumps(each)}\n" for each in self.entries)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(lines)
            part.replace(self.path)
        except OSError as error:
            _log.warning("the history is not kept: %s", error)
