"""The session as the caller sees it: send, request, iterate.

The `Supervisor` does the networking, in a task of its own.
"""

import asyncio
from collections.abc import Container, Mapping
from contextlib import suppress
from typing import Self

from reconnect_core.dialect import Dialect
from reconnect_core.errors import IdInUse, NotOnline, SessionClosed
from reconnect_core.events import Connection, Event, Phase, Received
from reconnect_core.io.backlog import Backlog
from reconnect_core.io.publisher import Publisher
from reconnect_core.io.supervisor import Supervisor
from reconnect_core.io.target import Provider, Target
from reconnect_core.io.world import RealWorld, World
from reconnect_core.rules.backoff import Backoff
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.outbox import Limits, Outbox
from reconnect_core.storage import Storage

_CANCEL_TIMEOUT = 0.4
"""Seconds that `close` waits for a provider that ignores its cancellation."""


class Session:
    """One conversation with a gateway, across any number of connections.

    An async context manager and an async iterator of `Event`s. `url` is an address, or a provider
    that is called for one at every attempt; `token` is a provider that may return "". `dialect`
    names the gateway's message types that start, end and acknowledge a turn. Resumption is used
    with a gateway that supports it, unless `resume` is false.

    Keep iterating: with too many unread events the session stops reading from its link, and
    continues once they are read.

    A session is entered once. Messages may be sent before that, and are queued. Raises
    `InvalidURL` for an address that can never be dialled.
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
        target = Target(url, token, token_in_clear, resume)
        self._outbox = Outbox(
            session_id,
            limits or Limits(),
            dialect=dialect or Dialect(),
            is_stored=storage is not None,
        )
        self._backlog = Backlog(self._outbox)
        self._publisher = Publisher(self._backlog, self._world, storage, target.gateway)
        self._supervisor = Supervisor(
            target,
            self._publisher,
            self._world,
            backoff or Backoff(),
            heartbeat or Heartbeat(),
        )
        self._running: asyncio.Task[None] | None = None
        self._closing = asyncio.Lock()
        if storage is not None:
            self._restore(storage, session_id)

    @property
    def connection(self) -> Connection:
        """The state of the connection now."""
        return self._publisher.connection

    @property
    def session_id(self) -> str:
        """The id of the session that messages go to; "" until the gateway has named one."""
        return self._outbox.session_id

    async def send(self, message: Mapping[str, object]) -> str:
        """Queue `message` and return its id, which is generated if it has none.

        The session's id is added when the message is written. Events report what happens to it:
        `Sent`, then `Accepted`, `Uncertain` or `Failed`. Raises `NotQueued`, in particular
        `IdInUse` for the id of a message that is not settled yet, `SessionClosed`, and
        `TypeError` for values that JSON cannot hold.
        """
        self._check_open()
        message_id = self._id_of(message, taken=self._backlog.requests)
        self._publisher.publish(self._outbox.submit(message_id, {**message, "id": message_id}))
        await self._publisher.writer.flush()
        return message_id

    async def request(self, message: Mapping[str, object], *, seconds: float = 10.0) -> Received:
        """Send a request and return its answer; waits at most `seconds`.

        The request is written again after a reconnect, so it has to be safe to repeat. The
        session's id is not added. The answer is not an event as well, unless it arrives too late.
        Raises `RequestRefused`, `RequestTimeout`, `SessionClosed`, `IdInUse`, `MessageTooLarge`,
        and `TypeError` for values that JSON cannot hold.
        """
        self._check_open()
        request_id = self._id_of(message, taken=self._outbox)
        self._backlog.requests.add(request_id, {**message, "id": request_id})
        self._publisher.publish()
        return await self._backlog.requests.answer(request_id, seconds)

    def signal(self, message: Mapping[str, object]) -> str:
        """Send `message` on the current connection only, and return its id; never retried.

        For messages that no gateway acknowledges and that mean nothing to a later connection. It
        is written ahead of the outbox, without the session's id and without events, and dropped
        if the connection is lost before. Raises `NotOnline` when there is no connection,
        `MessageTooLarge`, `OutboxFull`, `SessionClosed`, and `TypeError` for values that JSON
        cannot hold.
        """
        self._check_open()
        if self.connection.phase is not Phase.ONLINE:
            raise NotOnline
        message_id = self._id_of(message, taken=self._backlog.requests)
        self._backlog.signals.add({**message, "id": message_id})
        self._publisher.publish()
        return message_id

    def resend(self, message_id: str) -> None:
        """Queue an uncertain or failed message again; raises `KeyError` for any other."""
        self._check_open()
        self._publisher.publish(self._outbox.resend(message_id))

    def discard(self, message_id: str) -> None:
        """Remove a queued, uncertain or failed message; raises `KeyError` for any other."""
        self._check_open()
        self._publisher.publish(self._outbox.discard(message_id))

    def retry_now(self) -> None:
        """End the current wait, if there is one."""
        self._supervisor.retry.set()

    async def close(self) -> None:
        """Close the connection and end the iteration, in any state, within a second.

        Queued messages are not sent first, and answers are not awaited. A second call waits for
        the first.
        """
        async with self._closing:
            try:
                await self._supervisor.hang_up()
            finally:
                if self._running is not None:
                    self._running.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(_CANCEL_TIMEOUT):
                    if self._running is not None:
                        await asyncio.wait({self._running})
                    await self._publisher.writer.flush()
            await self._publisher.writer.close()
            self._supervisor.finish()

    async def __aenter__(self) -> Self:
        """Start dialling; raises `RuntimeError` if the session was entered before."""
        if self._running is not None or self.connection.phase is not Phase.IDLE:
            message = "a session can be entered only once"
            raise RuntimeError(message)
        self._running = asyncio.create_task(self._supervisor.run(), name="reconnect-core")
        # However the task ends, even cancelled before its first step, the iteration ends.
        self._running.add_done_callback(lambda _: self._supervisor.finish())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    def __aiter__(self) -> Self:
        """Iterate over every event in order; the last is `Closed`.

        Leaving the iteration and starting another loses no event.
        """
        return self

    async def __anext__(self) -> Event:
        """Return the next event."""
        event = await self._publisher.events.take()
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
        """Load what `storage` has; its events come before any other."""
        try:
            self._publisher.publish(self._outbox.restore(storage.load(session_id)))
        except Exception as error:  # noqa: BLE001 - a storage may raise anything
            self._publisher.writer.disable(error)

    def _check_open(self) -> None:
        if self._supervisor.is_closing or self.connection.phase is Phase.CLOSED:
            message = "the session is closed"
            raise SessionClosed(message)
