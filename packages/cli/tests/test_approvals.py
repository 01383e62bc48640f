"""Tools that ask for approval: answered by command in a chat, and by `--approve` in `ask`."""

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import ServerConnection, serve

if TYPE_CHECKING:
    from conftest import Inside


async def meet(link: ServerConnection) -> None:
    """Request an approval, then a checklist, and answer with the replies."""
    turn, said = "", ""
    async for frame in link:
        message = json.loads(frame)
        match message["type"]:
            case "chat.send":
                turn = message["id"]
                await say(link, "chat.stream.start", turn, sessionId="s", model="m")
                await say(link, "tool.approval.request", turn, approvalId="a", toolName="shell")
            case "tool.approval.response":
                said = message["decision"]
                await say(link, "preflight.checklist", turn, checklistId="c", items=["disk"])
            case "preflight.response":
                word = f"{said}, {'yes' if message['accepted'] else 'no'}"
                await say(link, "chat.stream.delta", turn, delta=word)
                await say(link, "chat.stream.end", turn)
            case _:
                pass


async def say(link: ServerConnection, kind: str, turn: str, **fields: object) -> None:
    await link.send(json.dumps({"type": kind, "requestId": turn, **fields}))


@pytest.fixture
async def asking() -> AsyncGenerator[str]:
    async with serve(meet, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/gateway"


@pytest.mark.parametrize(
    ("options", "answer"),
    [((), "deny, no\n"), (("--approve", "once"), "once, yes\n")],
)
async def test_ask_replies_with_the_decision_of_its_option(
    inside: "Inside", asking: str, options: tuple[str, ...], answer: str
) -> None:
    ran = await inside.run("ask", "hi", "--url", asking, *options)
    assert (ran.code, ran.out) == (0, answer)


async def test_a_chat_asks_and_is_answered_by_command(inside: "Inside", asking: str) -> None:
    async with inside.chatting(asking) as chat:
        await chat.type("hi\n")
        await chat.err.until("? shell: Allow it to run? · /approve once, /approve session")
        await chat.type("/approve\n")
        await chat.err.until("· /approve once, /approve session or /approve deny\n")
        await chat.type("/approve session\n")
        await chat.err.until("✓ shell: allowed in this session")
        await chat.err.until("✕ disk: not met")
        await chat.type("/approve deny\n")
        await chat.close_input()
        ran = await chat.ended()
    assert ran.out == "session, no\n"
