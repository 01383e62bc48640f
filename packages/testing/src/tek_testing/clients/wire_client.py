"""A bare WebSocket client: it sends what it is given and waits for each reply.

It never reconnects or retries; the clients under test do.
"""

from ssl import SSLContext
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tek_protocol import encode
from tek_protocol.chat import (
    ChatSend,
    Error,
    GatewayMessage,
    StreamDelta,
    StreamEnd,
    read_gateway_message,
)
from tek_testing.deadlines import deadline


class WireClient:
    """One WebSocket connection to a gateway; `async with` dials and closes it.

    Every method raises `TimeoutError` if the gateway does not reply in time, and
    `websockets.ConnectionClosed` once the connection is closed.
    """

    socket: ClientConnection

    def __init__(
        self,
        url: str,
        *subprotocols: str,
        origin: str | None = None,
        token: str = "",
        tls: SSLContext | None = None,
    ) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else None
        self._tls = tls
        self._origin = None if origin is None else Origin(origin)
        self._subprotocols = [Subprotocol(name) for name in subprotocols]

    async def send(self, message: ChatSend | str | bytes) -> None:
        """Send a message, or a raw text or binary frame."""
        frame = encode(message) if isinstance(message, ChatSend) else message
        async with deadline():
            await self.socket.send(frame)

    async def ask(self, frame: dict[str, object]) -> GatewayMessage:
        """Send a JSON object and return the next message."""
        await self.send(encode(frame))
        return await self.receive()

    async def receive(self) -> GatewayMessage:
        """Return the next message."""
        async with deadline():
            frame = await self.socket.recv(decode=True)
        return read_gateway_message(frame)

    async def answer(self, request_id: str) -> tuple[list[GatewayMessage], str]:
        """Return all messages up to the end of a turn, and the joined text of its deltas."""
        messages: list[GatewayMessage] = []
        text: list[str] = []
        while True:
            message = await self.receive()
            messages.append(message)
            match message:
                case StreamDelta(request_id=owner, delta=delta) if owner == request_id:
                    text.append(delta)
                case StreamEnd(request_id=owner) | Error(request_id=owner) if owner == request_id:
                    return messages, "".join(text)
                case _:
                    """It belongs to another turn, or is no part of the text."""

    async def chat(self, send: ChatSend) -> tuple[list[GatewayMessage], str]:
        """Send a message and return what `answer` does."""
        await self.send(send)
        return await self.answer(send.id)

    async def closed(self) -> int:
        """Return the close code once the gateway has closed; drops the frames before."""
        async with deadline():
            await self.socket.wait_closed()
        return self.socket.close_code or 1006

    async def __aenter__(self) -> Self:
        async with deadline():
            self.socket = await connect(
                self._url,
                origin=self._origin,
                additional_headers=self._headers,
                ssl=self._tls,
                subprotocols=self._subprotocols or None,
                compression=None,
                proxy=None,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.socket.transport.abort()
        await self.socket.wait_closed()
