"""What clients do across kills and restarts, whether the gateway can resume a session or not."""

from collections.abc import Sequence

import pytest

from tek_testing.checkers.checker import expected_answer
from tek_testing.clients.chat_clients import PLAIN, ClientProcess
from tek_testing.clients.each_client import run_for_each, run_with_each, sessions_at
from tek_testing.deadlines import scaled
from tek_testing.gateway.gateway_process import GatewayProcess

MODES = {"plain": PLAIN, "resume": ()}

SILENCE_LIMIT = 10.0
"""Seconds without a byte after which a client has given its connection up."""


@pytest.mark.parametrize("mode", MODES)
async def test_messages_typed_while_the_gateway_is_away_arrive_once_and_in_order(
    kinds: Sequence[str], mode: str
) -> None:
    async def story(client: ClientProcess, gateway: GatewayProcess) -> None:
        prompts = [f"/count {10 + number}" for number in range(5)]
        await client.chat("before")
        await gateway.kill()
        await client.next("waiting")
        for prompt in prompts:
            client.enter(prompt)
        ids = [(await client.next("queued")).id for _ in prompts]
        await gateway.start()
        taken = "accepted" if mode == "resume" else "sent"
        assert [(await client.next(taken)).id for _ in prompts] == ids
        await client.ended(ids[-1])
        assert [client.answer_to(each) for each in ids] == list(map(expected_answer, prompts))
        (only,) = await sessions_at(gateway)
        assert only.message_count == 12

    await run_with_each(kinds, story, MODES[mode])


async def test_a_frozen_gateway_is_noticed_within_ten_seconds_of_silence(
    kinds: Sequence[str],
) -> None:
    async def story(client: ClientProcess, gateway: GatewayProcess, *, resumes: bool) -> None:
        client.enter("/delay 5 /count 300")
        asked = (await client.next("queued")).id
        for _ in range(10):
            await client.heard("chat.stream.delta", asked)
        gateway.pause()
        waiting = await client.next("waiting", SILENCE_LIMIT + 2)
        last = max(each.t for each in client.lines if each.event == "received")
        assert "did not answer" in waiting.reason
        assert waiting.t - last < scaled(SILENCE_LIMIT)
        if resumes:  # the answer goes on when the gateway thaws
            gateway.resume()
            await client.ended(asked)
            assert client.answer_to(asked) == expected_answer("/count 300")
        else:
            await gateway.restart()
            assert await client.chat("and on") == "and on"

    # Nearly all of it is silence, so that both modes wait at the same time.
    async def in_both_modes(kind: str) -> None:
        await run_for_each(list(MODES), lambda mode: in_mode(kind, mode))

    async def in_mode(kind: str, mode: str) -> None:
        await run_with_each(
            [kind],
            lambda client, gateway: story(client, gateway, resumes=mode == "resume"),
            MODES[mode],
        )

    await run_for_each(kinds, in_both_modes)
