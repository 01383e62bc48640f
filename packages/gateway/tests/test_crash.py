"""A gateway that is killed at any point of a message's way loses nothing and says nothing twice."""

import os
import shutil
import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from websockets.exceptions import InvalidStatus, WebSocketException

from tek_protocol.chat import ChatSend, SessionCreated, Unknown
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

PROMPTS = {"m-1": "/delay 1 /count 60", "m-2": "/count 30", "m-3": "three words here"}
ANSWERS = {
    "m-1": " ".join(map(str, range(1, 61))),
    "m-2": " ".join(map(str, range(1, 31))),
    "m-3": "three words here",
}
POINTS = [
    *(f"before-commit:{number}" for number in (1, 2, 3, 4, 9)),
    *(f"after-commit:{number}" for number in (1, 2, 3, 4, 9)),
    *(f"after-ack:{number}" for number in (1, 2, 3)),
    *(f"mid-turn:{number}" for number in (1, 7, 60, 61)),
    *(f"before-fold:{number}" for number in (1, 2, 3)),
    *(f"after-fold:{number}" for number in (1, 2, 3)),
]


@pytest.fixture
async def process() -> AsyncGenerator[GatewayProcess]:
    async with GatewayProcess() as started:
        yield started


async def converse(process: GatewayProcess, held: AppliedLog) -> None:
    """Send what is not acknowledged, and read to the end of every answer."""
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        for name, prompt in PROMPTS.items():
            if name not in held.asked:
                await client.say(name, prompt)
        await client.answered(*PROMPTS)


async def survive(process: GatewayProcess, held: AppliedLog) -> None:
    """Converse to the end, and start the gateway again when it has killed itself."""
    while True:
        try:
            await converse(process, held)
        except (WebSocketException, OSError):
            assert await process.wait() == -signal.SIGKILL
            await process.start()
        else:
            return


def check(held: AppliedLog) -> None:
    assert held.asked == PROMPTS
    assert held.texts == ANSWERS
    assert held.ends == dict.fromkeys(PROMPTS, "complete")
    assert held.times_acknowledged == held.times_ended == dict.fromkeys(PROMPTS, 1)


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_point_changes_nothing(process: GatewayProcess, point: str) -> None:
    await process.restart(crash_at=point)
    held, witness = AppliedLog(), AppliedLog()
    await survive(process, held)
    check(held)

    witness.session_id = held.session_id
    await survive(process, witness)  # which sends everything once more
    check(witness)
    assert witness.cursor == held.cursor


async def test_an_answer_goes_on_where_it_was_cut_however_often(process: GatewayProcess) -> None:
    held = AppliedLog()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.say("m-1", "/delay 2 /count 400")
        await client.grown("m-1", 30)
    for least in (100, 300, 600):
        await process.restart()
        async with ResumeClient(process.url, held) as client:
            assert (await client.resume()).outcome == "resumed"
            await client.grown("m-1", least)
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.answered("m-1")

    assert held.texts["m-1"] == " ".join(map(str, range(1, 401)))
    assert held.attempts["m-1"] == 4
    assert held.times_ended == {"m-1": 1}


async def test_a_message_that_waited_too_long_is_abandoned(process: GatewayProcess) -> None:
    held = AppliedLog()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.say("m-1", "/delay 10000 a b")
        await client.say("m-2", "two")
        await client.grown("m-1")
        await client.acknowledged("m-2")
    await process.kill()
    database = sqlite3.connect(process.data_dir / "sessions.sqlite")
    with database:
        database.execute("UPDATE owed SET accepted_at = 0 WHERE request_id = 'm-1'")
    database.close()

    await process.start()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.answered("m-1", "m-2")
    assert held.ends == {"m-1": "TURN_ABANDONED", "m-2": "complete"}


async def test_a_turn_of_a_plain_client_ends_with_the_text_that_it_has(
    process: GatewayProcess,
) -> None:
    async with WireClient(process.url) as plain:
        await plain.send(ChatSend("m-1", "/delay 5 /count 100"))
        opened = await plain.receive()
        assert isinstance(opened, SessionCreated)
        for _ in range(20):
            await plain.receive()
        await process.restart()
    held = AppliedLog()
    held.session_id = opened.session_id
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.answered("m-1")

    kept = held.texts["m-1"]
    whole = " ".join(map(str, range(1, 101)))
    assert whole.startswith(kept)
    assert "19" in kept
    assert kept != whole


async def test_a_client_that_knows_more_than_a_restored_backup_starts_over(
    process: GatewayProcess,
) -> None:
    held = AppliedLog()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.say("m-1", "one")
        await client.answered("m-1")
        await process.terminate()
    backup = process.home / "backup"
    shutil.copytree(process.data_dir, backup)
    await process.start()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.say("m-2", "two")
        await client.answered("m-2")
    before = held.cursor
    await process.kill()
    process.lose_sessions()
    shutil.copytree(backup, process.data_dir)
    await process.start()

    other = AppliedLog()
    other.session_id = held.session_id
    async with ResumeClient(process.url, other) as client:
        await client.resume()
        await client.say("m-3", "three")
        await client.answered("m-3")
    assert other.cursor > before + 2**19
    async with ResumeClient(process.url, held) as client:
        assert (await client.resume()).outcome == "reset"
        await client.answered("m-3")
    assert held.texts == other.texts == {"m-1": "one", "m-3": "three"}


async def test_a_planned_stop_is_announced_and_the_turn_goes_on_after_it(
    process: GatewayProcess,
) -> None:
    held = AppliedLog()
    async with ResumeClient(process.url, held) as client, ResumeClient(process.url) as silent:
        await client.resume()
        await client.say("m-1", "/delay 5 /count 200")
        await client.grown("m-1", 20)
        os.kill(process.pid, signal.SIGTERM)
        goodbye: list[str] = []
        for one in (client, silent):
            message = await one.aside()
            assert isinstance(message, Unknown)
            goodbye.append(message.raw)
            assert await one.closed() == 1012
        assert await process.wait() == 0
    expected = '"reason":"the gateway is stopping","retryAfterMs":500,"spreadMs":1000}'
    assert goodbye == [f'{{"type":"gateway.goaway",{expected}'] * 2

    await process.start()
    async with ResumeClient(process.url, held) as client:
        await client.resume()
        await client.answered("m-1")
    assert held.texts["m-1"] == " ".join(map(str, range(1, 201)))
    assert held.attempts["m-1"] == 2
    assert held.cursor < 2**20


async def test_beyond_the_limit_clients_are_told_to_come_back() -> None:
    async with GatewayProcess(options=["--max-connections=2"]) as process:
        async with WireClient(process.url), WireClient(process.url):
            with pytest.raises(InvalidStatus) as refused:
                async with WireClient(process.url):
                    pytest.fail("the handshake succeeded")
        response = refused.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        async with deadline():
            while True:  # until the gateway has seen the others go
                with suppress(InvalidStatus):
                    async with ResumeClient(process.url) as client:
                        assert (await client.resume()).outcome == "new"
                        return
