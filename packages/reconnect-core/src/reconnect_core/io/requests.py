"""Requests that wait for their answers, across connections.

A request may be written more than once; what must not run twice goes through the outbox.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconnect_core.errors import (
    IdInUse,
    MessageTooLarge,
    RequestRefused,
    RequestTimeout,
    SessionClosed,
)
from reconnect_core.events import Received
from tek_protocol import encode


@dataclass(slots=True, eq=False)
class _Pending:
    frame: str
    is_written: bool = False
    answer: asyncio.Future[Received] = field(default_factory=asyncio.Future[Received])


class Requests:
    """The unanswered requests, by id; `frame_bytes` is the largest size of one."""

    def __init__(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self._pending: dict[str, _Pending] = {}

    def __len__(self) -> int:
        """Return the number of unanswered requests."""
        return len(self._pending)

    def __contains__(self, request_id: str) -> bool:
        """Return whether a request with this id is unanswered."""
        return request_id in self._pending

    def add(self, request_id: str, message: Mapping[str, object]) -> None:
        """Add a request, to be written as soon as there is a link; raises `NotQueued`."""
        frame = encode(message)
        if request_id in self:
            raise IdInUse(request_id)
        if (size := len(frame.encode())) > self._frame_bytes:
            raise MessageTooLarge(size, self._frame_bytes)
        self._pending[request_id] = _Pending(frame)

    async def answer(self, request_id: str, seconds: float) -> Received:
        """Return the answer; raises `RequestRefused`, `RequestTimeout` and `SessionClosed`."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._pending[request_id].answer
        except TimeoutError as error:
            message = f"no answer from the gateway within {seconds:g} s"
            raise RequestTimeout(message) from error
        finally:
            del self._pending[request_id]
        if answer.envelope.type == "error":
            raise RequestRefused(answer.envelope.code or "", answer.envelope.message or "")
        return answer

    def take_unwritten(self) -> str | None:
        """Return the frame of the first request that was not written on this link yet."""
        for pending in self._pending.values():
            if not pending.is_written:
                pending.is_written = True
                return pending.frame
        return None

    def settle(self, received: Received) -> bool:
        """Answer the request that `received` names; returns whether there is one."""
        pending = self._pending.get(received.envelope.request_id or "")
        if pending is None or pending.answer.done():
            return False
        pending.answer.set_result(received)
        return True

    def link_lost(self) -> None:
        """Have every request written again."""
        for pending in self._pending.values():
            pending.is_written = False

    def close(self) -> None:
        """Fail every request with `SessionClosed`."""
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(SessionClosed("the session was closed"))
