"""The latest durable entries of one session's log, in memory, shared by all its readers."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress

from tek_gateway.log.log_entries import Entry

TAIL_ENTRIES = 1024
TAIL_CHARACTERS = 524_288
"""How much of one session stays in memory: always the last entry. A reader that is further behind
reads from the disk."""


class Tail:
    """All entries after `_base`; `version` grows with every commit."""

    def __init__(self) -> None:
        self._base: int | None = None
        self._entries: list[Entry] = []
        self._size = 0
        self.is_over = False
        self.version = 0
        self._waiting: list[asyncio.Future[None]] = []

    def end(self) -> None:
        """Mark the session as deleted."""
        self.is_over = True
        self._wake()

    def extend(self, entries: Sequence[Entry]) -> None:
        """Add committed entries; a whole answer replaces all that are here."""
        for entry in entries:
            if self._base is None or entry.ending is not None:
                # The fold removed entries in between: only the disk has the current ones.
                self._base, self._entries, self._size = entry.prev, [], 0
            self._entries.append(entry)
            self._size += len(entry.draft.body)
        self._drop_oldest()
        self._wake()

    async def change(self, version: int) -> None:
        """Wait until the log has changed since `version`."""
        if version == self.version:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                with suppress(ValueError):
                    self._waiting.remove(waiting)
                raise

    def after(self, cursor: int) -> list[Entry] | None:
        """Return the entries after `cursor`, or None if only the disk has them."""
        if self._base is None or cursor < self._base:
            return None
        return self._entries[bisect_right(self._entries, cursor, key=_seq) :]

    def _wake(self) -> None:
        self.version += 1
        waiting, self._waiting = self._waiting, []
        for reader in waiting:
            if not reader.done():
                reader.set_result(None)

    def _drop_oldest(self) -> None:
        gone = 0
        entries = self._entries
        while (left := len(entries) - gone) > 1 and (
            left > TAIL_ENTRIES or self._size > TAIL_CHARACTERS
        ):
            self._base = entries[gone].seq
            self._size -= len(entries[gone].draft.body)
            gone += 1
        del entries[:gone]


def _seq(entry: Entry) -> int:
    return entry.seq
