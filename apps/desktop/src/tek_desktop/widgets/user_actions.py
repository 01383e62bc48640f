"""What a user can want, one signal each: widgets emit them, the desk carries them out.

It must never do anything itself.
"""

from PySide6.QtCore import QObject, Signal


class UserActions(QObject):
    """Passed down to every widget that has a button. Messages and sessions go by their ids."""

    submitted = Signal(str)
    hurried = Signal()
    """The next attempt at once."""
    stopped = Signal()
    """No more of the answer that is due."""
    retried = Signal(str)
    discarded = Signal(str)
    edited = Signal(str)
    """The message back into the composer."""
    carried_over = Signal()
    """The messages of a lost session into the one that took its place."""
    opened = Signal(str)
    """Another session, "" for a new one."""
    renamed = Signal(str, str)
    deleted = Signal(str)
    decided = Signal(str, str)
    """An approval: once, session or deny."""
    confirmed = Signal(str, bool)
    """A checklist: go ahead, or not."""
    model_chosen = Signal(str)
    """The model that answers in this session from now on."""
    token_given = Signal(str)
    settings_wanted = Signal()
    left = Signal()
    """The end of this program."""
