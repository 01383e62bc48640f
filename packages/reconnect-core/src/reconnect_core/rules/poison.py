"""Which message of the outbox is to blame for a close, so that it alone is set aside.

Pure. It must never blame a message for a gateway that was killed or goes away as planned.
"""

from reconnect_core.events import Event
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.verdict import TOO_LARGE, Failure, is_refusal

_CLOSES = 3
"""In a row, at the same first message."""

_BLAMELESS = frozenset({None, 1001, 1005, 1006, 1012, 1013})
"""No close frame at all, no code, and those that say that the gateway goes (RFC 6455, 7.4.1)."""


def blame(ledger: Outbox, failure: Failure) -> list[Event]:
    """Set the message aside at which the gateway closes the connection, over and over."""
    if failure.code == TOO_LARGE and (largest := ledger.largest_flying()) is not None:
        return ledger.set_aside(largest, "the gateway takes no frame that large")
    first = ledger.first_flying()
    if first is None or failure.code in _BLAMELESS or is_refusal(failure):
        return []
    message_id, count = ledger.strikes
    count = count + 1 if message_id == first.id else 1
    if count < _CLOSES:
        ledger.strikes = (first.id, count)
        return []
    ledger.strikes = ("", 0)
    reason = f"the gateway closed the connection {_CLOSES} times at this message"
    return ledger.set_aside(first, reason)
