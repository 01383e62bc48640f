"""A client's connection in plain `tek.v1`: its requests, and the answers to its messages."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tek_gateway.serve.client_frames import rate_limited, read_request
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.session_requests import SessionRequest, reply_to
from tek_gateway.turns.admission import Admission
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.scheduler import Scheduler
from tek_protocol import encode
from tek_protocol.chat import ChatSend, Error, KnownMessage

STREAMS_LIMIT = 32
"""Answers that one connection may receive at once. At the limit, reading stops until one ends."""

_REQUEST: msgspec.json.Decoder[ChatSend | SessionRequest] = msgspec.json.Decoder(
    ChatSend | SessionRequest
)


class PlainConnection:
    """Reads a connection to its end; a task for each answer relays it meanwhile."""

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
        self._slots = asyncio.Semaphore(STREAMS_LIMIT)
        self._relays: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the client until its connection is closed and all it sent is processed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._cancel_relays_when_closed())
            with suppress(ConnectionClosed):
                async for frame in self._socket:
                    await self._process(frame, tasks)

    async def _process(self, frame: str | bytes, tasks: asyncio.TaskGroup) -> None:
        is_allowed = self._client.may_ask()
        match read_request(frame, _REQUEST):
            case Error() as error:
                await self._send(error)
            case request if not is_allowed:
                await self._send(rate_limited(request.id))
            case ChatSend() as send:
                await self._chat(send, tasks)
            case request:
                await self._send(await reply_to(request, self._client.principal, self._scheduler))

    async def _chat(self, send: ChatSend, tasks: asyncio.TaskGroup) -> None:
        await self._slots.acquire()
        match await self._admission.accept(send, self._client.principal):
            case PlainStream() as stream:
                relay = tasks.create_task(self._relay(stream.messages()))
                self._relays.add(relay)
                relay.add_done_callback(self._relay_ended)
            case Error() as error:
                self._slots.release()
                await self._send(error)

    async def _relay(self, messages: AsyncGenerator[KnownMessage]) -> None:
        with suppress(ConnectionClosed):
            async with aclosing(messages):
                async for message in messages:
                    await self._socket.send(encode(message))
                    self._client.touch()
                    await asyncio.sleep(0)  # send() yields only once the buffer is full

    def _relay_ended(self, relay: asyncio.Task[None]) -> None:
        self._relays.discard(relay)
        self._slots.release()

    async def _cancel_relays_when_closed(self) -> None:
        await self._socket.wait_closed()
        for relay in self._relays:
            relay.cancel()

    async def _send(self, message: KnownMessage) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(encode(message))
