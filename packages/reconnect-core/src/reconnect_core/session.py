"""The session as a caller sees it: send, ask, iterate.

It must never touch a socket: the connection loop does, on its behalf.
"""

import asyncio
from collections.abc import Container, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from reconnect_core.dialect import Dialect
from reconnect_core.errors import IdInUse, NotOnline, SessionClosed
from reconnect_core.events import Connection, Event, NotSaved, Phase, Received
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.requests import Requests
from reconnect_core.io.signals import Signals
from reconnect_core.io.storage_writer import StorageWriter
from reconnect_core.io.supervisor import Supervisor
from reconnect_core.io.target import Provider, Target
from reconnect_core.io.world import RealWorld, World
from reconnect_core.rules.backoff import Backoff
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.outbox import Limits, Outbox
from reconnect_core.storage import Storage

_UNREAD_EVENTS = 1_024

_PATIENCE = 0.4
"""Seconds that `close` waits for a provider which swallows its cancellation."""


class Session:
    """One conversation with a gateway, across any number of connections.

    An async context manager and an async iterator of `Event`s. `url` is an address, or a
    provider of one that is asked at every attempt; `token` is a provider that may answer "".
    Iterate, as with any WebSocket: a session whose events nobody reads stops reading its link
    once 1,024 of them wait, and goes on when they are read. Resumption is offered, and used with
    a gateway that knows it, unless `resume` says no.

    `dialect` names the message types of the gateway that start, end and acknowledge a turn.

    Messages may be sent before the session is entered; they wait. It is entered once. Raises
    `InvalidURL` at once for an address that can never be dialled.
    """

    def __init__(  # noqa: PLR0913 - each has a name and a default
        self,
        url: str | Provider,
        *,
        session_id: str = "",
        token: Provider | None = None,
        token_in_clear: bool = False,
        dialect: Dialect | None = None,
        resume: bool = True,
        backoff: Backoff | None = None,
        heartbeat: Heartbeat | None = None,
        limits: Limits | None = None,
        storage: Storage | None = None,
        world: World | None = None,
    ) -> None:
        self._world: World = world or RealWorld()
        self._ledger = Outbox(
            session_id,
            limits or Limits(),
            dialect=dialect or Dialect(),
            is_kept=storage is not None,
        )
        self._requests = Requests(self._ledger.limits.frame_bytes)
        self._signals = Signals(self._ledger.limits.frame_bytes)
        self._keeper = StorageWriter(storage, self._not_saved)
        self._mailbox = EventQueue(_UNREAD_EVENTS, self._keeper.kept)
        target = Target(url, token, token_in_clear, resume)
        self._connector = Supervisor(
            target=target,
            ledger=self._ledger,
            requests=self._requests,
            signals=self._signals,
            mailbox=self._mailbox,
            keeper=self._keeper,
            world=self._world,
            backoff=backoff or Backoff(),
            heartbeat=heartbeat or Heartbeat(),
            state=Connection(since=self._world.time(), gateway=target.gateway),
        )
        self._supervisor: asyncio.Task[None] | None = None
        self._closing = asyncio.Lock()
        if storage is not None:
            self._restore(storage, session_id)

    @property
    def connection(self) -> Connection:
        """The state of the connection now."""
        return self._connector.snapshot()

    @property
    def session_id(self) -> str:
        """The session that messages go to; "" until the gateway has named one."""
        return self._ledger.session_id

    async def send(self, message: Mapping[str, object]) -> str:
        """Queue `message` and return its id, which is made up where it has none.

        The session is added when it is written. What becomes of it arrives as events: `Sent`,
        `Accepted`, or `Uncertain`, `Failed`. Raises `NotQueued`, of which `IdInUse` for the id of
        a message that is not settled yet, `SessionClosed`, and `TypeError` for what JSON cannot
        hold.
        """
        self._check_open()
        message_id = self._id_of(message, taken=self._requests)
        self._connector.tell(self._ledger.submit(message_id, {**message, "id": message_id}))
        await self._keeper.kept()
        return message_id

    async def request(self, message: Mapping[str, object], *, seconds: float = 10.0) -> Received:
        """Ask and return the answer, which is then no event; waits at most `seconds`.

        The question is written again after a reconnect, so that it must be safe to repeat, and
        goes without the session. Raises `RequestRefused`, `RequestTimeout`, `SessionClosed`,
        `IdInUse`, `MessageTooLarge`, and `TypeError` for what JSON cannot hold. An answer that
        comes too late is an event.
        """
        self._check_open()
        request_id = self._id_of(message, taken=self._ledger)
        self._requests.add(request_id, {**message, "id": request_id})
        self._connector.tell([])
        return await self._requests.answer(request_id, seconds)

    def signal(self, message: Mapping[str, object]) -> str:
        """Write `message` on the connection that there is now, and return its id.

        For what no gateway acknowledges, and what means nothing to a later connection: it goes
        before the outbox, without the session, is written at most once, is no event, and is
        forgotten if the connection is lost before. Raises `NotOnline` and takes nothing when
        there is none, `MessageTooLarge`, `OutboxFull`, `SessionClosed`, and `TypeError` for what
        JSON cannot hold.
        """
        self._check_open()
        if self.connection.phase is not Phase.ONLINE:
            raise NotOnline
        message_id = self._id_of(message, taken=self._requests)
        self._signals.add({**message, "id": message_id})
        self._connector.tell([])
        return message_id

    def resend(self, message_id: str) -> None:
        """Queue an uncertain or failed message again; raises `KeyError` for any other."""
        self._check_open()
        self._connector.tell(self._ledger.resend(message_id))

    def discard(self, message_id: str) -> None:
        """Forget a queued, uncertain or failed message; raises `KeyError` for any other."""
        self._check_open()
        self._connector.tell(self._ledger.discard(message_id))

    def retry_now(self) -> None:
        """End the current wait, if there is one."""
        self._connector.hint.set()

    async def close(self) -> None:
        """Close the connection and end the iteration, from any state, within a second.

        It waits neither for the outbox nor for an answer. A second call waits for the first.
        """
        async with self._closing:
            try:
                await self._connector.hang_up()
            finally:
                if self._supervisor is not None:
                    self._supervisor.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    if self._supervisor is not None:
                        await asyncio.wait({self._supervisor})
                    await self._keeper.kept()
            await self._keeper.close()
            self._connector.finish()

    async def __aenter__(self) -> Self:
        """Start dialling; raises `RuntimeError` for a session that was entered before."""
        if self._supervisor is not None or self.connection.phase is not Phase.IDLE:
            message = "a session is entered once"
            raise RuntimeError(message)
        self._supervisor = asyncio.create_task(self._connector.run(), name="reconnect-core")
        # However the task ends, even cancelled before its first step, whoever iterates is told.
        self._supervisor.add_done_callback(lambda _: self._connector.finish())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    def __aiter__(self) -> Self:
        """Iterate over every event in order; the last is `Closed`.

        An iteration may be left and taken up again, and no event is lost in between.
        """
        return self

    async def __anext__(self) -> Event:
        """Return the next event."""
        event = await self._mailbox.take()
        if event is None:
            raise StopAsyncIteration
        return event

    def _id_of(self, message: Mapping[str, object], *, taken: Container[str]) -> str:
        given = message.get("id")
        message_id = given if isinstance(given, str) and given else self._world.name()
        if message_id in taken:
            raise IdInUse(message_id)
        return message_id

    def _restore(self, storage: Storage, session_id: str) -> None:
        """Take what `storage` kept; the events that tell of it come first."""
        try:
            self._connector.tell(self._ledger.restore(storage.load(session_id)))
        except Exception as error:  # noqa: BLE001 - a storage's errors are its own
            self._keeper.give_up(error)

    def _not_saved(self, reason: str) -> None:
        self._ledger.is_kept = False
        self._ledger.changes.clear()
        self._mailbox.put(NotSaved(reason))

    def _check_open(self) -> None:
        if self._connector.is_closing or self.connection.phase is Phase.CLOSED:
            message = "the session is closed"
            raise SessionClosed(message)
