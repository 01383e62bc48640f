"""What clients ask about sessions and models, in either mode, and what they are answered.

It must never touch a session in which a turn is owed but for its title.
"""

from typing import TypeAlias

from tek_gateway.errors import StoreError
from tek_gateway.store.store import Store
from tek_gateway.turns.scheduler import Scheduler, not_stored
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

Question: TypeAlias = SessionListRequest | SessionRename | SessionDelete | ModelListRequest
Reply: TypeAlias = SessionList | SessionRenamed | SessionDeleted | ModelList | Error


async def answered(question: Question, principal: str, store: Store, turns: Scheduler) -> Reply:
    """Return the answer to a principal's `question`; what is another's is not there."""
    try:
        match question:
            case SessionListRequest(id=request_id):
                return SessionList(request_id, await store.sessions(SESSIONS_LIMIT, principal))
            case ModelListRequest(id=request_id):
                return ModelList(request_id, turns.models.listed)
            case SessionRename():
                return await _renamed(question, principal, store, turns)
            case SessionDelete():
                return await _deleted(question, principal, store, turns)
    except StoreError as error:
        return not_stored(question.id, error)


async def _renamed(rename: SessionRename, principal: str, store: Store, turns: Scheduler) -> Reply:
    title = " ".join(rename.title.split())
    if len(title) > TITLE_LIMIT:
        reason = f"a title has at most {TITLE_LIMIT} characters"
        return Error("INVALID_MESSAGE", reason, rename.id)
    if await store.find(rename.session_id, principal) is None:
        return _unknown(rename.id)
    await turns.rename(rename.session_id, title)
    return SessionRenamed(rename.id, rename.session_id, title)


async def _deleted(delete: SessionDelete, principal: str, store: Store, turns: Scheduler) -> Reply:
    if await store.find(delete.session_id, principal) is None:
        return _unknown(delete.id)
    if not await turns.delete(delete.session_id):
        return Error("STREAM_IN_PROGRESS", "the session is still being answered", delete.id)
    return SessionDeleted(delete.id, delete.session_id)


def _unknown(request_id: str) -> Error:
    return Error("SESSION_NOT_FOUND", "there is no such session", request_id)
