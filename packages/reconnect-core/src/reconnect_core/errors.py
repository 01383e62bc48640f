"""The errors of a `Session`, grouped by what the caller can do.

```
ReconnectError
├── InvalidURL        correct the address
├── NotQueued         the message was not accepted; the caller still has it
│   ├── MessageTooLarge   shorten it
│   ├── IdInUse           use another id, or none; `resend` a failed or uncertain message
│   ├── OutboxFull        wait until the outbox drains, or tell the user
│   └── NotOnline         signals are not queued; send it again when the session is online
├── SessionClosed     open another session
└── RequestFailed     the request was not answered
    ├── RequestRefused    the gateway answered with an error; `code` says which
    └── RequestTimeout    no answer in time; the connection may be down, try again later
```

A lost connection is not an error: a `Session` reconnects, and reports it as an event. No text
contains a token or the content of a message.
"""


class ReconnectError(Exception):
    """The base class of the errors of this library."""


class InvalidURL(ReconnectError, ValueError):
    """An address that can never be dialled; the text says what is expected."""


class NotQueued(ReconnectError):
    """A message that the session did not accept."""


class MessageTooLarge(NotQueued):
    """A message above the frame limit; `size` and `limit` are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"this message is too long ({_bytes(size)}; the limit is {_bytes(limit)})")
        self.size, self.limit = size, limit


class IdInUse(NotQueued):
    """The id of a message that is not settled yet, so that an answer to it would be ambiguous."""

    def __init__(self, message_id: str) -> None:
        super().__init__(
            "a message with this id is still in the outbox, or its answer has not ended"
        )
        self.id = message_id


class OutboxFull(NotQueued):
    """An outbox that has reached its limit of messages or bytes."""

    def __init__(self, messages: int, size: int) -> None:
        super().__init__(f"the outbox is full: it holds {messages:,} messages, {size:,} bytes")
        self.messages, self.size = messages, size


class NotOnline(NotQueued):
    """A signal without a connection to send it on."""

    def __init__(self) -> None:
        super().__init__("there is no connection to the gateway now")


class SessionClosed(ReconnectError):
    """A call of a session after `close()`."""


class RequestFailed(ReconnectError):
    """A request that was not answered."""


class RequestRefused(RequestFailed):
    """A request that the gateway answered with an error; `code` is the error's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class RequestTimeout(RequestFailed):
    """A request that was not answered in time."""


def _bytes(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**19 else f"{count:,} bytes"
