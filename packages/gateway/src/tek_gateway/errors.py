"""What can go wrong, grouped by who can do something about it.

    GatewayError
    ├── CannotStart   whoever starts the gateway: the text names the cause and the mend
    ├── StoreError    whoever owns the disk; the request may be tried again later
    │   ├── StorageFull  the same: there is no room; nothing else is wrong
    │   └── SessionFull  the user: another session takes the message
    ├── JournalBroken whoever runs the gateway: it has to be started again
    ├── SessionGone   whoever follows the session: there is nothing more to come
    └── ModelError    the user: the text is shown in place of the answer

It must never hold an error that no caller treats differently.
"""


class GatewayError(Exception):
    """The root of everything that the gateway raises on purpose."""


class CannotStart(GatewayError):
    """The gateway cannot start as it was asked to."""


class StoreError(GatewayError):
    """The store did not keep or give back what it was asked for."""


class StorageFull(StoreError):
    """There is no room on the disk for what was to be stored."""


class SessionFull(StoreError):
    """A session is as large as it may be; nothing of what was asked for happened."""


class JournalBroken(GatewayError):
    """What writes the log has ended as nobody foresaw."""


class SessionGone(GatewayError):
    """The session was deleted."""


class ModelError(GatewayError):
    """The model refuses the prompt or broke off; `code` is that of the error on the wire."""

    def __init__(self, reason: str, code: str = "LLM_ERROR") -> None:
        super().__init__(reason)
        self.code = code
