"""A client's connection in `tek.resume.v1`: it follows the log of one session at a time."""

import asyncio
import logging
from contextlib import suppress

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from tek_gateway.errors import SessionGone, StoreError
from tek_gateway.log.log_entries import ENTRY_ROOM, MESSAGE_TYPE, Entry, message_entry
from tek_gateway.log.log_positions import resume_outcome
from tek_gateway.log.message_history import latest_messages
from tek_gateway.serve.client_frames import rate_limited, read_request
from tek_gateway.serve.peer import send
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.session_requests import SessionRequest, reply_to
from tek_gateway.turns.admission import QUEUE_LIMIT, Admission
from tek_gateway.turns.scheduler import Scheduler
from tek_gateway.turns.store_failure import not_stored
from tek_local.crash_points import crash_point
from tek_protocol import encode
from tek_protocol.chat import ChatSend, ChatStop, ChatStopped, Error
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import GatewayLimits, Outcome, Resume, Resumed

OFFERS_LIMIT = 64
"""Messages of one connection being accepted at once. At the limit, reading stops until one is."""

LIMITS = GatewayLimits(FRAME_LIMIT - ENTRY_ROOM, QUEUE_LIMIT)

_REQUEST: msgspec.json.Decoder[ChatSend | ChatStop | SessionRequest | Resume] = (
    msgspec.json.Decoder(ChatSend | ChatStop | SessionRequest | Resume)
)
_logger = logging.getLogger(__name__)


class ResumeConnection:
    """Reads a connection to its end; a task sends the log of the attached session meanwhile.

    A client that does not read costs no memory beyond its cursor.
    """

    def __init__(
        self,
        socket: ServerConnection,
        client: ClientConnection,
        scheduler: Scheduler,
        admission: Admission,
    ) -> None:
        self._socket = socket
        self._client = client
        self._scheduler = scheduler
        self._admission = admission
        self._commits = scheduler.commits
        self._session_id: str | None = None
        self._sender: asyncio.Task[None] | None = None
        self._offers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the client until its connection is closed and all it sent is processed."""
        async with asyncio.TaskGroup() as tasks:
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    await self._process(frame, tasks)
            self._detach()

    async def _process(self, frame: str | bytes, tasks: asyncio.TaskGroup) -> None:
        is_allowed = self._client.may_ask()
        request = read_request(frame, _REQUEST)
        if isinstance(request, Error):
            await self._send(request)
        elif not is_allowed and not isinstance(request, ChatSend):
            await self._send(rate_limited(request.id))
        elif isinstance(request, Resume):
            await self._attach(request, tasks)
        elif self._session_id is None:
            reason = "The first message of a connection must be `session.resume`."
            await self._send(Error("INVALID_MESSAGE", reason))
        else:
            refusal = None if is_allowed else rate_limited(request.id)
            await self._carry_out(request, self._session_id, tasks, refusal)

    async def _carry_out(
        self,
        request: ChatSend | ChatStop | SessionRequest,
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
                await self._send(await reply_to(request, self._client.principal, self._scheduler))

    # ---- Attaching -----------------------------------------------------------------------------

    async def _attach(self, resume: Resume, tasks: asyncio.TaskGroup) -> None:
        if resume.cursor < 0:
            await self._send(Error("INVALID_MESSAGE", "`cursor` must not be negative."))
            return
        try:
            resumed = await self._resume(resume)
        except StoreError as error:
            await self._send(not_stored(resume.id, error))
            return
        if isinstance(resumed, Error):
            await self._send(resumed)
            return
        self._commits.metrics.resumes[resumed.outcome] += 1
        self._detach()
        self._session_id = resumed.session_id
        await self._send(resumed)
        cursor = resume.cursor if resumed.outcome == "resumed" else 0
        self._sender = tasks.create_task(self._send_log(resumed.session_id, cursor))

    async def _resume(self, resume: Resume) -> Resumed | Error:
        outcome: Outcome = "new"
        principal = self._client.principal
        if resume.session_id is not None:
            extent = await self._commits.store.extent(resume.session_id, principal)
            outcome = resume_outcome(resume.cursor, extent)
            if extent is not None:
                return Resumed(resume.id, resume.session_id, outcome, extent.head, LIMITS)
        session = await self._admission.open(resume.id, principal)
        if isinstance(session, Error):
            return session
        return Resumed(resume.id, session.session_id, outcome, 0, LIMITS)

    def _detach(self) -> None:
        if self._sender is not None:
            self._sender.cancel()

    async def _send_log(self, session_id: str, cursor: int) -> None:
        tail = self._commits.tail(session_id)
        try:
            while True:
                entries = await self._commits.after(session_id, tail, cursor)
                for entry in entries:
                    await send(self._socket, framed(entry, cursor))
                    cursor = entry.seq
                    if entry.draft.type == MESSAGE_TYPE and entry.draft.request_id is None:
                        crash_point("after-ack")
                self._client.touch()
                if len(entries) > 1:  # send() yields only once the buffer is full
                    await asyncio.sleep(0)
        except ConnectionClosed:
            """The client reconnects and sends its cursor."""
        except SessionGone:  # the client reconnects at once, and learns that the session is lost
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
        if (error := await self._admission.enqueue(session_id, send, refusal)) is not None:
            await self._send(error)

    async def _stop(self, session_id: str, stop: ChatStop) -> None:
        if self._offers:  # the message to stop may be among them
            await asyncio.wait(self._offers)
        try:
            found = await self._scheduler.stop_turn(session_id, stop.request_id)
        except StoreError as error:
            await self._send(not_stored(stop.id, error))
            return
        if not found:
            reason = "This message is not being answered and does not wait for an answer."
            await self._send(Error("TURN_NOT_FOUND", reason, stop.id))
        else:
            await self._send(ChatStopped(stop.id))

    async def _send(self, message: msgspec.Struct) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(encode(message))


def framed(entry: Entry, cursor: int) -> str:
    """Return `entry` as a frame within the frame limit.

    A plain client's message may fill a frame to its last byte, which leaves no room for the
    position in the log: the end of its text is cut off here, and only here.
    """
    frame = entry.frame(cursor)
    # No character is longer than four bytes: most frames need no exact count.
    if len(frame) * 4 <= FRAME_LIMIT or len(frame.encode()) <= FRAME_LIMIT:
        return frame
    (message,) = latest_messages([entry.draft.body], limit=len(entry.draft.body))
    kept = message.content[: -2 * ENTRY_ROOM] + "…"
    cut = message_entry(msgspec.structs.replace(message, content=kept))
    return Entry(entry.session_id, entry.seq, entry.prev, cut).frame(cursor)
