"""The gateway's errors, grouped by who can act on them.

GatewayError
├── CannotStart      the operator: the text names the cause and what to do
├── StoreError       the operator: the disk failed; the request may be retried later
│   ├── StorageFull  the operator: the disk has no room
│   └── SessionFull  the user: start another session
├── LogBroken        the operator: start the gateway again
├── SessionGone      a reader of the session: nothing more will come
└── ModelError       the user: the text is shown instead of the answer
"""


class GatewayError(Exception):
    """The base class of the gateway's errors."""


class CannotStart(GatewayError):
    """The gateway cannot start with its options."""


class StoreError(GatewayError):
    """The store could not write or read."""


class StorageFull(StoreError):
    """The disk has no room."""


class SessionFull(StoreError):
    """The session has reached its size limit; nothing was written."""


class LogBroken(GatewayError):
    """The log can no longer be written, for an unforeseen reason."""


class SessionGone(GatewayError):
    """The session was deleted."""


class ModelError(GatewayError):
    """The model rejected the prompt or failed; `code` is the error's code on the wire."""

    def __init__(self, reason: str, code: str = "LLM_ERROR") -> None:
        super().__init__(reason)
        self.code = code
