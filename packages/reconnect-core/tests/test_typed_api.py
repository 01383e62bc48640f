"""The types of the public names, as a strict type checker sees them; running it proves little."""

from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never, assert_type

import pytest

import reconnect_core
from reconnect_core import (
    Accepted,
    Blocked,
    Closed,
    Connecting,
    Connection,
    Discarded,
    Event,
    Failed,
    Interrupted,
    NotSaved,
    Online,
    Phase,
    Provider,
    Queued,
    RealWorld,
    Received,
    Resuming,
    Sent,
    Session,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
    Unreadable,
    Waiting,
    World,
)
from reconnect_core.testing import FakeLink, FakeWorld, settle, until
from tek_protocol import Envelope


def _shown(event: Event) -> str:  # noqa: C901, PLR0911 - one for each kind
    """Match every event; a new one that is missing here fails the type check."""
    match event:
        case Connecting(connection) | Resuming(connection):
            return str(assert_type(connection, Connection).phase)
        case Online(connection) | Closed(connection):
            return str(assert_type(connection, Connection).phase)
        case Waiting(connection, delay) | Blocked(connection, delay):
            return f"{connection.phase} {assert_type(delay, float):g}"
        case SessionOpened(session_id) | SessionLost(session_id) | SessionReset(session_id):
            return assert_type(session_id, str)
        case NotSaved(reason):
            return assert_type(reason, str)
        case Queued(message_id, message):
            assert_type(message, Mapping[str, object])
            return message_id
        case Sent(message_id) | Accepted(message_id) | Interrupted(message_id):
            return assert_type(message_id, str)
        case Uncertain(message_id) | Discarded(message_id):
            return assert_type(message_id, str)
        case Failed(message_id, reason):
            return message_id + assert_type(reason, str)
        case Received(envelope, text):
            return assert_type(envelope, Envelope).type + assert_type(text, str)
        case Unreadable(size, reason):
            return f"{assert_type(size, int)} {reason}"
        case _:
            assert_never(event)


async def _use(session: Session, provider: Provider, world: World) -> None:
    """Use every member; never called."""
    assert_type(session.connection, Connection)
    assert_type(session.connection.phase, Phase)
    assert_type(session.connection.retry_at, float | None)
    assert_type(session.session_id, str)
    assert_type(await session.send({"type": "note"}), str)
    assert_type(await session.request({"type": "list"}, seconds=1), Received)
    assert_type((await session.request({})).json(), dict[str, object])
    assert_type(session.retry_now(), None)
    assert_type(await session.close(), None)
    assert_type(provider, Callable[[], Awaitable[str]])
    async with Session(provider, token=provider, world=world) as entered:
        assert_type(entered, Session)
        async for event in entered:
            assert_type(event, Event)


async def test_every_event_can_be_shown() -> None:
    link = FakeLink()
    async with Session("ws://localhost/", world=FakeWorld.of(link)) as session:
        await session.send({"type": "note"})
        await settle()
        link.deliver("?", '{"type":"done","requestId":"m1","sessionId":"s-1"}')
        await until(session, Unreadable)
        shown = [_shown(await until(session, kind)) for kind in (SessionOpened, Accepted)]
        await session.close()
        shown += [_shown(event) async for event in session]
    assert shown == [
        "s-1",
        "m1",
        'done{"type":"done","requestId":"m1","sessionId":"s-1"}',
        "closed",
    ]


def test_both_worlds_are_worlds() -> None:
    worlds: list[World] = [RealWorld(), FakeWorld()]
    assert len(worlds) == 2
    assert _use is not None


def test_a_snapshot_and_an_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Connection().phase = Phase.ONLINE  # pyright: ignore[reportAttributeAccessIssue] # the point
    with pytest.raises(AttributeError):
        Received(Envelope(), "{}").text = ""  # pyright: ignore[reportAttributeAccessIssue] # too


def test_every_exported_name_exists_and_is_sorted() -> None:
    names = reconnect_core.__all__
    assert names == sorted(set(names))
    assert all(hasattr(reconnect_core, name) for name in names)


def test_the_dice_of_a_world_repeat_with_their_seed_but_its_names_never_do() -> None:
    first, second = RealWorld(seed=1), RealWorld(seed=1)
    assert first.roll() == second.roll()
    names = {first.name(), first.name(), second.name(), second.name()}
    assert len(names) == 4
    assert {len(each) for each in names} == {32}
