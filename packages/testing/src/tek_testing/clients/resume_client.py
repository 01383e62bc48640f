"""A client of `tek.resume.v1` that applies the entries of a log and keeps the result.

It checks the gateway, so it knows nothing but what it received.
"""

from collections import Counter
from typing import Literal, TypeAlias

import msgspec

from tek_protocol import decode, encode, read_envelope
from tek_protocol.chat import (
    ChatMessage,
    ChatSend,
    ChatStop,
    Error,
    GatewayMessage,
    StreamDelta,
    StreamEnd,
    StreamReasoning,
    StreamStart,
    read_gateway_message,
)
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import Resume, Resumed
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

Verdict: TypeAlias = Literal["applied", "duplicate", "gap", "aside"]
"""What became of a frame; `aside` is one that is no entry of the log."""

_RESUMED: msgspec.json.Decoder[Resumed] = msgspec.json.Decoder(Resumed)


class AppliedLog:
    """What a client has of a session; it outlives the client's connections."""

    def __init__(self) -> None:
        self.session_id: str | None = None
        self.cursor = 0
        self.asked: dict[str, str] = {}
        """The content of each user message by id, in the order of the log."""
        self.texts: dict[str, str] = {}
        """The answer to each message so far, by the id of the message."""
        self.thoughts: dict[str, str] = {}
        """The reasoning about each message, by the id of the message."""
        self.offsets: dict[str, int] = {}
        """The offset at which the latest attempt at each answer started."""
        self.ends: dict[str, str] = {}
        """How each answer ended: a status, or the code of an error."""
        self.attempts: dict[str, int] = {}
        self.times_acknowledged: Counter[str] = Counter()
        self.times_ended: Counter[str] = Counter()

    def take(self, frame: str) -> tuple[Verdict, GatewayMessage]:
        """Apply `frame` if and only if `prev <= cursor < seq`."""
        message, place = read_gateway_message(frame), read_envelope(frame)
        if place.seq is None or place.prev is None:
            return "aside", message
        if place.seq <= self.cursor:
            return "duplicate", message
        if place.prev > self.cursor:
            return "gap", message
        self.cursor = place.seq
        self._apply(message)
        return "applied", message

    def reset(self) -> None:
        """Forget everything but the session."""
        fresh = AppliedLog()
        fresh.session_id = self.session_id
        vars(self).update(vars(fresh))

    def _apply(self, message: GatewayMessage) -> None:
        match message:
            case ChatMessage(id=name, role="user", content=content):
                self.asked[name] = content
                self.times_acknowledged[name] += 1
            case ChatMessage(content=content, request_id=str(name), status=status):
                self.texts[name] = content
                self.thoughts[name] = message.reasoning
                self._end(name, status or "")
            case StreamStart(request_id=name, attempt=attempt, offset=offset):
                self.texts[name] = self.texts.get(name, "")[:offset]
                self.attempts[name], self.offsets[name] = attempt, offset
                self.thoughts[name] = self.thoughts.get(name, "") if offset else ""
            case StreamDelta(request_id=name, delta=delta):
                self.texts[name] += delta
            case StreamReasoning(request_id=name, delta=delta):
                self.thoughts[name] += delta
            case StreamEnd(request_id=name, status=status):
                self._end(name, status)
            case Error(request_id=str(name), code=code):
                self._end(name, code)
            case _:
                """It says nothing of an answer."""

    def _end(self, name: str, how: str) -> None:
        self.ends[name] = how
        self.times_ended[name] += 1


class ResumeClient(WireClient):
    """One connection that continues `transcript`, a new one or that of an earlier connection.

    `frames` has every frame received. Raises `AssertionError` for a gap or a repetition in the
    log: within one connection a gateway sends neither.
    """

    def __init__(self, url: str, transcript: AppliedLog | None = None, *, token: str = "") -> None:
        super().__init__(url, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME, token=token)
        self.transcript = transcript or AppliedLog()
        self.frames: list[str] = []

    async def resume(self, request_id: str = "r") -> Resumed:
        """Attach to the transcript's session, or to a new one, and return the gateway's reply."""
        held = self.transcript
        await self.send(encode(Resume(request_id, held.session_id, held.cursor)))
        resumed = decode(await self._frame(), _RESUMED)
        if resumed.outcome != "resumed":
            held.reset()
        held.session_id = resumed.session_id
        return resumed

    async def take(self) -> tuple[Verdict, GatewayMessage]:
        """Receive one frame and apply it."""
        verdict, message = self.transcript.take(await self._frame())
        if verdict in ("gap", "duplicate"):
            reason = f"{verdict} at {self.transcript.cursor}: {self.frames[-1]}"
            raise AssertionError(reason)
        return verdict, message

    async def answered(self, *names: str) -> None:
        """Receive until every message in `names` has an answer that ended."""
        while not self.transcript.ends.keys() >= set(names):
            await self.take()

    async def acknowledged(self, *names: str) -> None:
        """Receive until every message in `names` is acknowledged."""
        while not self.transcript.asked.keys() >= set(names):
            await self.take()

    async def grown(self, name: str, least: int = 1) -> None:
        """Receive until the answer to `name` has `least` characters."""
        while len(self.transcript.texts.get(name, "")) < least:
            await self.take()

    async def aside(self) -> GatewayMessage:
        """Receive until a message is no entry of the log, and return it."""
        while True:
            verdict, message = await self.take()
            if verdict == "aside":
                return message

    async def say(self, name: str, content: str, model: str | None = None) -> None:
        """Send a message without waiting for a reply."""
        await self.send(ChatSend(name, content, model=model))

    async def stop(self, request_id: str, name: str = "stop") -> None:
        """Ask the gateway to stop a turn."""
        await self.send(encode(ChatStop(name, request_id)))

    async def _frame(self) -> str:
        async with deadline():
            frame = await self.socket.recv(decode=True)
        self.frames.append(frame)
        return frame
