"""A gateway without resumption, killed and restarted: the session, and each message's state."""

import signal
from collections.abc import Sequence

import psutil
import pytest

from tek_testing.checkers.checker import expected_answer
from tek_testing.clients.chat_clients import PLAIN, ClientProcess
from tek_testing.clients.each_client import each_client, run_with_each, sessions_at
from tek_testing.gateway.gateway_process import GatewayProcess


@each_client(*PLAIN)
async def test_a_killed_gateway_is_found_again_on_the_same_session(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    assert await client.chat("/count 50") == expected_answer("/count 50")
    for round_ in range(3):
        await gateway.kill()
        await client.next("waiting")
        await gateway.start()
        online = await client.next("online")
        assert await client.chat(f"round {round_}") == f"round {round_}"
        assert online.session_id == (await sessions_at(gateway))[0].session_id
    (only,) = await sessions_at(gateway)
    assert only.message_count == 8


@each_client(*PLAIN)
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
    assert expected_answer("/count 500").startswith(kept)
    assert kept.startswith(expected_answer("/count 9"))
    assert await client.chat("and on") == "and on"
    (only,) = await sessions_at(gateway)
    assert only.message_count in {3, 4}  # the cut answer is not stored by a killed gateway


@each_client(*PLAIN)
async def test_an_unacknowledged_message_is_uncertain_and_not_sent_again_by_itself(
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


@each_client(*PLAIN)
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


@each_client(*PLAIN)
async def test_a_session_named_on_the_command_line_is_continued(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await client.chat("the first client")
    (session,) = await sessions_at(gateway)
    options = ("--session", session.session_id)
    async with ClientProcess(client.kind, gateway.url, options=options) as other:
        await other.chat("the second")
    (only,) = await sessions_at(gateway)
    assert only.message_count == 4


@pytest.mark.parametrize("moment", ["online", "waiting", "streaming"])
async def test_a_client_that_gets_sigterm_ends_at_once(kinds: Sequence[str], moment: str) -> None:
    async def story(client: ClientProcess, gateway: GatewayProcess) -> None:
        if moment == "streaming":
            client.enter("/delay 20 /count 500")
            await client.heard("chat.stream.delta")
        if moment == "waiting":
            await gateway.kill()
            await client.next("waiting")
        code = await client.quit()
        assert code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}, client.errors
        assert "Traceback" not in client.errors

    await run_with_each(kinds, story, PLAIN)


@each_client(*PLAIN)
async def test_a_gateway_that_restarts_often_leaks_no_files_in_the_client(
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
