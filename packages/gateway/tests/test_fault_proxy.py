"""The fault proxy: each fault as both ends see it, the plans of a seed, and nothing left behind."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus

from tek_protocol.chat import ChatSend
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline
from tek_testing.faults.fault_plan import (
    BlackHole,
    CutOff,
    Delay,
    Ending,
    Fault,
    Flip,
    LinkFault,
    Plan,
    Refuse,
    Step,
    Throttle,
    Towards,
    Way,
    damaged,
    paced,
)
from tek_testing.faults.fault_proxy import FaultProxy
from tek_testing.faults.refusing_listener import Close, Http, Reset
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.gateway.ports import free_port

Dial = Callable[[int], Awaitable["End"]]

ASK, GRANT = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 101 Yes\r\n\r\n"
HELLO = ChatSend("m-1", "Hello")


@pytest.fixture(scope="module")
def process() -> Generator[GatewayProcess]:
    """Return one gateway for all tests: it is not what is tested."""
    started = GatewayProcess()
    asyncio.run(started.start())
    yield started
    asyncio.run(started.aclose())


@pytest.fixture
async def proxy(process: GatewayProcess) -> AsyncGenerator[FaultProxy]:
    """Return a proxy before the gateway."""
    async with FaultProxy(process.port) as started:
        yield started


@dataclass(slots=True)
class End:
    """One end of a bare connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def close(self) -> None:
        self.writer.transport.abort()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def take(self, count: int) -> bytes:
        async with deadline():
            return await self.reader.readexactly(count)

    async def rest(self) -> tuple[bytes, type[OSError] | None]:
        """Return what comes up to the end, and whether that is an error."""
        data = b""
        async with deadline():
            try:
                while chunk := await self.reader.read(65_536):
                    data += chunk
            except OSError as error:
                return data, type(error)
        return data, None


@dataclass(slots=True)
class Wire:
    """A proxy before a bare listener, and both ends of one connection through it."""

    proxy: FaultProxy
    client: End
    server: End

    def to(self, towards: Towards) -> tuple[End, End]:
        """Return the end that sends, and the one towards which it does."""
        ends = (self.server, self.client)
        return ends if towards == "client" else (self.client, self.server)


async def bare(port: int) -> End:
    async with deadline():
        return End(*await asyncio.open_connection("127.0.0.1", port))


@pytest.fixture
async def dial() -> AsyncGenerator[Dial]:
    """Return what dials a port, and close the connections after the test."""
    ends: list[End] = []

    async def dial(port: int) -> End:
        ends.append(await bare(port))
        return ends[-1]

    yield dial
    for end in ends:
        await end.close()


@asynccontextmanager
async def wired(fault: Fault | None = None) -> AsyncGenerator[Wire]:
    """Connect two bare ends through a proxy that does `fault` to the dial."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # noqa: FBT003 - it takes no name
        async with FaultProxy(listener.getsockname()[1], fault=fault) as proxy:
            client = await bare(proxy.port)
            async with deadline():
                accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
                server = End(*await asyncio.open_connection(sock=accepted))
            try:
                yield Wire(proxy, client, server)
            finally:
                for end in (client, server):
                    await end.close()


async def shake_hands(wire: Wire) -> None:
    wire.client.send(ASK)
    assert await wire.server.take(len(ASK)) == ASK
    wire.server.send(GRANT)
    assert await wire.client.take(len(GRANT)) == GRANT


@pytest.fixture
async def wire() -> AsyncGenerator[Wire]:
    """Return a wire that has its handshake behind it."""
    async with wired() as connected:
        await shake_hands(connected)
        yield connected


async def answered(proxy: FaultProxy) -> bool:
    async with WireClient(proxy.url, "tek.v1") as client:
        return (await client.chat(HELLO))[1] == HELLO.content


async def status_of(proxy: FaultProxy) -> tuple[int, str | None]:
    """Return what a dial is answered with instead of a connection."""
    with pytest.raises(InvalidStatus) as refused:
        async with WireClient(proxy.url):
            pytest.fail("the handshake succeeded")
    response = refused.value.response
    return response.status_code, response.headers.get("Retry-After")


# ---- Without a fault -----------------------------------------------------------------------------


async def test_what_is_not_broken_passes_both_ways(proxy: FaultProxy) -> None:
    async with WireClient(proxy.url, "tek.v1") as client:
        assert (await client.chat(ChatSend("m-1", "long " * 20_000)))[1] == "long " * 20_000
        assert proxy.connections == 1
    await proxy.idle()

    assert proxy.accepted == 1
    assert not proxy.done


async def test_an_end_passes_one_way_and_leaves_the_other_open(wire: Wire) -> None:
    wire.client.writer.write_eof()
    assert await wire.server.rest() == (b"", None)

    wire.server.send(b"still here")
    wire.server.writer.write_eof()
    assert await wire.client.rest() == (b"still here", None)

    await wire.proxy.idle()


async def test_a_reset_passes(wire: Wire) -> None:
    linger = b"\1\0\0\0\0\0\0\0"
    wire.server.writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, linger
    )
    wire.server.writer.transport.abort()

    assert await wire.client.rest() == (b"", ConnectionResetError)


async def test_a_dial_of_a_gateway_that_is_gone_is_reset_until_it_is_back(dial: Dial) -> None:
    async with GatewayProcess() as gateway, FaultProxy(gateway.port) as proxy:
        async with WireClient(proxy.url) as client:
            await gateway.kill()
            assert await client.closed() == 1006
        assert await (await dial(proxy.port)).rest() == (b"", ConnectionResetError)

        await gateway.start()
        assert await answered(proxy)


# ---- Faults of dials -----------------------------------------------------------------------------


async def test_a_dial_can_be_refused(proxy: FaultProxy, dial: Dial) -> None:
    for _ in range(3):
        proxy.fault = Refuse()
        with pytest.raises(ConnectionRefusedError):
            await dial(proxy.port)
        proxy.fault = None
        assert await answered(proxy)

    assert (proxy.accepted, proxy.done) == (3, {"Refuse": 3})


async def test_a_refusal_leaves_open_connections_alone(proxy: FaultProxy) -> None:
    async with WireClient(proxy.url) as client:
        proxy.fault = Refuse()
        assert (await client.chat(HELLO))[1] == "Hello"


async def test_it_may_refuse_from_the_start(process: GatewayProcess, dial: Dial) -> None:
    async with FaultProxy(process.port, fault=Refuse()) as proxy:
        with pytest.raises(ConnectionRefusedError):
            await dial(proxy.port)
        proxy.heal()
        assert await answered(proxy)


@pytest.mark.parametrize(("fault", "error"), [(Reset(), ConnectionResetError), (Close(), None)])
async def test_a_dial_can_be_ended(
    proxy: FaultProxy, fault: Ending, error: type[OSError] | None, dial: Dial
) -> None:
    proxy.fault = fault
    end = await dial(proxy.port)
    with suppress(OSError):
        end.send(ASK)

    assert await end.rest() == (b"", error)
    assert proxy.done == {type(fault).__name__: 1}


@pytest.mark.parametrize("wait", [None, "7"])
async def test_a_dial_can_be_answered_with_503(proxy: FaultProxy, wait: str | None) -> None:
    proxy.fault = Http(503, {} if wait is None else {"Retry-After": wait})

    assert await status_of(proxy) == (503, wait)
    assert await status_of(proxy) == (503, wait)

    proxy.fault = None
    assert await answered(proxy)
    assert proxy.done == {"Http": 2}


async def test_a_client_that_leaves_before_it_asks_is_let_go(proxy: FaultProxy, dial: Dial) -> None:
    proxy.fault = Http(503)
    assert proxy.fault == Http(503)
    (await dial(proxy.port)).writer.write_eof()
    await proxy.dials(1)

    await proxy.idle()


async def test_exactly_so_many_dials_are_refused_and_the_next_is_held(proxy: FaultProxy) -> None:
    proxy.refuse(3)
    for _ in range(3):
        assert await status_of(proxy) == (503, None)

    held = asyncio.create_task(answered(proxy))
    await proxy.dials(4)
    await proxy.faults(4)
    assert not held.done()
    proxy.heal()

    assert await held
    assert proxy.done == {"Http": 3, "BlackHole": 1}


async def test_dials_that_come_at_once_are_counted_too(proxy: FaultProxy, dial: Dial) -> None:
    proxy.refuse(10, Close())
    await asyncio.gather(*(dial(proxy.port) for _ in range(15)))
    await proxy.faults(15)

    assert proxy.done == {"Close": 10, "BlackHole": 5}


async def test_a_dial_can_be_held_without_a_word(proxy: FaultProxy) -> None:
    proxy.fault = BlackHole()
    held = asyncio.create_task(answered(proxy))
    await proxy.faults(1)
    proxy.fault = None
    assert await answered(proxy)  # by another connection, in which time the first heard nothing
    assert not held.done()

    proxy.heal()
    assert await held


@pytest.mark.parametrize("then", [Reset(), Close()])
@pytest.mark.parametrize("after", [0, 1, 17, 40])
async def test_a_handshake_can_be_cut_towards_the_client(
    proxy: FaultProxy, after: int, then: Ending, dial: Dial
) -> None:
    proxy.fault = CutOff(after, "client", "handshake", then)
    end = await dial(proxy.port)
    end.send(
        b"GET /gateway HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )

    data, error = await end.rest()

    assert data == b"HTTP/1.1 101 Switching Protocols\r\nDate: "[:after]
    assert error is (ConnectionResetError if then == Reset() else None)


async def test_a_client_notices_a_handshake_that_was_cut(proxy: FaultProxy) -> None:
    proxy.fault = CutOff(17, "client", "handshake", Close())
    with pytest.raises(InvalidMessage):
        async with WireClient(proxy.url):
            pytest.fail("the handshake succeeded")


@pytest.mark.parametrize("after", [0, 9, len(ASK)])
async def test_a_handshake_can_be_cut_towards_the_server(after: int) -> None:
    async with wired(CutOff(after, "server", "handshake", Close())) as wire:
        wire.client.send(ASK)

        assert await wire.server.rest() == (ASK[:after], None)
        assert await wire.client.rest() == (b"", None)


async def test_a_bit_of_the_handshake_can_be_flipped(proxy: FaultProxy) -> None:
    proxy.fault = Flip(0, 0, "client", "handshake")
    with pytest.raises(InvalidHandshake):
        async with WireClient(proxy.url):
            pytest.fail("the handshake succeeded")
    assert proxy.done == {"Flip": 1}


# ---- Faults of what is open ----------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "error"), [(Reset(), ConnectionResetError), (Close(), None)])
async def test_an_open_connection_can_be_ended(
    wire: Wire, fault: Ending, error: type[OSError] | None
) -> None:
    assert wire.proxy.break_all(fault) == 1

    assert await wire.client.rest() == (b"", error)
    assert await wire.server.rest() == (b"", error)
    assert wire.proxy.done == {type(fault).__name__: 1}


@pytest.mark.parametrize("fault", [Reset(), Close()])
async def test_only_what_is_open_is_ended(proxy: FaultProxy, fault: Ending) -> None:
    async with WireClient(proxy.url) as one, WireClient(proxy.url) as two:
        assert proxy.break_all(fault) == 2
        assert [await one.closed(), await two.closed()] == [1006, 1006]
    assert await answered(proxy)


async def test_a_close_is_no_reset_though_bytes_were_not_read(wire: Wire) -> None:
    wire.proxy.break_all(BlackHole())
    wire.client.send(b"x" * 200_000)
    await wire.proxy.faults(1)
    wire.proxy.break_all(Close())

    assert await wire.client.rest() == (b"", None)


async def test_what_a_black_hole_held_passes_later_and_once(proxy: FaultProxy) -> None:
    async with WireClient(proxy.url, "tek.v1") as client:
        proxy.break_all(BlackHole())
        await client.send(HELLO)
        await proxy.faults(1)
        answer = asyncio.create_task(client.answer("m-1"))
        assert await answered(proxy)  # by another connection
        assert not answer.done()

        proxy.heal()

        assert (await answer)[1] == "Hello"


async def test_a_black_hole_tells_no_end(wire: Wire) -> None:
    wire.proxy.break_all(BlackHole())
    wire.client.send(b"last words")
    wire.client.writer.write_eof()
    await wire.proxy.faults(1)
    end = asyncio.create_task(wire.server.rest())
    wire.server.send(b"ignored")
    assert not end.done()
    wire.proxy.heal()

    assert await end == (b"last words", None)


async def test_a_black_hole_swallows_no_more_than_the_system_does(wire: Wire) -> None:
    wire.proxy.break_all(BlackHole())
    wire.server.send(b"x")
    await wire.proxy.faults(1)
    raw = socket.socket(fileno=socket.dup(wire.server.writer.get_extra_info("socket").fileno()))
    taken = 0
    with raw, suppress(BlockingIOError):
        while taken < 64 << 20:
            taken += raw.send(bytes(1 << 20))

    assert taken < 64 << 20


async def test_a_slow_reader_is_waited_for_and_gets_all(wire: Wire) -> None:
    data = bytes(range(256)) * 10_000
    wire.server.send(data)
    wire.server.writer.write_eof()

    assert await wire.client.rest() == (data, None)


async def test_each_way_can_be_delayed(wire: Wire) -> None:
    wire.proxy.break_all(Delay(0.03))
    began = time.monotonic()
    wire.client.send(b"ping")
    assert await wire.server.take(4) == b"ping"
    wire.server.send(b"pong")
    assert await wire.client.take(4) == b"pong"

    assert time.monotonic() - began >= 0.06
    assert wire.proxy.done == {"Delay": 1}


async def test_a_delay_ends_when_it_is_healed(wire: Wire) -> None:
    wire.proxy.break_all(Delay(3600))
    wire.client.send(b"ping")
    await wire.proxy.faults(1)
    wire.proxy.heal()

    assert await wire.server.take(4) == b"ping"


async def test_bytes_per_second_can_be_limited(wire: Wire) -> None:
    wire.proxy.break_all(Throttle(20_000))
    began = time.monotonic()
    wire.client.send(b"x" * 2_000)
    assert await wire.server.take(2_000) == b"x" * 2_000

    assert time.monotonic() - began >= 0.1
    assert wire.proxy.done == {"Throttle": 1}


@pytest.mark.parametrize("then", [Reset(), Close()])
@pytest.mark.parametrize("towards", ["client", "server"])
@pytest.mark.parametrize("after", [0, 3, 10])
async def test_a_frame_can_be_cut(wire: Wire, after: int, towards: Towards, then: Ending) -> None:
    sender, receiver = wire.to(towards)
    wire.proxy.break_all(CutOff(after, towards, then=then))
    receiver.send(b"the other way")
    assert await sender.take(13) == b"the other way"
    sender.send(b"0123456789")

    error = ConnectionResetError if then == Reset() else None
    assert await receiver.rest() == (b"0123456789"[:after], error)
    assert await sender.rest() == (b"", error)
    assert wire.proxy.done == {"CutOff": 1}


async def test_a_cut_counts_across_chunks(wire: Wire) -> None:
    wire.proxy.break_all(CutOff(6, then=Close()))
    for piece in (b"0123", b"4567"):
        wire.server.send(piece)
        await wire.client.take(min(4, 6 - int(piece[:1])))

    assert await wire.client.rest() == (b"", None)


async def test_the_first_frame_of_a_new_connection_can_be_cut(proxy: FaultProxy) -> None:
    proxy.fault = CutOff(1)
    async with WireClient(proxy.url, "tek.v1") as client:
        await client.send(HELLO)
        assert await client.closed() == 1006
    assert proxy.done == {"CutOff": 1}


@pytest.mark.parametrize("towards", ["client", "server"])
async def test_a_bit_can_be_flipped_once(wire: Wire, towards: Towards) -> None:
    sender, receiver = wire.to(towards)
    wire.proxy.break_all(Flip(2, 5, towards))
    sender.send(b"abcd")
    assert await receiver.take(4) == b"abCd"
    sender.send(b"abcd")
    assert await receiver.take(4) == b"abcd"


@pytest.mark.parametrize("towards", ["client", "server"])
async def test_an_end_that_is_sent_a_reserved_bit_gives_up(
    proxy: FaultProxy, towards: Towards
) -> None:
    proxy.fault = Flip(0, 6, towards)
    async with WireClient(proxy.url, "tek.v1") as client:
        await client.send(HELLO)
        with pytest.raises(ConnectionClosed) as closed:
            await client.receive()
    close = closed.value.sent if towards == "client" else closed.value.rcvd
    assert close is not None
    assert close.code == 1002


# ---- What is computed ----------------------------------------------------------------------------


@given(st.binary(max_size=40), st.lists(st.integers(1, 9)))
def test_where_a_handshake_ends_does_not_depend_on_the_chunks(
    frames: bytes, sizes: list[int]
) -> None:
    way, left = Way(), ASK + frames
    parts = {"handshake": b"", "frames": b""}
    for size in [*sizes, len(left)]:
        for part, piece in way.parts(left[:size]):
            assert piece
            parts[part] += piece
        left = left[size:]

    assert parts == {"handshake": ASK, "frames": frames}


@given(st.integers(0, 30), st.lists(st.integers(1, 9)))
def test_where_a_cut_comes_does_not_depend_on_the_chunks(after: int, sizes: list[int]) -> None:
    text = bytes(range(32))
    passed, seen, is_over = 0, b"", False
    for size in [*sizes, len(text)]:
        if not is_over and passed < len(text):
            piece = text[passed : passed + size]
            left, is_over = damaged(CutOff(after), "client", "frames", passed, piece)
            seen, passed = seen + left, passed + len(piece)

    assert (seen, is_over) == (text[:after], True)


@pytest.mark.parametrize("fault", [CutOff(1), Flip(1)])
def test_the_other_way_and_the_other_part_are_left_alone(fault: Fault) -> None:
    assert damaged(fault, "server", "frames", 0, b"abcd") == (b"abcd", False)
    assert damaged(fault, "client", "handshake", 0, b"abcd") == (b"abcd", False)


def test_a_throttle_passes_even_one_byte_a_second() -> None:
    assert paced(Throttle(1), 500) == (1, 1.0)
    assert paced(Throttle(2_000), 500) == (100, 0.05)
    assert paced(Throttle(2_000), 50) == (50, 0.025)


# ---- Plans ---------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_plan_each_time() -> None:
    plan = Plan(7)
    first, again, same, other = (
        list(islice(source, 200)) for source in (plan, plan, Plan(7), Plan(8))
    )
    assert first == again == same
    assert first != other


def test_a_plan_has_every_kind_of_fault_in_every_round() -> None:
    every = {"Refuse", "Reset", "Close", "Http", "BlackHole", "Delay", "Throttle", "CutOff", "Flip"}
    steps = list(islice(Plan(3), 100))
    for start in range(0, 100, 10):
        kinds = {type(step.dials).__name__ for step in steps[start : start + 10]}
        assert every - {"Reset", "Close"} < kinds
    assert {type(step.open).__name__ for step in steps} >= {"Reset", "Close", "CutOff"}
    assert all(0 < step.seconds <= 5 and 0 < step.calm <= 3 for step in steps)


def test_the_pace_multiplies_the_times_of_a_plan() -> None:
    for slow, fast in islice(zip(Plan(3), Plan(3, pace=0.5), strict=False), 20):
        assert fast == Step(slow.calm / 2, slow.open, slow.dials, slow.seconds / 2, slow.count)


async def test_a_step_ends_when_its_dials_have_come(proxy: FaultProxy) -> None:
    async with WireClient(proxy.url) as client:
        step = asyncio.create_task(proxy.suffer(Step(0, Reset(), Http(503), 3600, 2)))
        assert await client.closed() == 1006
    assert await status_of(proxy) == (503, None)
    assert await status_of(proxy) == (503, None)
    async with deadline():
        await step

    assert await answered(proxy)
    assert proxy.done == {"Reset": 1, "Http": 2}


async def test_a_step_ends_with_its_time_and_heals(proxy: FaultProxy) -> None:
    async with WireClient(proxy.url) as client:
        await proxy.suffer(Step(0, BlackHole(), Refuse(), 0.01, 5))
        await proxy.suffer(Step(0, None, None, 0.01))
        assert (await client.chat(HELLO))[1] == "Hello"
    assert await answered(proxy)


async def test_a_client_that_dials_again_lives_through_a_plan(proxy: FaultProxy) -> None:
    async def live() -> None:
        while True:
            with suppress(Exception):
                async with WireClient(proxy.url, "tek.v1") as client, asyncio.timeout(0.2):
                    while True:
                        await client.chat(HELLO)

    living = asyncio.create_task(live())
    try:
        for step in islice(Plan(11, pace=0.02), 20):
            async with deadline():
                await proxy.suffer(step)
    finally:
        living.cancel()
        await asyncio.wait([living])

    assert {"Refuse", "BlackHole", "Http"} <= proxy.done.keys()
    assert await answered(proxy)


# ---- Limits, and what is left behind -------------------------------------------------------------


async def test_what_does_not_come_is_not_awaited_for_ever(proxy: FaultProxy) -> None:
    for waiting in (proxy.dials(1, limit=0.01), proxy.faults(1, limit=0.01)):
        with pytest.raises(TimeoutError):
            await waiting
    async with WireClient(proxy.url):
        with pytest.raises(TimeoutError):
            await proxy.idle(limit=0.01)


async def test_an_error_of_the_test_passes_as_it_is(process: GatewayProcess) -> None:
    with pytest.raises(ZeroDivisionError):
        async with FaultProxy(process.port) as proxy, WireClient(proxy.url):
            raise ZeroDivisionError


async def test_a_port_that_is_taken_is_an_error(proxy: FaultProxy) -> None:
    with pytest.raises(OSError, match="in use"):
        async with FaultProxy(1, port=proxy.port):
            pytest.fail("it listens")


@pytest.mark.parametrize(
    "fault", [None, BlackHole(), Delay(3600), Throttle(1), CutOff(9999), Flip(9999)]
)
async def test_nothing_is_left_behind(
    process: GatewayProcess, fault: LinkFault | None, dial: Dial
) -> None:
    this = psutil.Process()
    tasks = asyncio.all_tasks()
    port = free_port()
    async with WireClient(process.url):
        before = this.num_fds()
        async with FaultProxy(process.port, port=port) as proxy, WireClient(proxy.url) as client:
            if fault is not None:
                proxy.break_all(fault)
            await client.send(HELLO)
            proxy.fault = fault
            dials = [await dial(port) for _ in range(3)]
            for end in dials:
                end.send(ASK)
            proxy.refuse(1)
            dials += [await dial(port) for _ in range(3)]
            await proxy.dials(7)
        for end in dials:
            await end.close()
        assert this.num_fds() == before

    assert proxy.connections == 0
    assert asyncio.all_tasks() == tasks
    with pytest.raises(ConnectionRefusedError):
        await dial(port)


async def test_a_thousand_connections_leave_nothing_in_it(proxy: FaultProxy, dial: Dial) -> None:
    before = psutil.Process().num_fds()
    for fault in (Reset(), Close(), None, CutOff(0, "server", "handshake")):
        proxy.fault = fault
        for _ in range(25):
            ends = await asyncio.gather(*(dial(proxy.port) for _ in range(10)))
            for end in ends:
                end.send(ASK)
            for end in ends:
                await end.rest()
                await end.close()
    await proxy.idle()

    assert proxy.accepted == 1_000
    assert psutil.Process().num_fds() == before
