"""Requests about sessions and models, which both protocol modes share, and their replies."""

from typing import TypeAlias

from tek_gateway.errors import StoreError
from tek_gateway.turns.scheduler import Scheduler
from tek_gateway.turns.store_failure import not_stored
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

SessionRequest: TypeAlias = SessionListRequest | SessionRename | SessionDelete | ModelListRequest
SessionReply: TypeAlias = SessionList | SessionRenamed | SessionDeleted | ModelList | Error


async def reply_to(request: SessionRequest, principal: str, scheduler: Scheduler) -> SessionReply:
    """Carry out `request` and return the reply.

    A principal sees only its own sessions; those of others are reported as not found.
    """
    try:
        match request:
            case SessionListRequest(id=request_id):
                sessions = await scheduler.commits.store.sessions(SESSIONS_LIMIT, principal)
                return SessionList(request_id, sessions)
            case ModelListRequest(id=request_id):
                return ModelList(request_id, scheduler.models.infos)
            case SessionRename():
                return await _rename(request, principal, scheduler)
            case SessionDelete():
                return await _delete(request, principal, scheduler)
    except StoreError as error:
        return not_stored(request.id, error)


async def _rename(request: SessionRename, principal: str, scheduler: Scheduler) -> SessionReply:
    title = " ".join(request.title.split())
    if len(title) > TITLE_LIMIT:
        reason = f"A title may have at most {TITLE_LIMIT} characters."
        return Error("INVALID_MESSAGE", reason, request.id)
    if await scheduler.commits.store.find(request.session_id, principal) is None:
        return _not_found(request.id)
    await scheduler.rename(request.session_id, title)
    return SessionRenamed(request.id, request.session_id, title)


async def _delete(request: SessionDelete, principal: str, scheduler: Scheduler) -> SessionReply:
    if await scheduler.commits.store.find(request.session_id, principal) is None:
        return _not_found(request.id)
    if not await scheduler.delete(request.session_id):
        reason = "The session's last message is still being answered."
        return Error("STREAM_IN_PROGRESS", reason, request.id)
    return SessionDeleted(request.id, request.session_id)


def _not_found(request_id: str) -> Error:
    return Error("SESSION_NOT_FOUND", "No such session.", request_id)
