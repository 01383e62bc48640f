"""A change to one session, and its result."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from tek_gateway.errors import StoreError
from tek_gateway.log.log_entries import DraftEntry, Entry
from tek_gateway.store.session_records import SessionRecord


class Change(msgspec.Struct, frozen=True, gc=False):
    """One atomic change to a session: `drafts` are appended to its log."""

    session_id: str
    drafts: Sequence[DraftEntry] = ()
    creates: SessionRecord | None = None
    """Create the session first."""
    title: str | None = None
    """Rename the session."""
    deletes: bool = False
    """Delete the session, and do nothing else."""
    once: bool = False
    """Do nothing if the session already has the user's message of the first draft."""
    owed_since: float | None = None
    """The first draft was accepted then, in seconds since 1970, and is owed a turn."""
    plain: bool = False
    """The turn is owed to a plain client."""
    largest: int | None = None
    """Do nothing, and return `SessionFull`, if the session already holds more bytes than this."""
    settles: int | None = None
    """End the turn owed for the message at this position; do nothing unless it is owed."""
    ending: str | None = None
    """Fold the turn's starts and deltas into the first draft. Readers that have them all get this
    body instead."""


Result: TypeAlias = tuple[Entry, ...] | StoreError
"""The entries that a change made, none if it did nothing, or why it failed."""
