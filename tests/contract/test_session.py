"""Plain mode across kills and restarts: the session, and the truth about each message."""

import signal

import psutil
import pytest

from tek_protocol.chat import SessionInfo, SessionList
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.clients.wire_client import WireClient
from tek_testing.gateway.gateway_process import GatewayProcess


async def sessions_at(gateway: GatewayProcess) -> tuple[SessionInfo, ...]:
    """Return what the gateway itself holds, asked by a client that knows no better."""
    async with WireClient(gateway.url) as witness:
        reply = await witness.ask({"type": "session.list", "id": "witness"})
    assert isinstance(reply, SessionList)
    return reply.sessions


def count_to(number: int) -> str:
    return " ".join(str(each) for each in range(1, number + 1))


async def test_a_killed_gateway_is_found_again_on_the_same_session(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    assert await client.chat("/count 50") == count_to(50)
    for round_ in range(3):
        await gateway.kill()
        await client.next("waiting")
        await gateway.start()
        online = await client.next("online")
        assert await client.chat(f"round {round_}") == f"round {round_}"
        assert online.session_id == (await sessions_at(gateway))[0].session_id
    (only,) = await sessions_at(gateway)
    assert only.message_count == 8


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
    sent = [(await client.next("sent")).id for _ in range(5)]
    await client.ended(ids[-1])
    assert sent == ids
    assert [client.answer_to(each) for each in ids] == [count_to(10 + n) for n in range(5)]
    (only,) = await sessions_at(gateway)
    assert only.message_count == 12


async def test_an_answer_cut_in_the_middle_keeps_its_text_and_is_marked(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    client.enter("/delay 20 /count 500")
    asked = (await client.next("queued")).id
    for _ in range(10):
        await client.heard("chat.stream.delta")
    await gateway.kill()
    await client.next("interrupted", id=asked)
    await gateway.start()
    await client.next("online")
    kept = client.answer_to(asked)
    assert count_to(500).startswith(kept)
    assert kept.startswith(count_to(9))
    assert await client.chat("and on") == "and on"
    (only,) = await sessions_at(gateway)
    assert only.message_count in {3, 4}  # the cut answer is not stored by a killed gateway


async def test_a_message_that_nobody_acknowledged_is_uncertain_and_never_sent_by_itself(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    gateway.pause()
    client.enter("into the void")
    lost = (await client.next("queued")).id
    await client.next("sent", id=lost)
    await gateway.kill()
    await client.next("uncertain", id=lost)
    await gateway.start()
    assert (await client.next("online")).uncertain == 1
    assert await client.chat("after") == "after"
    (only,) = await sessions_at(gateway)
    assert only.message_count == 4


async def test_a_session_that_the_gateway_lost_is_announced_and_replaced(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    (old,) = await sessions_at(gateway)
    await gateway.kill()
    gateway.lose_sessions()
    await gateway.start()
    await client.next("online")
    client.enter("after")
    await client.next("sessionlost", session_id=old.session_id)
    opened = await client.next("sessionopened")
    await client.heard("chat.stream.end")
    (new,) = await sessions_at(gateway)
    assert new.session_id == opened.session_id != old.session_id
    assert new.message_count == 2


async def test_a_session_named_on_the_command_line_is_gone_on_with(
    kind: str, client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("the first client")
    (session,) = await sessions_at(gateway)
    options = ("--session", session.session_id)
    async with ClientProcess(kind, gateway.url, options=options) as other:
        await other.chat("the second")
    (only,) = await sessions_at(gateway)
    assert only.message_count == 4


async def test_a_frozen_gateway_is_noticed_within_ten_seconds_of_silence(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    client.enter("/delay 50 /count 2000")
    await client.heard("chat.stream.delta")
    gateway.pause()
    waiting = await client.next("waiting", 12)
    last = max(each.t for each in client.lines if each.event == "received")
    assert "did not answer" in waiting.reason
    assert waiting.t - last < 10
    await gateway.restart()
    assert await client.chat("and on") == "and on"


@pytest.mark.parametrize("moment", ["online", "waiting", "streaming"])
async def test_a_client_told_to_end_ends_at_once(
    client: ClientProcess, gateway: GatewayProcess, moment: str
) -> None:
    if moment == "streaming":
        client.enter("/delay 20 /count 500")
        await client.heard("chat.stream.delta")
    if moment == "waiting":
        await gateway.kill()
        await client.next("waiting")
    assert await client.quit() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert "Traceback" not in client.errors


async def test_a_gateway_that_restarts_often_wears_nothing_out(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("before")
    files = open_files(client)
    for _ in range(5):
        await gateway.restart()
        await client.next("waiting")
        await client.next("online")
    await client.chat("after")
    assert open_files(client) <= files


def open_files(client: ClientProcess) -> int:
    """Return how many files and sockets the client's process has open."""
    return psutil.Process(client.pid).num_fds()
