"""One client's connection in `tek.resume.v1`: it follows the log of one session at a time.

It must never keep anything for a client that does not read, but its place in the log.
"""

import asyncio
import logging
from contextlib import suppress

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tek_gateway.errors import SessionGone, StoreError
from tek_gateway.log import log_rules
from tek_gateway.log.log_rules import Entry
from tek_gateway.serve.client_frames import too_often, understood
from tek_gateway.serve.peer import send
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.session_requests import Question, answered
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.turns.scheduler import QUEUE_LIMIT, Scheduler, not_stored
from tek_local.crash_points import crash_point
from tek_protocol import encode
from tek_protocol.chat import ChatSend, ChatStop, ChatStopped, Error
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import GatewayLimits, Outcome, Resume, Resumed

OFFERS_LIMIT = 64
"""Messages of one connection that are being accepted; until one is, it is not read any further."""

LIMITS = GatewayLimits(FRAME_LIMIT - log_rules.ENTRY_ROOM, QUEUE_LIMIT)

_REQUEST: msgspec.json.Decoder[ChatSend | ChatStop | Question | Resume] = msgspec.json.Decoder(
    ChatSend | ChatStop | Question | Resume
)
_logger = logging.getLogger(__name__)


class ResumeConnection:
    """Reads a connection to its end, and sends it the log that it is attached to beside that."""

    def __init__(
        self,
        socket: ServerConnection,
        visit: ClientConnection,
        journal: CommitQueue,
        turns: Scheduler,
    ) -> None:
        self._socket = socket
        self._visit = visit
        self._journal = journal
        self._turns = turns
        self._session_id: str | None = None
        self._feeding: asyncio.Task[None] | None = None
        self._offers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Talk until the connection is closed and everything that came over it is accepted."""
        async with asyncio.TaskGroup() as tasks:
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    await self._take(frame, tasks)
            self._detach()

    async def _take(self, frame: str | bytes, tasks: asyncio.TaskGroup) -> None:
        is_allowed = self._visit.may_ask()
        request = understood(frame, _REQUEST)
        if isinstance(request, Error):
            await self._tell(request)
        elif not is_allowed and not isinstance(request, ChatSend):
            await self._tell(too_often(request.id))
        elif isinstance(request, Resume):
            await self._attach(request, tasks)
        elif self._session_id is None:
            reason = "the first message of a connection is `session.resume`"
            await self._tell(Error("INVALID_MESSAGE", reason))
        else:
            refusal = None if is_allowed else too_often(request.id)
            await self._answer(request, self._session_id, tasks, refusal)

    async def _answer(
        self,
        request: ChatSend | ChatStop | Question,
        session_id: str,
        tasks: asyncio.TaskGroup,
        refusal: Error | None,
    ) -> None:
        match request:
            case ChatSend():
                await self._offer(session_id, request, refusal, tasks)
            case ChatStop():
                await self._stop(session_id, request)
            case _:
                owner, store = self._visit.principal, self._journal.store
                await self._tell(await answered(request, owner, store, self._turns))

    # ---- Attaching -----------------------------------------------------------------------------

    async def _attach(self, resume: Resume, tasks: asyncio.TaskGroup) -> None:
        if resume.cursor < 0:
            await self._tell(Error("INVALID_MESSAGE", "a `cursor` is never below 0"))
            return
        try:
            resumed = await self._resumed(resume)
        except StoreError as error:
            await self._tell(not_stored(resume.id, error))
            return
        if isinstance(resumed, Error):
            await self._tell(resumed)
            return
        self._journal.metrics.resumes[resumed.outcome] += 1
        self._detach()
        self._session_id = resumed.session_id
        await self._tell(resumed)
        cursor = resume.cursor if resumed.outcome == "resumed" else 0
        self._feeding = tasks.create_task(self._feed(resumed.session_id, cursor))

    async def _resumed(self, resume: Resume) -> Resumed | Error:
        outcome: Outcome = "new"
        owner = self._visit.principal
        if resume.session_id is not None:
            extent = await self._journal.store.extent(resume.session_id, owner)
            outcome = log_rules.outcome(resume.cursor, extent)
            if extent is not None:
                return Resumed(resume.id, resume.session_id, outcome, extent.head, LIMITS)
        session = await self._turns.open(resume.id, owner)
        if isinstance(session, Error):
            return session
        return Resumed(resume.id, session.session_id, outcome, 0, LIMITS)

    def _detach(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()

    async def _feed(self, session_id: str, cursor: int) -> None:
        tail = self._journal.tail(session_id)
        try:
            while True:
                entries = await self._journal.after(session_id, tail, cursor)
                for entry in entries:
                    await send(self._socket, framed(entry, cursor))
                    cursor = entry.seq
                    if (
                        entry.draft.type == log_rules.MESSAGE_TYPE
                        and entry.draft.request_id is None
                    ):
                        crash_point("after-ack")
                self._visit.touch()
                if len(entries) > 1:  # to send keeps the loop while the buffer has room
                    await asyncio.sleep(0)
        except ConnectionClosed:
            """The client comes back and says how far it is."""
        except SessionGone:  # the client comes back at once, and is told that it is lost
            await self._socket.close(CloseCode.SERVICE_RESTART, "the session was deleted")
        except StoreError as error:
            _logger.error("the store failed: %s", error)  # noqa: TRY400 - no traceback is needed
            await self._socket.close(CloseCode.INTERNAL_ERROR)

    # ---- Messages ------------------------------------------------------------------------------

    async def _offer(
        self, session_id: str, send: ChatSend, refusal: Error | None, tasks: asyncio.TaskGroup
    ) -> None:
        """Have `send` accepted without waiting for it, so that many share one commit."""
        if len(self._offers) >= OFFERS_LIMIT:
            await asyncio.wait(self._offers, return_when=asyncio.FIRST_COMPLETED)
        offer = tasks.create_task(self._accept(session_id, send, refusal))
        self._offers.add(offer)
        offer.add_done_callback(self._offers.discard)

    async def _accept(self, session_id: str, send: ChatSend, refusal: Error | None) -> None:
        if (error := await self._turns.enqueue(session_id, send, refusal)) is not None:
            await self._tell(error)

    async def _stop(self, session_id: str, stop: ChatStop) -> None:
        if self._offers:  # what is to be stopped may be among them
            await asyncio.wait(self._offers)
        try:
            found = await self._turns.stop_turn(session_id, stop.request_id)
        except StoreError as error:
            await self._tell(not_stored(stop.id, error))
            return
        if not found:
            await self._tell(Error("TURN_NOT_FOUND", "no such message waits for its end", stop.id))
        else:
            await self._tell(ChatStopped(stop.id))

    async def _tell(self, message: msgspec.Struct) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(encode(message))


def framed(entry: Entry, cursor: int) -> str:
    """Return `entry` as a frame that a client takes.

    A plain client's message may fill a frame to its last byte, and has no room left for a place in
    the log: its end is cut off here, and only here.
    """
    frame = entry.frame(cursor)
    # No character is more than four bytes: most frames need no count.
    if len(frame) * 4 <= FRAME_LIMIT or len(frame.encode()) <= FRAME_LIMIT:
        return frame
    (message,) = log_rules.context([entry.draft.body], limit=len(entry.draft.body))
    kept = message.content[: -2 * log_rules.ENTRY_ROOM] + "…"
    cut = msgspec.structs.replace(message, content=kept)
    return Entry(entry.session_id, entry.seq, entry.prev, log_rules.said(cut)).frame(cursor)
