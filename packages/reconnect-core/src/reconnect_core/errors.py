"""What a caller of a `Session` can run into, grouped by what to do about it.

```
ReconnectError
├── InvalidURL        mend the address, or the token's way to it
├── NotQueued         the message was not taken and is still the caller's
│   ├── MessageTooLarge   make it shorter
│   ├── IdInUse           give it another id, or none; `resend` what was set aside
│   ├── OutboxFull        wait until the outbox has drained, or tell the user
│   └── NotOnline         a signal cannot wait: give it again when the session is online
├── SessionClosed     open another session
└── RequestFailed     the request has no answer
    ├── RequestRefused    the gateway said no; `code` says why
    └── RequestTimeout    no answer in time; the link may be down, ask again later
```

A lost connection is none of these: a `Session` never raises for what it will mend by itself.
Pure: it must never log, and no text may hold a token or a message's content.
"""


class ReconnectError(Exception):
    """Whatever this library raises on purpose."""


class InvalidURL(ReconnectError, ValueError):
    """An address that no attempt can ever reach; the text says what is expected."""


class NotQueued(ReconnectError):
    """A message that the session did not take."""


class MessageTooLarge(NotQueued):
    """A message above the frame limit."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a message of {size:,} bytes is over the limit of {limit:,}")
        self.size, self.limit = size, limit


class IdInUse(NotQueued):
    """An id of a message that is not settled yet; which of the two an answer meant is unknown."""

    def __init__(self, message_id: str) -> None:
        super().__init__("a message of this id is still queued, sent, answered or set aside")
        self.id = message_id


class OutboxFull(NotQueued):
    """An outbox that has reached its count or its bytes."""

    def __init__(self, messages: int, size: int) -> None:
        super().__init__(f"the outbox is full: it holds {messages:,} messages, {size:,} bytes")
        self.messages, self.size = messages, size


class NotOnline(NotQueued):
    """A signal while there is no connection that it could go out on."""

    def __init__(self) -> None:
        super().__init__("there is no connection to the gateway now")


class SessionClosed(ReconnectError):
    """A session after `close()`."""


class RequestFailed(ReconnectError):
    """A request without an answer."""


class RequestRefused(RequestFailed):
    """A request that the gateway answered with an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class RequestTimeout(RequestFailed):
    """A request that was not answered in its time."""
