"""One turn a session, however the steps of two connections fall together, and a failing disk."""

import asyncio
from collections.abc import Sequence

import pytest

from tek_gateway.activity import Activity
from tek_gateway.errors import StoreError
from tek_gateway.log import Draft, Entry, Message
from tek_gateway.models.echo import EchoModel
from tek_gateway.store import Session
from tek_gateway.testing import deadline
from tek_gateway.turn import Turn
from tek_gateway.turns import Turns
from tek_protocol.chat import ChatSend, Error, SessionInfo

SESSION = Session("s-1", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")
LOST = "the gateway could not store the message"


class Gate:
    """Lets nobody through while it is shut, and tells that somebody waits."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.reached = asyncio.Event()

    def shut(self) -> None:
        self.open.clear()
        self.reached.clear()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.open.wait()


class Gated:
    """A store that knows one session, with a gate before it finds and one before it keeps."""

    def __init__(self) -> None:
        self.finding = Gate()
        self.keeping = Gate()
        self.full = False

    async def create(self, session: Session, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        return await self.append(session.session_id, drafts)

    async def append(self, session_id: str, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        del session_id, drafts
        await self.keeping.pass_through()
        if self.full:
            reason = "disk full"
            raise StoreError(reason)
        return ()

    async def find(self, session_id: str) -> Session:
        del session_id
        await self.finding.pass_through()
        return SESSION

    async def context(self, session_id: str) -> tuple[Message, ...]:
        del session_id
        return ()

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        del limit
        return ()

    async def count(self) -> int:
        return 1

    async def close(self) -> None:
        """Nothing is held."""


def turns_in(store: Gated) -> Turns:
    return Turns(store, EchoModel(), Activity(None, lambda: None))


async def test_a_turn_that_ends_does_not_free_the_turn_after_it() -> None:
    store = Gated()
    turns = turns_in(store)
    async with deadline():
        assert isinstance(await turns.accept(ChatSend("m-1", "", "s-1")), Turn)
        store.keeping.shut()
        await store.keeping.reached.wait()  # the first turn is about to end
        store.finding.shut()
        second = asyncio.create_task(turns.accept(ChatSend("m-2", "/delay 10000 a b", "s-1")))
        await store.finding.reached.wait()

        store.keeping.open.set()  # the first turn ends and, in the same breath,
        store.finding.open.set()  # the second one finds the session free
        assert isinstance(await second, Turn)

        third = await turns.accept(ChatSend("m-3", "", "s-1"))
        assert isinstance(third, Error)
        assert third.code == "STREAM_IN_PROGRESS"
        await turns.stop()


@pytest.mark.parametrize("session_id", ["", "s-1"])
async def test_a_message_that_cannot_be_stored_is_refused(
    session_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Gated()
    turns = turns_in(store)
    store.full = True

    refused = await turns.accept(ChatSend("m-1", "x", session_id))
    assert refused == Error("STORE_FAILED", LOST, "m-1")
    assert "disk full" in caplog.text

    store.full = False
    assert isinstance(await turns.accept(ChatSend("m-2", "x", session_id)), Turn)
    await turns.stop()


async def test_an_answer_that_cannot_be_stored_is_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Gated()
    turns = turns_in(store)
    turn = await turns.accept(ChatSend("m-1", "x"))
    store.full = True

    assert isinstance(turn, Turn)
    async with deadline():
        messages = [message async for message in turn.messages()]

    assert messages[-1] == Error("STORE_FAILED", LOST, "m-1")
    assert "disk full" in caplog.text
    await turns.stop()
