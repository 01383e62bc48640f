"""An HTTP server that speaks streaming chat completions, as Ollama and OpenAI do, with faults.

It answers as the echo model does, so that a test can tell what is missing. Its replies are HTTP
and server-sent events byte by byte, as those of real servers are.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, Self, TypeAlias

import msgspec

from tek_gateway.errors import ModelError
from tek_gateway.models.echo import EchoModel
from tek_protocol import decode, read_object
from tek_testing.deadlines import deadline

_HEAD_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Refused:
    """A reply that is an HTTP error."""

    status: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Streamed:
    """A streamed answer: `parts`, else `text` word by word, else what the echo model answers.

    It starts after `first_after` seconds with `reasoning`, in the field `reasoning_field`. After
    `pieces` pieces (None: never) it fails as `then` says: `cut` resets the connection; `end`
    closes it properly but without the end of the answer; `silence` sends nothing but comments;
    `malformed` sends `chunk`; `error` sends an error; `headless`, with `pieces` 0, does not even
    send the HTTP header.
    """

    text: str | None = None
    parts: Sequence[str] = ()
    reasoning: Sequence[str] = ()
    reasoning_field: str = "reasoning_content"
    first_after: float = 0.0
    pieces: int | None = None
    then: Literal["cut", "end", "silence", "headless", "malformed", "error"] = "end"
    chunk: str = '{"choices": [{"delta": '
    tells_usage: bool = True


Reply: TypeAlias = Refused | Streamed


class Message(msgspec.Struct, frozen=True):
    """A message that the server was given."""

    role: str
    content: str


class Asked(msgspec.Struct, frozen=True):
    """A request for an answer: `body` is all of it, and `headers` have lower-case names."""

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    stream_options: dict[str, bool] = {}
    body: dict[str, object] = {}
    headers: dict[str, str] = {}


_ASKED: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Asked)


class ModelServer:
    """Serves at `base_url`; `async with` starts and stops it.

    `replies` are used first, in order; later requests get `Streamed()`. A request without the API
    key `key` gets a 401; "" admits everybody. If it `continues`, an answer goes on where the last
    message of the assistant ends, otherwise it starts over. `asked` has the requests, and
    `hung_up` counts the clients that disconnected before the end.
    """

    def __init__(
        self, *, models: Sequence[str] = ("small",), key: str = "", continues: bool = True
    ) -> None:
        self.models = list(models)
        self.key = key
        self.continues = continues
        self.replies: deque[Reply] = deque()
        self.asked: list[Asked] = []
        self.hung_up = 0
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        if self._server is None:
            reason = "the server was never started"
            raise RuntimeError(reason)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def base_url(self) -> str:
        """Return the base URL for an OpenAI client."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def asked_times(self, times: int) -> None:
        """Wait until it has received `times` requests for an answer."""
        await self._until(lambda: len(self.asked) >= times)

    async def left(self, times: int = 1) -> None:
        """Wait until `times` clients have disconnected in the middle of an answer."""
        await self._until(lambda: self.hung_up >= times)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        talks = dict(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        for writer in talks.values():  # a task that never started has closed nothing
            writer.transport.abort()
        await asyncio.sleep(0)  # closes the sockets

    # ---- HTTP ----------------------------------------------------------------------------------

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Register a connection at once, so that `__aexit__` closes it."""
        if self._server is None:
            writer.transport.abort()
            return
        talk = asyncio.ensure_future(self._talk_to_the_end(reader, writer))
        self._talks[talk] = writer
        talk.add_done_callback(self._talks.pop)

    async def _talk_to_the_end(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        fields = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if (method, path) == ("GET", "/v1/models"):
            listed = {"object": "list", "data": [{"id": name} for name in self.models]}
            await _respond(writer, 200, listed)
        elif (method, path) != ("POST", "/v1/chat/completions"):
            await _respond(writer, 404, _error("no such path"))
        else:
            await self._answer(_asked(body, headers), reader, writer)

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.asked.append(asked)
        self._tell()
        sent = asked.headers.get("authorization", "")
        if self.key and sent != f"Bearer {self.key}":
            message = f"Incorrect API key provided: {sent.removeprefix('Bearer ')}"
            await _respond(writer, 401, _error(message))
            return
        if asked.model not in self.models:
            await _respond(writer, 404, _error(f"model '{asked.model}' not found"))
            return
        reply = self.replies.popleft() if self.replies else Streamed()
        if isinstance(reply, Refused):
            await _respond(writer, reply.status, _error(reply.message), reply.headers)
            return
        streaming = asyncio.ensure_future(self._stream(asked, reply, writer))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((streaming, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not streaming.done() or isinstance(streaming.exception(), ConnectionError):
                self.hung_up += 1
                self._tell()
        finally:
            for task in (streaming, leaving):
                task.cancel()
            await asyncio.gather(streaming, leaving, return_exceptions=True)

    # ---- The stream ----------------------------------------------------------------------------

    async def _stream(self, asked: Asked, reply: Streamed, writer: asyncio.StreamWriter) -> None:
        if reply.then == "headless" and reply.pieces == 0:
            await asyncio.Event().wait()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        await _send(writer, _choice({"role": "assistant", "content": ""}))
        await asyncio.sleep(reply.first_after)
        said: list[str] = []
        async with aclosing(self._deltas(asked, reply)) as deltas:
            async for delta in deltas:
                if len(said) == reply.pieces:
                    break
                await _send(writer, _choice(delta))
                said += delta.values()
        if reply.pieces is not None and await _fault(reply, writer):
            return
        await _send(writer, _choice({}, "stop"))
        if reply.tells_usage and asked.stream_options.get("include_usage"):
            read = sum(len(each.content.split()) for each in asked.messages)
            written = len("".join(said).split())
            usage = {"prompt_tokens": read, "completion_tokens": written}
            usage["total_tokens"] = read + written
            await _send(writer, {"object": "chat.completion.chunk", "choices": [], "usage": usage})
        await _event(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _deltas(self, asked: Asked, reply: Streamed) -> AsyncGenerator[dict[str, str]]:
        for thought in reply.reasoning:
            yield {reply.reasoning_field: thought}
        for part in reply.parts:
            yield {"content": part}
        if reply.parts:
            return
        *_, last = asked.messages
        done = last.content if last.role == "assistant" and self.continues else ""
        prompts = [each.content for each in asked.messages if each.role == "user"]
        prompt = prompts[-1] if reply.text is None else reply.text
        with suppress(ModelError):
            async with aclosing(EchoModel().continue_answer(prompt, (), done)) as pieces:
                async for piece in pieces:
                    yield {"content": piece}

    # ---- Waiting -------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with deadline():
            while not is_so():
                await self._changed.wait()


async def _fault(reply: Streamed, writer: asyncio.StreamWriter) -> bool:
    """Fail as `reply` says; return whether to drop the connection."""
    match reply.then:
        case "cut":
            writer.transport.abort()
        case "end":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        case "silence" | "headless":
            while True:
                await _event(writer, b": still here\n\n")
                await asyncio.sleep(0.01)
        case "malformed":
            await _event(writer, f"data: {reply.chunk}\n\n".encode())
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        case "error":
            await _send(writer, _error("out of memory"))
    return True


def _asked(body: bytes, headers: dict[str, str]) -> Asked:
    asked = decode(body, _ASKED)
    return msgspec.structs.replace(asked, body=read_object(body), headers=headers)


def _choice(delta: Mapping[str, str], finish: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def _error(message: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "error", "code": None}}


async def _send(writer: asyncio.StreamWriter, chunk: Mapping[str, object]) -> None:
    await _event(writer, b"data: " + json.dumps(chunk).encode() + b"\n\n")


async def _event(writer: asyncio.StreamWriter, event: bytes) -> None:
    writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
    await writer.drain()


async def _respond(
    writer: asyncio.StreamWriter,
    status: int,
    body: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> None:
    text = json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(text)}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode() + text)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
