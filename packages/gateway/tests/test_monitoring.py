"""What a gateway says of itself: its log, its pages and its figures."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tek_gateway.gateway import GatewaySettings
from tek_gateway.host.logging_setup import JsonFormatter
from tek_gateway.limits import ServerLimits
from tek_gateway.metrics import Metrics
from tek_local.runtime_file import RuntimeFile
from tek_protocol.chat import ChatSend
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.gateway.gateway_process import GatewayProcess

Serve = Callable[[GatewaySettings], AbstractAsyncContextManager[RuntimeFile]]


def read(gateway: RuntimeFile, path: str) -> tuple[int, str, str]:
    connection = HTTPConnection(gateway.host, gateway.port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


async def figures(gateway: RuntimeFile) -> dict[str, float]:
    status, kind, text = await asyncio.to_thread(read, gateway, "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_figures_are_in_the_format_of_prometheus() -> None:
    metrics = Metrics()
    metrics.committed(0.004, 3)
    metrics.committed(9.0, 1)
    metrics.turns["complete"] += 2

    assert metrics.text({"connections": 1}).splitlines() == [
        "# TYPE tek_connections gauge",
        "tek_connections 1",
        "# TYPE tek_connections_total counter",
        "# TYPE tek_refusals_total counter",
        "# TYPE tek_resumes_total counter",
        "# TYPE tek_turns_total counter",
        'tek_turns_total{end="complete"} 2',
        "# TYPE tek_entries_total counter",
        "tek_entries_total 4",
        "# TYPE tek_replayed_total counter",
        "tek_replayed_total 0",
        "# TYPE tek_commit_seconds histogram",
        *(f'tek_commit_seconds_bucket{{le="{le}"}} 0' for le in ("0.001", "0.0025")),
        *(
            f'tek_commit_seconds_bucket{{le="{le}"}} 1'
            for le in ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5")
        ),
        'tek_commit_seconds_bucket{le="+Inf"} 2',
        "tek_commit_seconds_sum 9.004000",
        "tek_commit_seconds_count 2",
    ]


async def test_everything_that_is_counted_is_counted(
    settings: GatewaySettings, serve: Serve
) -> None:
    async with serve(replace(settings, limits=ServerLimits(connections=2))) as gateway:
        held = AppliedLog()
        async with ResumeClient(gateway.url, held) as client, WireClient(gateway.url) as plain:
            await client.resume()
            await client.say("m-1", "/count 3")
            await client.answered("m-1")
            await plain.chat(ChatSend("m-2", "/count 0"))
            with pytest.raises(Exception, match="503"):
                async with WireClient(gateway.url):
                    pytest.fail("it was let in")
            now = await figures(gateway)
        held.cursor = 0
        async with ResumeClient(gateway.url, held) as client:
            await client.resume()
            for _ in range(2):
                await client.take()
            later = await figures(gateway)

    assert now["tek_connections"] == 2
    assert now['tek_connections_total{subprotocol="tek.resume.v1"}'] == 1
    assert now['tek_connections_total{subprotocol="none"}'] == 1
    assert now['tek_refusals_total{reason="503"}'] == 1
    assert now['tek_resumes_total{outcome="new"}'] == 1
    assert now['tek_turns_total{end="complete"}'] == 1
    assert now['tek_turns_total{end="LLM_ERROR"}'] == 1
    assert now["tek_entries_total"] == 9  # a message, a start, 3 deltas, the answer; and 3 for m-2
    assert now["tek_commit_seconds_count"] > 3
    assert now["tek_storage_full"] == 0
    assert later['tek_resumes_total{outcome="resumed"}'] == 1
    assert later["tek_replayed_total"] == now["tek_replayed_total"] + 2


async def test_it_is_ready_once_it_listens(gateway: RuntimeFile) -> None:
    assert await asyncio.to_thread(read, gateway, "/ready") == (
        200,
        "application/json",
        '{"status":"ready"}',
    )


def test_a_line_of_json_has_what_the_text_has_and_more() -> None:
    try:
        raise ValueError("why")  # noqa: EM101, TRY301
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "line %d\nbroken", (1,), sys.exc_info(),
            extra={"connection": 7, "path": Path("/a")},
        )  # fmt: skip
    line = JsonFormatter().format(record)

    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed.pop("exception").endswith("ValueError: why")
    assert parsed.pop("time").endswith("+00:00")
    assert parsed == {
        "level": "error",
        "message": "line 1\nbroken",
        "connection": 7,
        "path": "/a",
    }


async def test_a_log_of_json_names_connections_and_principals_and_no_token() -> None:
    token = "secret-token-" + 10 * "x"
    async with GatewayProcess(
        options=["--log-format=json"], environment={"TEK_GATEWAY_TOKEN": token}
    ) as process:
        async with WireClient(process.url, token=token) as client:
            await client.chat(ChatSend("m", "the secret itself"))
        await process.terminate()
        log = process.log

    lines = [json.loads(line) for line in log.splitlines()]
    opened = [line for line in lines if line["message"].startswith("connection 1 opened")]
    assert [(line["connection"], line["principal"]) for line in opened] == [(1, "owner")]
    assert "secret" not in log
