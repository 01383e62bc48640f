"""What clients ask about sessions and models, in either mode, and what they are answered.

It must never touch a session in which a turn is owed but for its title.
"""

import logging
from typing import TypeAlias

from tek_gateway.errors import StoreError
from tek_gateway.store import Store
from tek_gateway.turns import Turns
from tek_protocol.chat import (
    Error,
    ModelList,
    ModelListRequest,
    SessionDelete,
    SessionDeleted,
    SessionList,
    SessionListRequest,
    SessionRename,
    SessionRenamed,
)

SESSIONS_LIMIT = 1000
"""Sessions in a list, the newest ones: the list has to fit into one frame."""

TITLE_LIMIT = 200
"""Characters of a session's title."""

_logger = logging.getLogger(__name__)

Question: TypeAlias = SessionListRequest | SessionRename | SessionDelete | ModelListRequest
Reply: TypeAlias = SessionList | SessionRenamed | SessionDeleted | ModelList | Error


async def answered(question: Question, store: Store, turns: Turns) -> Reply:
    """Return the answer to `question`."""
    try:
        match question:
            case SessionListRequest(id=request_id):
                return SessionList(request_id, await store.sessions(SESSIONS_LIMIT))
            case ModelListRequest(id=request_id):
                return ModelList(request_id, turns.models.listed)
            case SessionRename():
                return await _renamed(question, store, turns)
            case SessionDelete():
                return await _deleted(question, store, turns)
    except StoreError as error:
        _logger.error("the store failed: %s", error)  # noqa: TRY400 - no traceback is needed
        return Error("STORE_FAILED", "the gateway could not read its sessions", question.id)


async def _renamed(rename: SessionRename, store: Store, turns: Turns) -> Reply:
    title = " ".join(rename.title.split())
    if len(title) > TITLE_LIMIT:
        reason = f"a title has at most {TITLE_LIMIT} characters"
        return Error("INVALID_MESSAGE", reason, rename.id)
    if await store.find(rename.session_id) is None:
        return _unknown(rename.id)
    await turns.rename(rename.session_id, title)
    return SessionRenamed(rename.id, rename.session_id, title)


async def _deleted(delete: SessionDelete, store: Store, turns: Turns) -> Reply:
    if await store.find(delete.session_id) is None:
        return _unknown(delete.id)
    if not await turns.delete(delete.session_id):
        return Error("STREAM_IN_PROGRESS", "the session is still being answered", delete.id)
    return SessionDeleted(delete.id, delete.session_id)


def _unknown(request_id: str) -> Error:
    return Error("SESSION_NOT_FOUND", "there is no such session", request_id)
