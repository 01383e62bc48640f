"""One request of the original gateway, from `chat.send` to its end.

A message is answered as an echo answers it (`/delay MS` and `/count N` as there). Lines that begin
with `!` make it do something first, in their order:

| line | the gateway |
|---|---|
| `!send JSON` | sends this message; `requestId` is added where it is missing |
| `!tool NAME JSON` | runs a tool with these arguments: told of as a tool and as a subprocess |
| `!ask NAME JSON` | asks whether a tool may run, then runs it, or reports that it was denied |
| `!decide JSON` | sends this message and waits for a workflow or soul decision |
| `!say TEXT` | streams this text as one delta |
| `!twice` | says `chat.stream.start` again |
| `!fail CODE` | ends with this error, and one late delta |
| `!late TEXT` | streams this text after the end |
"""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

JsonObject: TypeAlias = Mapping[str, object]

PREFLIGHT_LENGTH = 30
"""Characters from which a message needs a preflight approval."""

FEW_TOOLS = 5
"""A gateway with no more tools than these asks for no preflight."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How this gateway is set up."""

    models: tuple[str, ...] = ("echo-1",)
    approval_seconds: float = 60.0
    tools: int = 20


@dataclass(slots=True)
class PendingAnswer:
    """A question that waits for the user; `answer` gives it one, once."""

    future: asyncio.Future[JsonObject] | None = None

    def answer(self, response: JsonObject) -> bool:
        """Return whether the question was pending."""
        if self.future is None or self.future.done():
            return False
        self.future.set_result(response)
        return True

    async def wait(self, seconds: float | None = None) -> JsonObject:
        """Return the answer; raises `TimeoutError`."""
        self.future = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(self.future, seconds)
        finally:
            self.future = None


@dataclass(slots=True)
class OriginalTurn:
    """One request; `messages` yields what the gateway says about it."""

    request_id: str
    session_id: str
    model: str
    content: str
    rules: Rules
    preflight: PendingAnswer = field(default_factory=PendingAnswer)
    decision: PendingAnswer = field(default_factory=PendingAnswer)
    tools: dict[str, PendingAnswer] = field(default_factory=dict[str, PendingAnswer])

    def approve_tool(self, call: str, response: JsonObject) -> None:
        """Take the user's answer about one tool call, if it is waited for."""
        if call in self.tools:
            self.tools[call].answer(response)

    def abandon(self) -> None:
        """End whatever waits for the user: the connection is gone, and the request with it."""
        for pending in (self.preflight, self.decision, *self.tools.values()):
            pending.answer({"approved": False})

    async def messages(self) -> AsyncGenerator[JsonObject]:
        """Yield every message of this request, up to its end and beyond."""
        if len(self.content) >= PREFLIGHT_LENGTH and self.rules.tools > FEW_TOOLS:
            yield self._checklist()
            if (await self.preflight.wait()).get("approved") is not True:
                yield self._message("error", code="PREFLIGHT_REJECTED", message="rejected")
                return
        yield self._start()
        lines = self.content.split("\n")
        text = "\n".join(line for line in lines if not line.startswith("!"))
        late = ""
        for line in (line for line in lines if line.startswith("!")):
            command, _, rest = line[1:].partition(" ")
            if command == "late":
                late = rest
            elif command == "fail":
                yield self._message("error", code=rest, message=f"the model failed: {rest}")
                yield self._delta(" late")
                return
            else:
                async for message in self._obey(command, rest):
                    yield message
        async for piece in echo(text):
            yield self._delta(piece)
        yield self._message(
            "chat.stream.end",
            usage={"inputTokens": 3, "outputTokens": 4, "totalTokens": 7},
            cost={"inputCost": 0.1, "outputCost": 0.15, "totalCost": 0.25},
        )
        if late:
            yield self._delta(late)

    async def _obey(self, command: str, rest: str) -> AsyncGenerator[JsonObject]:
        match command:
            case "send":
                yield {"requestId": self.request_id, **json.loads(rest)}
            case "decide":
                yield {"requestId": self.request_id, **json.loads(rest)}
                await self.decision.wait()
            case "say":
                yield self._delta(rest)
            case "twice":
                yield self._start()
            case "tool" | "ask":
                name, _, args = rest.partition(" ")
                asks = command == "ask"
                async for message in self._tool(name, json.loads(args or "{}"), asks=asks):
                    yield message
            case _:
                yield self._delta(f"no such directive: {command}")

    async def _tool(
        self, name: str, args: object, *, asks: bool
    ) -> AsyncGenerator[JsonObject]:
        call, process = f"call-{secrets.token_hex(4)}", f"process-{secrets.token_hex(4)}"
        named = {"toolCallId": call, "toolName": name}
        if asks:
            yield self._message("tool.approval.request", **named, args=args, risk="high")
            self.tools[call] = PendingAnswer()
            try:
                answer = await self.tools[call].wait(self.rules.approval_seconds)
            except TimeoutError:
                answer = {"approved": False}
            if answer.get("approved") is not True:
                yield self._message("tool.error", **named, error="denied by the user")
                return
        of_process = {"processId": process}
        yield self._message("subprocess.start", **of_process, name=name, processType="tool")
        yield self._message("tool.call", **named, args=args)
        line = {"level": "info", "message": f"{name} works", "timestamp": 1}
        yield self._message("subprocess.log", **of_process, **line)
        ended = {"status": "completed", "durationMs": 12, "result": "ok"}
        yield self._message("subprocess.end", **of_process, **ended)
        yield self._message("tool.result", **named, result={"ok": True})

    def _checklist(self) -> JsonObject:
        steps = [
            {"description": "Read the message", "risk": "low", "needsApproval": False},
            {
                "description": "Run a command",
                "toolName": "shell",
                "risk": "high",
                "needsApproval": True,
            },
        ]
        cost = {"inputTokens": 120, "outputTokens": 80, "estimatedUSD": 0.0021}
        return self._message(
            "preflight.checklist",
            steps=steps,
            estimatedCost=cost,
            requiredPermissions=["shell"],
            warnings=["The command can change files."],
        )

    def _start(self) -> JsonObject:
        routing = {"tier": "standard", "reason": "a short question"}
        known = {"sessionId": self.session_id, "model": self.model, "routing": routing}
        return self._message("chat.stream.start", **known)

    def _delta(self, text: str) -> JsonObject:
        return self._message("chat.stream.delta", delta=text)

    def _message(self, kind: str, **fields: object) -> JsonObject:
        return {"type": kind, "requestId": self.request_id, **fields}


async def echo(text: str) -> AsyncGenerator[str]:
    """Yield `text` word by word, or count; `/delay MS` in front waits between the pieces."""
    seconds = 0.0
    if text.startswith("/delay "):
        _, milliseconds, text = [*text.split(" ", 2), ""][:3]
        seconds = int(milliseconds) / 1_000
    for piece in _pieces(text):
        yield piece
        await asyncio.sleep(seconds)


def _pieces(text: str) -> Iterator[str]:
    if text.startswith("/count "):
        numbers = range(1, int(text.split()[1]) + 1)
        return (str(number) if number == 1 else f" {number}" for number in numbers)
    words = text.split(" ")
    return (word if number == 0 else f" {word}" for number, word in zip(count(), words, strict=False))
