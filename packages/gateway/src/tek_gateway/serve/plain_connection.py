"""One client's connection: what it asks for and what it is told, in plain `tek.v1`.

It must never let a client wait for another one, nor keep text for a client that does not read.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tek_gateway.serve.client_frames import too_often, understood
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.session_requests import Question, answered
from tek_gateway.store.store import Store
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.scheduler import Scheduler
from tek_protocol import encode
from tek_protocol.chat import ChatSend, Error, KnownMessage

STREAMS_LIMIT = 32
"""Answers that one connection may have under way; until one ends, it is not read any further."""

_REQUEST: msgspec.json.Decoder[ChatSend | Question] = msgspec.json.Decoder(ChatSend | Question)


class PlainConnection:
    """Reads a connection to its end; answers are relayed to it beside that, each in its task."""

    def __init__(
        self, socket: ServerConnection, visit: ClientConnection, store: Store, turns: Scheduler
    ) -> None:
        self._socket = socket
        self._visit = visit
        self._store = store
        self._turns = turns
        self._slots = asyncio.Semaphore(STREAMS_LIMIT)
        self._relays: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Talk until the connection is closed and everything that came over it is accepted."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._end_relays())
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    await self._take(frame, tasks)

    async def _take(self, frame: str | bytes, tasks: asyncio.TaskGroup) -> None:
        is_allowed = self._visit.may_ask()
        match understood(frame, _REQUEST):
            case Error() as error:
                await self._tell(error)
            case request if not is_allowed:
                await self._tell(too_often(request.id))
            case ChatSend() as send:
                await self._chat(send, tasks)
            case question:
                owner = self._visit.principal
                await self._tell(await answered(question, owner, self._store, self._turns))

    async def _chat(self, send: ChatSend, tasks: asyncio.TaskGroup) -> None:
        await self._slots.acquire()
        match await self._turns.accept(send, self._visit.principal):
            case PlainStream() as turn:
                relay = tasks.create_task(self._relay(turn.messages()))
                self._relays.add(relay)
                relay.add_done_callback(self._relay_ended)
            case Error() as error:
                self._slots.release()
                await self._tell(error)

    async def _relay(self, messages: AsyncGenerator[KnownMessage]) -> None:
        with suppress(ConnectionClosed):
            async with aclosing(messages):
                async for message in messages:
                    await self._socket.send(encode(message))
                    self._visit.touch()
                    await asyncio.sleep(0)  # send() alone keeps the loop while the buffer has room

    def _relay_ended(self, relay: asyncio.Task[None]) -> None:
        self._relays.discard(relay)
        self._slots.release()

    async def _end_relays(self) -> None:
        await self._socket.wait_closed()
        for relay in self._relays:
            relay.cancel()

    async def _tell(self, message: KnownMessage) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(encode(message))
