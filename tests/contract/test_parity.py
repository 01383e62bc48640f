"""One seed and one script of outages: every client has the same trace except for the times."""

import re
from collections.abc import Sequence

import pytest

from tek_gateway.log.log_positions import SKIP
from tek_testing.clients.chat_clients import KINDS, PLAIN, ClientProcess
from tek_testing.clients.each_client import run_for_each
from tek_testing.faults.refusing_proxy import RefusingProxy
from tek_testing.gateway.gateway_process import GatewayProcess


async def live_through(kind: str, options: Sequence[str]) -> list[str]:
    """Return the trace of a client that went through a fixed script of outages."""
    async with (
        GatewayProcess(options=options) as gateway,
        RefusingProxy(gateway.port) as gate,
        ClientProcess(kind, gate.url) as client,
    ):
        await client.next("online")
        await client.chat("/count 20")
        for refusals in (1, 4, 8):
            gate.shut(refusals)
            await gateway.kill()
            await client.next("waiting", attempt=refusals)
            # The gate holds this dial: nothing else happens until it opens.
            await client.next("connecting")
            client.enter(f"typed after {refusals} refusals")
            typed = await client.next("queued")
            await gateway.start()
            gate.open()
            await client.ended(typed.id)
        gate.shut(0)
        await gateway.kill()
        gateway.lose_sessions()
        await gateway.start()
        gate.open()
        await client.next("online")
        await client.chat("is anybody there?")
        return _without_chance([line.text for line in client.lines])


_TIMES = re.compile(r', "(t|retry_at)": [^,}]+|"t": [^,}]+, ')
_PLACES = re.compile(r'"(seq|prev|head|cursor)": (\d+)')
_IDS = re.compile(r"\b[0-9a-f]{32}\b|session:[0-9a-f]{8}")


def _without_chance(texts: list[str]) -> list[str]:
    """Remove times and skips, and replace random ids by the order in which they appear."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found.group(), f"id {len(names)}")

    def place(found: re.Match[str]) -> str:
        # A restart skips a random multiple of it.
        return f'"{found[1]}": {int(found[2]) % SKIP}'

    return [_PLACES.sub(place, _IDS.sub(name, _TIMES.sub("", text))) for text in texts]


@pytest.mark.parametrize("options", [PLAIN, ()], ids=["plain", "resume"])
async def test_all_clients_live_through_the_same_outages_identically(
    options: Sequence[str],
) -> None:
    traces: dict[str, list[str]] = {}

    async def record(kind: str) -> None:
        traces[kind] = await live_through(kind, options)

    await run_for_each(KINDS, record)
    first, *others = traces.values()
    assert len(first) > 90
    for other in others:
        assert other == first
