"""Resume mode across kills and restarts: nothing lost, nothing twice, and answers that go on."""

import pytest

from tek_protocol.chat import SessionInfo, SessionList
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.clients.wire_client import WireClient
from tek_testing.faults.gate import Gate
from tek_testing.gateway.gateway_process import GatewayProcess

pytestmark = pytest.mark.resume


async def sessions_at(gateway: GatewayProcess) -> tuple[SessionInfo, ...]:
    """Return what the gateway itself holds, asked by a client that knows no better."""
    async with WireClient(gateway.url) as witness:
        reply = await witness.ask({"type": "session.list", "id": "witness"})
    assert isinstance(reply, SessionList)
    return reply.sessions


def count_to(number: int) -> str:
    return " ".join(str(each) for each in range(1, number + 1))


async def test_an_answer_cut_by_a_kill_goes_on_to_its_end_without_a_gap(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    client.enter("/delay 5 /count 300")
    asked = (await client.next("queued")).id
    for _ in range(3):
        for _ in range(10):
            await client.heard("chat.stream.delta", asked)
        await gateway.kill()
        await client.next("waiting")
        await gateway.start()
        await client.next("online")
    await client.ended(asked)
    assert client.answer_to(asked) == count_to(300)
    (only,) = await sessions_at(gateway)
    assert only.message_count == 2


async def test_a_message_that_nobody_acknowledged_is_sent_again_and_runs_once(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    gateway.pause()
    client.enter("/count 20")
    asked = (await client.next("queued")).id
    await client.next("sent", id=asked)
    await gateway.restart()
    await client.ended(asked)
    assert client.answer_to(asked) == count_to(20)
    (only,) = await sessions_at(gateway)
    assert only.message_count == 4


async def test_what_was_typed_while_it_was_away_arrives_once_and_in_order(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    await gateway.kill()
    await client.next("waiting")
    for number in range(5):
        client.enter(f"/count {10 + number}")
    ids = [(await client.next("queued")).id for _ in range(5)]
    await gateway.start()
    accepted = [(await client.next("accepted")).id for _ in range(5)]
    assert accepted == ids
    while client.answer_to(ids[-1]) != count_to(14):
        await client.next("received")
    assert [client.answer_to(each) for each in ids] == [count_to(10 + n) for n in range(5)]
    (only,) = await sessions_at(gateway)
    assert only.message_count == 12


async def test_a_session_that_the_gateway_lost_is_announced_and_replaced(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    (old,) = await sessions_at(gateway)
    await gateway.kill()
    gateway.lose_sessions()
    await gateway.start()
    await client.next("sessionlost", session_id=old.session_id)
    await client.next("online")
    assert await client.chat("after") == "after"
    (new,) = await sessions_at(gateway)
    assert new.session_id != old.session_id
    assert new.message_count == 2


async def test_two_clients_on_one_session_see_the_same(
    kind: str, client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("the first client")
    (session,) = await sessions_at(gateway)
    options = ("--session", session.session_id)
    async with ClientProcess(kind, gateway.url, options=options) as other:
        await other.next("online")
        other.enter("/count 30")
        asked = (await other.next("queued")).id
        await other.ended(asked)
        await client.ended(asked)
        assert other.answer_to(asked) == client.answer_to(asked) == count_to(30)


async def test_an_outage_of_the_network_alone_costs_nothing(
    kind: str, gate: Gate, gateway: GatewayProcess
) -> None:
    async with ClientProcess(kind, gate.url) as client:
        await client.next("online")
        client.enter("/delay 5 /count 200")
        asked = (await client.next("queued")).id
        await client.heard("chat.stream.delta", asked)
        gate.shut(3)
        gate.cut()
        await client.next("waiting", attempt=2)
        gate.open()
        await client.ended(asked)
        assert client.answer_to(asked) == count_to(200)
    (only,) = await sessions_at(gateway)
    assert only.message_count == 2


async def test_a_frozen_gateway_is_noticed_in_time_and_the_answer_goes_on_when_it_thaws(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    client.enter("/delay 5 /count 300")
    asked = (await client.next("queued")).id
    for _ in range(10):
        await client.heard("chat.stream.delta", asked)
    gateway.pause()
    waiting = await client.next("waiting", 12)
    last = max(each.t for each in client.lines if each.event == "received")
    assert "did not answer" in waiting.reason
    assert waiting.t - last < 10
    gateway.resume()
    await client.ended(asked)
    assert client.answer_to(asked) == count_to(300)
