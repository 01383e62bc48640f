"""What is beyond a limit is refused by name, and everything else goes on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidHandshake, InvalidStatus

from tek_gateway.gateway import GatewaySettings
from tek_gateway.limits import ServerLimits
from tek_local.runtime_file import RuntimeFile
from tek_protocol import encode
from tek_protocol.chat import ChatSend, Error, GatewayMessage, SessionDeleted, SessionList
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import Resume
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

Serve = Callable[[GatewaySettings], AbstractAsyncContextManager[RuntimeFile]]
Limited = Callable[[ServerLimits], AbstractAsyncContextManager[RuntimeFile]]

LIST: dict[str, object] = {"type": "session.list", "id": "l"}


@pytest.fixture
def limited(settings: GatewaySettings, serve: Serve) -> Limited:
    """Return what runs an echo gateway with limits of the test's choice."""
    return lambda limits: serve(replace(settings, limits=limits))


@asynccontextmanager
async def following(gateway: RuntimeFile) -> AsyncGenerator[ResumeClient]:
    async with ResumeClient(gateway.url) as client:
        await client.resume()
        yield client


async def works(gateway: RuntimeFile) -> None:
    async with following(gateway) as client:
        await client.say("works", "one")
        await client.answered("works")


def code_of(message: GatewayMessage) -> tuple[str, str | None]:
    assert isinstance(message, Error), message
    return message.code, message.request_id


@pytest.mark.parametrize(
    ("limits", "status"),
    [(ServerLimits(connections=2), 503), (ServerLimits(connections_each=2), 429)],
)
async def test_a_connection_too_many_is_told_when_to_come_again(
    limited: Limited, limits: ServerLimits, status: int
) -> None:
    async with limited(limits) as gateway:
        async with WireClient(gateway.url) as first, WireClient(gateway.url):
            with pytest.raises(InvalidStatus) as refused:
                async with WireClient(gateway.url):
                    pytest.fail("it was let in")
            assert refused.value.response.status_code == status
            assert refused.value.response.headers["Retry-After"] == "5"
            assert isinstance(await first.ask(LIST), SessionList)
        async with deadline():
            while True:  # the gateway has seen the others go
                with suppress(InvalidStatus):
                    await works(gateway)
                    return


async def test_handshakes_that_come_at_once_do_not_slip_through(limited: Limited) -> None:
    async with limited(ServerLimits(connections=5)) as gateway, AsyncExitStack() as stack:
        clients = (stack.enter_async_context(WireClient(gateway.url)) for _ in range(40))
        results = await asyncio.gather(*clients, return_exceptions=True)

        assert sum(isinstance(result, WireClient) for result in results) == 5


async def test_sessions_have_a_number_and_to_delete_one_makes_room(limited: Limited) -> None:
    async with limited(ServerLimits(sessions=2)) as gateway, following(gateway) as client:
        await client.say("m", "one")
        await client.answered("m")
        async with following(gateway), WireClient(gateway.url) as plain:
            assert code_of((await plain.chat(ChatSend("m", "x")))[0][0]) == ("SESSIONS_FULL", "m")
            async with ResumeClient(gateway.url) as third:
                await third.send(encode(Resume("r", None, 0)))
                assert code_of(await third.receive()) == ("SESSIONS_FULL", "r")
            mine = client.transcript.session_id
            deleting = {"type": "session.delete", "id": "d", "sessionId": mine}
            assert isinstance(await plain.ask(dict[str, object](deleting)), SessionDeleted)
            _, text = await plain.chat(ChatSend("m", "x"))
            assert text == "x"


async def test_a_session_that_is_large_takes_nothing_more_and_is_read(limited: Limited) -> None:
    async with limited(ServerLimits(session_bytes=5000)) as gateway, following(gateway) as client:
        await client.say("m-1", "x" * 3000)  # and as much for the answer
        await client.answered("m-1")
        for _ in range(3):
            await client.say("m-2", "x")
            assert code_of(await client.aside()) == ("SESSION_FULL", "m-2")
        await client.say("m-1", "x" * 3000)
        held = AppliedLog()
        held.session_id = client.transcript.session_id
        async with ResumeClient(gateway.url, held) as other:
            await other.resume()
            await other.answered("m-1")
            assert other.transcript.texts == client.transcript.texts
        await works(gateway)


async def test_answers_have_a_number_and_others_wait_with_resumption(limited: Limited) -> None:
    async with limited(ServerLimits(turns=1)) as gateway, following(gateway) as client:
        await client.say("m-1", "/delay 10000 a b")
        await client.grown("m-1")
        async with following(gateway) as waiting, WireClient(gateway.url) as plain:
            assert code_of((await plain.chat(ChatSend("m", "x")))[0][0]) == ("TURNS_FULL", "m")
            await waiting.say("m-2", "two")
            await waiting.acknowledged("m-2")
            await client.stop("m-1")
            await waiting.answered("m-2")


async def test_a_flood_is_refused_and_what_was_accepted_is_known_all_the_same(
    limited: Limited,
) -> None:
    async with limited(ServerLimits(requests=20)) as gateway, following(gateway) as client:
        await client.say("m-1", "one")
        await client.answered("m-1")
        for number in range(200):
            await client.say(f"f-{number}", "/delay 10000 x y")
        await client.say("m-1", "one")
        await client.send(encode(LIST))
        refused: list[str | None] = []
        while len(refused) + len(client.transcript.asked) < 202:  # m-1, the list and the flood
            verdict, message = await client.take()
            if verdict == "aside":
                code, name = code_of(message)
                assert code == "RATE_LIMITED"
                refused.append(name)
        assert len(refused) > 100  # some allowance comes back with the time that passes
        assert "l" in refused
        assert "m-1" not in refused
        assert client.transcript.times_acknowledged["m-1"] == 1


@pytest.mark.parametrize("sent", [b"", b"GET /gateway HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01"])
async def test_a_handshake_that_does_not_end_is_cut(limited: Limited, sent: bytes) -> None:
    async with limited(ServerLimits(handshake=0.2)) as gateway:
        reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
        writer.write(sent)
        async with deadline():
            await reader.read()
        writer.close()
        await works(gateway)


async def test_a_byte_now_and_then_does_not_stretch_the_handshake(limited: Limited) -> None:
    async with limited(ServerLimits(handshake=0.3)) as gateway:
        reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
        ended = asyncio.create_task(reader.read())
        async with deadline():
            while not ended.done():
                with suppress(ConnectionError):
                    writer.write(b"G")
                    await writer.drain()
                await asyncio.wait((ended,), timeout=0.02)
        writer.close()


async def test_handshakes_that_never_begin_keep_nobody_out(limited: Limited) -> None:
    async with limited(ServerLimits(connections=1, handshake=0.5)) as gateway:
        dialled = (asyncio.open_connection(gateway.host, gateway.port) for _ in range(400))
        loris = await asyncio.gather(*dialled)
        try:
            async with deadline(20):
                while True:  # they are cut after half a second at the latest
                    with suppress(OSError, EOFError, InvalidHandshake):
                        await works(gateway)
                        break
        finally:
            for _, writer in loris:
                writer.transport.abort()


async def test_a_connection_over_which_nothing_is_said_is_closed(limited: Limited) -> None:
    # A busy machine may hold up the talker for longer than its pieces are apart, not for this long.
    async with limited(ServerLimits(idle=1.5)) as gateway, following(gateway) as talking:
        await talking.say("m", "/delay 50 /count 60")
        async with WireClient(gateway.url) as silent:
            assert await silent.closed() == 1000
            assert silent.socket.close_reason == "no traffic for too long"
        await talking.answered("m")


async def test_json_as_deep_as_a_frame_is_refused(limited: Limited) -> None:
    async with limited(ServerLimits()) as gateway, WireClient(gateway.url) as client:
        for opened in ("[", '{"a":', '{"type":"chat.send","id":"x","content":['):
            await client.send((opened * FRAME_LIMIT)[: FRAME_LIMIT - 10])
            assert code_of(await client.receive()) == ("INVALID_MESSAGE", None)
        assert isinstance(await client.ask(LIST), SessionList)
