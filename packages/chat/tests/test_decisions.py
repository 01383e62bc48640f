"""Decisions of the user over real sockets, to a gateway that asks."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from reconnect_core import Backoff, NotOnline, Phase, SessionClosed
from reconnect_core.testing import FakeLink, FakeWorld
from tek_chat import Approval, Client, Consent, Ending, Kind, Notice, View
from tek_protocol import encode
from tek_protocol.envelope import SUBPROTOCOL_RESUME
from tek_testing.deadlines import deadline

Until: TypeAlias = Callable[[Client, Callable[[View], object]], Awaitable[View]]

ASKED = Approval("a", "rm", call="t")


class Asking:
    """A plain gateway that asks for approval, then for a checklist, and then answers.

    `heard` is every frame that is no `chat.send`, in order.
    """

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []
        self.frames: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.links: list[ServerConnection] = []

    async def meet(self, link: ServerConnection) -> None:
        self.links.append(link)
        async for frame in link:
            message: dict[str, object] = json.loads(frame)
            if message["type"] != "chat.send":
                self.heard.append(message)
            await self.answer(link, message)

    async def answer(self, link: ServerConnection, message: dict[str, object]) -> None:
        match message["type"]:
            case "chat.send":
                named = {"requestId": message["id"]}
                await self.say(link, "chat.stream.start", sessionId="s", model="x", **named)
                await self.say(link, "tool.call", toolCallId="t", name="rm", **named)
                await self.say(link, "tool.approval.request", approvalId="a", callId="t")
            case "tool.approval.response":
                await self.say(link, "tool.result", toolCallId="t", result="gone")
                await self.say(link, "preflight.checklist", checklistId="c", items=["sure?"])
            case _:
                await self.say(link, "todo.update", todos=[{"text": "rest", "done": True}])

    async def say(self, link: ServerConnection, kind: str, **fields: object) -> None:
        await link.send(json.dumps({"type": kind, **fields}))


@asynccontextmanager
async def listening(gateway: Asking) -> AsyncGenerator[tuple[Server, str]]:
    async with serve(gateway.meet, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield server, f"ws://127.0.0.1:{port}/gateway"


async def test_decisions_reach_the_gateway_once_and_the_answer_goes_on(until: Until) -> None:
    gateway = Asking()
    async with deadline(), listening(gateway) as (_, url), Client(url) as client:
        await client.submit("clean up")
        await until(client, lambda view: view.pending)
        client.decide("a", "session")
        client.decide("a", "deny")
        assert client.view.pending == ()
        await until(client, lambda view: view.pending)
        client.confirm("c", accepted=True)
        await until(client, lambda view: view.growing and view.growing.todos)
        assert [{**each, "id": ""} for each in gateway.heard] == [
            {"type": "tool.approval.response", "id": "", "approvalId": "a", "decision": "session"},
            {"type": "preflight.response", "id": "", "checklistId": "c", "accepted": True},
        ]
        assert client.connection.queued == client.connection.uncertain == 0
        assert len(client.view.exchanges) == 1


async def test_an_approval_lapses_with_the_connection_of_a_plain_gateway(
    until: Until, swift: Backoff
) -> None:
    gateway = Asking()
    async with deadline(), listening(gateway) as (_, url), Client(url, backoff=swift) as client:
        message_id = await client.submit("clean up")
        await until(client, lambda view: view.pending)
        gateway.links[0].transport.abort()
        view = await until(client, lambda view: view.exchanges[0].answer)
        answer = view.exchanges[0].answer
        assert view.exchanges[0].id == message_id
        assert answer is not None
        assert answer.ending is Ending.INTERRUPTED
        assert view.pending == ()
        assert answer.steps[1] == Approval("a", state=Consent.LAPSED, call="t")
        await until(client, lambda view: view.connection.phase is Phase.ONLINE)
        client.decide("a", "once")
        await client.submit("again")
        await until(client, lambda view: view.pending)
        assert gateway.heard == []


# ---- In resume mode, where the turn outlives the connection ----------------------------------


def entry(seq: int, kind: str, **fields: object) -> str:
    return encode({"type": kind, "seq": seq, "prev": seq - 1, **fields})


def resumed(link: FakeLink, outcome: str, head: int) -> None:
    ask = json.loads(link.sent[0])
    frame = {"type": "session.resumed", "requestId": ask["id"], "sessionId": "s"}
    limits = {"frameBytes": 100_000, "outboxMessages": 10}
    link.deliver(encode({**frame, "outcome": outcome, "head": head, "limits": limits}))


@asynccontextmanager
async def asked(*links: FakeLink) -> AsyncGenerator[tuple[Client, FakeWorld]]:
    """Give a client whose session's log ends with a question, over the first of `links`."""
    world = FakeWorld.of(*links)
    async with deadline(), Client("ws://host/gateway", world=world) as client:
        await world.advance()
        resumed(links[0], "new", 0)
        await world.advance()
        name = await client.submit("clean up")
        await world.advance()
        question = {"requestId": name, "approvalId": "a", "toolCallId": "t", "tool": "rm"}
        links[0].deliver(
            entry(1, "chat.message", id=name, role="user", content="clean up"),
            entry(2, "tool.approval.request", **question),
        )
        await world.advance()
        assert client.view.pending == (ASKED,)
        yield client, world


def resuming() -> FakeLink:
    return FakeLink(subprotocol=SUBPROTOCOL_RESUME)


def decisions(link: FakeLink) -> list[str]:
    sent = [json.loads(each) for each in link.sent]
    return [each["decision"] for each in sent if each["type"] == "tool.approval.response"]


async def test_without_a_connection_the_approval_stays_pending_and_the_view_says_why() -> None:
    first, second = resuming(), resuming()
    async with asked(first, second) as (client, world):
        first.lose()
        await world.advance()
        with pytest.raises(NotOnline):
            client.decide("a", "once")
        assert client.view.pending == (ASKED,)
        assert client.view.items[-1] == Notice(Kind.ERROR, str(NotOnline()))
        await world.advance(2)
        resumed(second, "resumed", 2)
        await world.advance()
        client.decide("a", "once")
        await world.advance()
        assert (decisions(first), decisions(second)) == ([], ["once"])


async def test_a_decision_that_got_lost_with_its_connection_is_asked_again() -> None:
    first, second = resuming(), resuming()
    async with asked(first, second) as (client, world):
        client.decide("a", "session")
        await world.advance()
        assert decisions(first) == ["session"]
        first.lose()
        await world.advance(2)
        assert client.view.pending == ()
        resumed(second, "resumed", 2)
        await world.advance()
        assert client.view.pending == (ASKED,)
        assert decisions(second) == []


async def test_a_decision_that_the_log_shows_the_effect_of_is_not_asked_again() -> None:
    first, second = resuming(), resuming()
    async with asked(first, second) as (client, world):
        client.decide("a", "once")
        first.lose()
        await world.advance(2)
        resumed(second, "resumed", 3)
        name = client.view.exchanges[0].id
        second.deliver(entry(3, "tool.result", requestId=name, toolCallId="t", result="gone"))
        await world.advance()
        assert client.view.connection.phase is Phase.ONLINE
        assert client.view.pending == ()


async def test_a_closed_client_takes_no_decision() -> None:
    link = resuming()
    async with asked(link) as (client, _):
        await client.close()
        with pytest.raises(SessionClosed):
            client.decide("a", "once")
        assert decisions(link) == []
