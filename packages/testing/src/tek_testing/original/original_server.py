"""The gateway that people run today, as far as its wire goes: a program that speaks `tek.v1` alone.

`python -m tek_testing.original.original_server --port N --home DIR` prints one JSON line once it
listens. It answers as an echo does, asks for a preflight approval from 30 characters on, names no
request in `INVALID_MESSAGE`, selects the first subprotocol that is offered, closes without a code
on SIGTERM, and forgets its sessions whenever it ends. `original_turn` says what a message can make
it do beside that.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tek_testing.original.original_turn import OriginalTurn, Rules

FRAME_LIMIT = 1_048_576
"""Bytes; a larger frame closes the connection with 1009."""

JsonObject: TypeAlias = Mapping[str, object]

REQUIRED: Mapping[str, Mapping[str, type]] = {
    "chat.send": {"content": str},
    "chat.model.switch": {"sessionId": str, "newModel": str, "keepContext": bool},
    "context.inspect": {"sessionId": str},
    "gateway.status": {},
    "preflight.approval": {"requestId": str, "approved": bool},
    "provider.models.list": {"provider": str},
    "session.list": {},
    "soul.evolution.response": {"requestId": str, "approved": bool},
    "tool.approval.response": {"toolCallId": str, "approved": bool},
    "usage.query": {},
    "vault.keys.list": {},
    "workflow.approval": {"executionId": str, "stepId": str, "approved": bool},
}
"""What each request must have beside `type` and `id`; whatever lacks it is `INVALID_MESSAGE`."""

OPTIONAL: Mapping[str, type] = {"sessionId": str, "model": str, "agentId": str}
"""What a request may have: null is refused."""


def read_request(frame: str | bytes) -> JsonObject | None:
    """Return a request that the schema accepts, else None."""
    try:
        request = json.loads(frame)
    except ValueError:
        return None
    if not isinstance(request, dict) or (required := REQUIRED.get(request.get("type", ""))) is None:
        return None
    fields = {"id": str, **required}
    if not all(isinstance(request.get(name), kind) for name, kind in fields.items()):
        return None
    optional = {name: kind for name, kind in OPTIONAL.items() if name in request}
    return request if all(isinstance(request[n], kind) for n, kind in optional.items()) else None


@dataclass(slots=True)
class OriginalSession:
    """A session in memory."""

    session_id: str
    session_key: str
    model: str
    created_at: str
    message_count: int = 0
    turn: OriginalTurn | None = None


@dataclass(slots=True)
class OriginalServer:
    """Everything that the connections share."""

    rules: Rules
    port: int = 0
    started: float = field(default_factory=monotonic)
    sessions: dict[str, OriginalSession] = field(default_factory=dict[str, OriginalSession])
    connections: set[ServerConnection] = field(default_factory=set[ServerConnection])
    received: Counter[str] = field(default_factory=Counter[str])

    async def serve_client(self, socket: ServerConnection) -> None:
        """Take one client's requests, one after the other."""
        self.connections.add(socket)
        turns: dict[str, OriginalTurn] = {}
        try:
            async with asyncio.TaskGroup() as tasks:
                async for frame in socket:
                    await self._answer(socket, frame, turns, tasks)
                for turn in turns.values():  # a request that is pending dies with its connection
                    turn.abandon()
        except* ConnectionClosed:
            pass
        finally:
            self.connections.discard(socket)

    async def _answer(
        self,
        socket: ServerConnection,
        frame: str | bytes,
        turns: dict[str, OriginalTurn],
        tasks: asyncio.TaskGroup,
    ) -> None:
        request = read_request(frame)
        if request is None:
            await send(socket, {"type": "error", "code": "INVALID_MESSAGE", "message": "Invalid"})
            return
        self.received[str(request["type"])] += 1
        match request:
            case {"type": "chat.send"}:
                await self._chat(socket, request, turns, tasks)
            case {"type": "preflight.approval", "requestId": str(name)}:
                if (turn := turns.get(name)) is None or not turn.preflight.answer(request):
                    await send(socket, refusal(name, "NO_PENDING_PREFLIGHT"))
            case {"type": "tool.approval.response", "toolCallId": str(name)}:
                for turn in turns.values():
                    turn.approve_tool(name, request)
            case {"type": "workflow.approval" | "soul.evolution.response"}:
                for turn in turns.values():
                    turn.decision.answer(request)
            case _:
                await send(socket, self._report(request))

    async def _chat(
        self,
        socket: ServerConnection,
        request: JsonObject,
        turns: dict[str, OriginalTurn],
        tasks: asyncio.TaskGroup,
    ) -> None:
        name, session_id = str(request["id"]), str(request.get("sessionId", ""))
        session = self.sessions.get(session_id)
        if session_id and session is None:
            await send(socket, refusal(name, "SESSION_NOT_FOUND"))
            return
        if session is not None and session.turn is not None:
            await send(socket, refusal(name, "STREAM_IN_PROGRESS"))
            return
        if session is None:
            session = self._new_session(str(request.get("agentId", "")))
            created = {"sessionId": session.session_id, "sessionKey": session.session_key}
            await send(socket, {"type": "session.created", **created})
        session.message_count += 1
        model = str(request.get("model") or session.model)
        turn = OriginalTurn(name, session.session_id, model, str(request["content"]), self.rules)
        session.turn = turns[name] = turn
        tasks.create_task(self._run(socket, session, turn, turns))

    async def _run(
        self,
        socket: ServerConnection,
        session: OriginalSession,
        turn: OriginalTurn,
        turns: dict[str, OriginalTurn],
    ) -> None:
        with suppress(ConnectionClosed):
            async for message in turn.messages():
                if message["type"] in {"chat.stream.end", "error"}:
                    session.turn = None
                await send(socket, message)
        session.turn = None
        session.message_count += 1
        turns.pop(turn.request_id, None)

    def _new_session(self, agent: str) -> OriginalSession:
        session_id = secrets.token_hex(16)
        key = f"agent:{agent or 'global'}:{session_id[:8]}"
        now = datetime.now(UTC).isoformat()
        session = OriginalSession(session_id, key, self.rules.models[0], now)
        self.sessions[session_id] = session
        return session

    def _report(self, request: JsonObject) -> JsonObject:
        name = request["id"]
        match request["type"]:
            case "session.list":
                newest_first = reversed(self.sessions.values())
                rows = [
                    {
                        "sessionId": each.session_id,
                        "sessionKey": each.session_key,
                        "model": each.model,
                        "createdAt": each.created_at,
                        "messageCount": each.message_count,
                    }
                    for each in newest_first
                ]
                return {"type": "session.list", "requestId": name, "sessions": rows}
            case "chat.model.switch":
                return self._switched(request)
            case "provider.models.list":
                models = [{"modelId": each, "name": each.title()} for each in self.rules.models]
                is_known = request["provider"] == "echo"
                return {
                    "type": "provider.models.list.result",
                    "id": name,
                    "provider": request["provider"],
                    "models": models if is_known else [],
                }
            case "vault.keys.list":
                keys = {"echo": True, "elsewhere": False}
                rows = [{"provider": key, "configured": is_set} for key, is_set in keys.items()]
                return {"type": "vault.keys.list.result", "id": name, "providers": rows}
            case "usage.query":
                used = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
                total = {"totalCost": 0.25, "totalTokens": 7, "requestCount": 1}
                per_model = {"echo": {**used, "totalCost": 0.25, "requestCount": 1}}
                answer = {"perModel": per_model, "grandTotal": total}
                return {"type": "usage.report", "requestId": name, **answer}
            case "context.inspect":
                size = {"byteCount": 12, "tokenEstimate": 3, "costEstimate": 0.0}
                sections = [{"name": "system prompt", "content": "You are kind", **size}]
                answer = {"sections": sections, "totals": size}
                return {"type": "context.inspection", "requestId": name, **answer}
            case _:
                return {
                    "type": "gateway.status.result",
                    "id": name,
                    "uptime": monotonic() - self.started,
                    "port": self.port,
                    "pid": os.getpid(),
                    "connections": len(self.connections),
                    "sessions": len(self.sessions),
                    "providers": ["echo"],
                    "version": "original",
                }

    def _switched(self, request: JsonObject) -> JsonObject:
        session = self.sessions.get(str(request["sessionId"]))
        if session is None:
            return refusal(str(request["id"]), "SESSION_NOT_FOUND")
        session.model = str(request["newModel"])
        return {
            "type": "chat.model.switched",
            "id": request["id"],
            "sessionId": session.session_id,
            "newModel": session.model,
            "preserved": request["keepContext"],
        }


def refusal(request_id: str, code: str) -> JsonObject:
    """Return an `error` that names its request."""
    return {"type": "error", "requestId": request_id, "code": code, "message": f"refused: {code}"}


async def send(socket: ServerConnection, message: JsonObject) -> None:
    """Write one message."""
    await socket.send(json.dumps(message))


def answer_http(socket: ServerConnection, request: Request) -> Response | None:
    """Answer `/health` without an `instance`, and every other path but the gateway's with 404."""
    match request.path.partition("?")[0]:
        case "/gateway":
            return None
        case "/health":
            return socket.respond(HTTPStatus.OK, '{"status":"ok"}\n')
        case _:
            return socket.respond(HTTPStatus.NOT_FOUND, "Not found\n")


def select_first(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Echo the first subprotocol that is offered, without understanding it."""
    return offered[0] if offered else None


async def close_without_code(socket: ServerConnection) -> None:
    """Send a close frame that has no code, which a client reads as 1005."""
    with suppress(ConnectionClosed):
        async with socket.send_context():
            socket.protocol.send_close()
        await asyncio.wait_for(socket.wait_closed(), 0.3)


async def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--runtime-file", type=Path, required=True)
    parser.add_argument("--approval-seconds", type=float, default=60.0)
    parser.add_argument("--tools", type=int, default=20)
    parser.add_argument("--model", action="append", default=[])
    options = parser.parse_args()
    rules = Rules(
        models=tuple(options.model) or ("echo-1", "echo-2"),
        approval_seconds=options.approval_seconds,
        tools=options.tools,
    )
    server = OriginalServer(rules)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with serve(
        server.serve_client,
        "127.0.0.1",
        options.port,
        process_request=answer_http,
        select_subprotocol=select_first,
        compression=None,
        max_size=FRAME_LIMIT,
        server_header=None,
        close_timeout=0.5,
    ) as listener:
        server.port = int(next(iter(listener.sockets)).getsockname()[1])
        started_at = datetime.now(UTC).isoformat()
        runtime = {"pid": os.getpid(), "port": server.port, "startedAt": started_at}
        options.runtime_file.parent.mkdir(parents=True, exist_ok=True)
        options.runtime_file.write_text(json.dumps(runtime), encoding="utf-8")
        ready = {
            "event": "ready",
            "url": f"ws://127.0.0.1:{server.port}/gateway",
            "pid": os.getpid(),
            "port": server.port,
            "instance": "",
            "version": "original",
        }
        print(json.dumps(ready), flush=True)  # noqa: T201 - whoever started it waits for this line
        await stopped.wait()
        options.runtime_file.unlink(missing_ok=True)
        await asyncio.gather(*map(close_without_code, server.connections))


if __name__ == "__main__":
    asyncio.run(main())
