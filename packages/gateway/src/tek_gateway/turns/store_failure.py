"""What a client is sent when the store fails."""

import logging

from tek_gateway.errors import SessionFull, StorageFull, StoreError
from tek_protocol.chat import Error

_logger = logging.getLogger(__name__)


def not_stored(request_id: str, error: StoreError) -> Error:
    """Return the error for the sender of `request_id`, and log an unexpected failure."""
    if isinstance(error, SessionFull):
        reason = "The session has reached its size limit. Start a new one."
        return Error("SESSION_FULL", reason, request_id)
    if isinstance(error, StorageFull):  # logged once, and not for each client
        reason = "The gateway's disk is full. Send the message again when there is room."
        return Error("STORAGE_FULL", reason, request_id)
    _logger.error("the store failed: %s", error)
    return Error("STORE_FAILED", "The gateway could not store the message.", request_id)
