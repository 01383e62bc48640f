"""Whatever a client sends, the connection stays open and the next request is answered."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tek_gateway.runtime import Runtime
from tek_gateway.testing import Client
from tek_protocol.chat import Error, SessionList

PROBE = '{"type":"session.list","id":"probe"}'

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values: st.SearchStrategy[object] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
fields = st.sampled_from(["id", "content", "sessionId", "model", "agentId", "x"])
types = st.sampled_from(["chat.send", "session.list", "session.resume", "error"])


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


@given(hostile=st.lists(frames, min_size=1, max_size=3))
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_frames_leave_the_connection_usable(
    client: Client, hostile: list[str | bytes]
) -> None:
    for frame in hostile:
        await client.send(frame)
    await client.send(PROBE)

    while True:
        match await client.receive():
            case SessionList(request_id="probe"):
                return
            case Error(code=code, request_id=request_id):
                assert (code == "INVALID_MESSAGE") == (request_id is None)
            case _:
                """A frame happened to be a message."""


async def test_the_gateway_outlives_what_it_was_sent(gateway: Runtime) -> None:
    nasty = [b"\x00" * 1000, "\0", "\ufeff{}", '{"type":"chat.send"' + " " * 1000, "[" * 5000]
    async with Client(gateway.url) as client:
        for frame in nasty:
            await client.send(frame)
            assert isinstance(await client.receive(), Error)
