"""Whatever a client sends, the connection stays open and the next request is answered."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tek_gateway.gateway import GatewaySettings
from tek_gateway.limits import ServerLimits
from tek_local.runtime_file import RuntimeFile
from tek_protocol.chat import Error, SessionList
from tek_testing.clients.resume_client import ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

Serve = Callable[[GatewaySettings], AbstractAsyncContextManager[RuntimeFile]]

REFUSALS = {
    "INVALID_MESSAGE",
    "LLM_ERROR",
    "PROVIDER_NOT_CONFIGURED",
    "QUEUE_FULL",
    "SESSION_NOT_FOUND",
    "STREAM_IN_PROGRESS",
    "TURN_NOT_FOUND",
}
PROBE = '{"type":"session.list","id":"probe"}'

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values: st.SearchStrategy[object] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
fields = st.sampled_from(
    ["id", "content", "sessionId", "model", "agentId", "requestId", "title", "cursor", "x"]
)
types = st.sampled_from(
    [
        "chat.send",
        "chat.stop",
        "session.list",
        "session.rename",
        "session.delete",
        "session.resume",
        "error",
    ]
)


def near_miss(type_: object, rest: dict[str, object]) -> str:
    return json.dumps({**rest, "type": type_})


near_misses = st.builds(near_miss, types | values, st.dictionaries(fields, values, max_size=6))
frames = (
    st.text(max_size=200)
    | st.binary(max_size=200)
    | values.map(json.dumps)
    | near_misses
    | near_misses.map(lambda text: text[:-1])
    | near_misses.map(lambda text: f"{text}]")
)


@pytest.fixture
async def patient(settings: GatewaySettings, serve: Serve) -> AsyncGenerator[RuntimeFile]:
    """Return a gateway that does not tire of requests."""
    async with serve(replace(settings, limits=ServerLimits(requests=10**9))) as runtime:
        yield runtime


@pytest.fixture
async def plain(patient: RuntimeFile) -> AsyncGenerator[WireClient]:
    async with WireClient(patient.url, "tek.v1") as dialled:
        yield dialled


@pytest.fixture
async def following(patient: RuntimeFile) -> AsyncGenerator[ResumeClient]:
    async with ResumeClient(patient.url) as dialled:
        await dialled.resume()
        yield dialled


@pytest.fixture
async def bystander(patient: RuntimeFile) -> AsyncGenerator[ResumeClient]:
    """Return another's connection, whose turn runs all the while and ends as it should."""
    async with ResumeClient(patient.url) as dialled:
        await dialled.resume()
        await dialled.say("long", "/delay 20 /count 100000")
        await dialled.grown("long")
        reading = asyncio.create_task(dialled.answered("long"))
        yield dialled
        await dialled.stop("long")
        async with deadline(60):
            await reading
        text = dialled.transcript.texts["long"]
        assert text == " ".join(map(str, range(1, 1 + len(text.split()))))


async def survives(client: WireClient, hostile: Iterable[str | bytes]) -> None:
    """Send all of `hostile`, and return once the probe behind it is answered."""
    for frame in hostile:
        await client.send(frame)
    await client.send(PROBE)
    while True:
        match await client.receive():
            case SessionList(request_id="probe"):
                return
            case Error(code=code):
                assert code in REFUSALS, code
            case _:
                """A frame happened to be a message."""


checked = partial(
    hypothesis_settings,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.large_base_example,
        HealthCheck.data_too_large,
    ],
)
FEW = checked(max_examples=200)
MANY = checked(max_examples=1000)
"""Examples; each of these is of fifty frames."""


@FEW
@given(hostile=st.lists(frames, min_size=1, max_size=3))
async def test_any_frames_leave_a_plain_connection_usable(
    plain: WireClient, bystander: ResumeClient, hostile: list[str | bytes]
) -> None:
    assert bystander.transcript.session_id
    await survives(plain, hostile)


@FEW
@given(hostile=st.lists(frames, min_size=1, max_size=3))
async def test_any_frames_leave_a_resumed_connection_usable(
    following: ResumeClient, bystander: ResumeClient, hostile: list[str | bytes]
) -> None:
    assert bystander.transcript.session_id
    await survives(following, hostile)


@pytest.mark.slow
@MANY
@given(hostile=st.lists(frames, min_size=25, max_size=25))
async def test_fifty_thousand_frames_harm_nobody(
    plain: WireClient,
    following: ResumeClient,
    bystander: ResumeClient,
    hostile: list[str | bytes],
) -> None:
    assert bystander.transcript.session_id
    await survives(plain, hostile)
    await survives(following, hostile)


async def test_the_gateway_outlives_what_it_was_sent(gateway: RuntimeFile) -> None:
    nasty = [b"\x00" * 1000, "\0", "\ufeff{}", '{"type":"chat.send"' + " " * 1000, "[" * 5000]
    async with WireClient(gateway.url) as client:
        for frame in nasty:
            await client.send(frame)
            assert isinstance(await client.receive(), Error)
