"""Everything that a user can do, one signal each: widgets emit, the controller carries out."""

from PySide6.QtCore import QObject, Signal


class UserActions(QObject):
    """Passed to every widget that has a button. Messages and sessions are given by their ids."""

    submitted = Signal(str)
    retry_now_requested = Signal()
    """Make the next attempt to connect now."""
    stopped = Signal()
    """Stop generating the current answer."""
    retried = Signal(str)
    """Send an uncertain or failed message again."""
    discarded = Signal(str)
    edited = Signal(str)
    """Move a message back into the composer."""
    carried_over = Signal()
    """Send the messages of a lost session to the session that replaced it."""
    opened = Signal(str)
    """Show another session, or a new one for ""."""
    renamed = Signal(str, str)
    deleted = Signal(str)
    decided = Signal(str, str)
    """Answer an approval with once, session or deny."""
    confirmed = Signal(str, bool)
    """Accept or decline a checklist."""
    model_chosen = Signal(str)
    """Use this model in the current session from now on."""
    token_entered = Signal(str)
    settings_requested = Signal()
    quit_requested = Signal()
