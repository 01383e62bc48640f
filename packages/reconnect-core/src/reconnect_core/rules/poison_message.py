"""A poison message: one at which the gateway closes the connection, so that it blocks the outbox.

Pure. A gateway that was killed or stops as planned says nothing about the message it was reading.
"""

from reconnect_core.events import Event
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.verdict import TOO_LARGE, Failure, is_refusal

_CLOSES = 3
"""In a row, with the same message first in flight."""

_BLAMELESS = frozenset({None, 1001, 1005, 1006, 1012, 1013})
"""No close frame, no code, and the codes of a gateway that goes away (RFC 6455, 7.4.1)."""


def fail_poison_message(outbox: Outbox, failure: Failure) -> list[Event]:
    """Fail the message that repeatedly made the gateway close the connection, if there is one."""
    if failure.code == TOO_LARGE and (largest := outbox.largest_in_flight()) is not None:
        return outbox.mark_failed(largest, "the gateway takes no frame that large")
    first = outbox.first_in_flight()
    if first is None or failure.code in _BLAMELESS or is_refusal(failure):
        return []
    message_id, count = outbox.closes_in_a_row
    count = count + 1 if message_id == first.id else 1
    if count < _CLOSES:
        outbox.closes_in_a_row = (first.id, count)
        return []
    outbox.closes_in_a_row = ("", 0)
    reason = f"the gateway closed the connection {_CLOSES} times at this message"
    return outbox.mark_failed(first, reason)
