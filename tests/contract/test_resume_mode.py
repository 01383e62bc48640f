"""A gateway that resumes sessions, killed and restarted: nothing lost, nothing twice."""

from tek_testing.checkers.checker import expected_answer
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.clients.each_client import each_client, each_kind, sessions_at
from tek_testing.faults.refusing_proxy import RefusingProxy
from tek_testing.gateway.gateway_process import GatewayProcess


@each_client()
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
    assert client.answer_to(asked) == expected_answer("/count 300")
    (only,) = await sessions_at(gateway)
    assert only.message_count == 2


@each_client()
async def test_an_unacknowledged_message_is_sent_again_and_runs_once(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    gateway.pause()
    client.enter("/count 20")
    asked = (await client.next("queued")).id
    await client.next("sent", id=asked)
    await gateway.restart()
    await client.ended(asked)
    assert client.answer_to(asked) == expected_answer("/count 20")
    (only,) = await sessions_at(gateway)
    assert only.message_count == 4


@each_client()
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


@each_client()
async def test_two_clients_on_one_session_see_the_same(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("the first client")
    (session,) = await sessions_at(gateway)
    options = ("--session", session.session_id)
    async with ClientProcess(client.kind, gateway.url, options=options) as other:
        await other.next("online")
        other.enter("/count 30")
        asked = (await other.next("queued")).id
        await other.ended(asked)
        await client.ended(asked)
        assert other.answer_to(asked) == client.answer_to(asked) == expected_answer("/count 30")


@each_kind
async def test_an_outage_of_the_network_alone_costs_nothing(kind: str) -> None:
    async with (
        GatewayProcess() as gateway,
        RefusingProxy(gateway.port) as gate,
        ClientProcess(kind, gate.url) as client,
    ):
        await client.next("online")
        client.enter("/delay 5 /count 200")
        asked = (await client.next("queued")).id
        await client.heard("chat.stream.delta", asked)
        gate.shut(3)
        gate.cut()
        await client.next("waiting", attempt=2)
        gate.open()
        await client.ended(asked)
        assert client.answer_to(asked) == expected_answer("/count 200")
        (only,) = await sessions_at(gateway)
        assert only.message_count == 2
