"""The client against real gateways that are killed and restarted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from reconnect_core import Backoff, Event, Online, Phase, RequestFailed, Uncertain
from tek_chat import Answer, Client, Delivery, Ending, Exchange, Kind, Notice, View
from tek_chat.local.discovery import find_or_start_local
from tek_local.runtime_file import read_runtime, runtime_path
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.models.model_server import ModelServer, Streamed

Until: TypeAlias = Callable[[Client, Callable[[View], object]], Awaitable[View]]


def answer_to(view: View, message_id: str) -> Answer | None:
    exchange = view.exchange(message_id)
    return None if exchange is None else exchange.answer


def is_online(view: View) -> bool:
    return view.connection.phase is Phase.ONLINE


def is_down(view: View) -> bool:
    return view.connection.phase is Phase.WAITING


async def asked(client: Client, until: Until, text: str) -> Answer:
    message_id = await client.submit(text)
    answer = answer_to(await until(client, lambda view: answer_to(view, message_id)), message_id)
    assert answer is not None
    return answer


async def test_a_message_is_answered(standing: GatewayProcess, until: Until) -> None:
    async with Client(standing.url) as client:
        answer = await asked(client, until, "/count 5")
    assert (answer.text, answer.ending) == ("1 2 3 4 5", Ending.COMPLETE)


async def test_the_model_is_switched_within_a_session(tmp_path: Path, until: Until) -> None:
    async with ModelServer() as server:
        settings = tmp_path / "gateway.toml"
        settings.write_text(f'[models.small]\nbase_url = "{server.base_url}"\n')
        server.replies.append(Streamed("from the small one", reasoning=("hm",)))
        async with (
            GatewayProcess(options=[f"--config={settings}"]) as gateway,
            Client(gateway.url) as client,
        ):
            await until(client, is_online)
            assert [each.name for each in await client.models()] == ["echo", "small"]
            first = await asked(client, until, "x")
            client.model = "small"
            second = await asked(client, until, "y")

    assert (first.text, first.model) == ("x", "echo")
    assert (second.text, second.model) == ("from the small one", "small")
    assert second.reasoning == "hm"


async def test_the_session_is_the_same_after_a_kill(
    gateway: GatewayProcess, swift: Backoff, until: Until
) -> None:
    async with Client(gateway.url, backoff=swift) as client:
        await asked(client, until, "before")
        session_id = client.view.session_id
        await gateway.kill()
        await until(client, is_down)
        await gateway.start()
        await asked(client, until, "after")
        assert client.view.session_id == session_id
        assert [each.session_id for each in await client.sessions()] == [session_id]
        assert (await client.sessions())[0].message_count == 4


async def test_what_is_submitted_during_an_outage_is_delivered_once_and_in_order(
    gateway: GatewayProcess, swift: Backoff, until: Until
) -> None:
    async with Client(gateway.url, backoff=swift) as client:
        await asked(client, until, "first")
        await gateway.kill()
        await until(client, is_down)
        for text in "abc":
            await client.submit(text)
        assert client.view.count(Delivery.QUEUED) == 3
        await gateway.start()
        view = await until(client, lambda view: view.is_settled)
        assert [each.text for each in view.exchanges] == ["first", "a", "b", "c"]
        assert all(each.answer and each.answer.text == each.text for each in view.exchanges)
        assert (await client.sessions())[0].message_count == 8


async def test_an_answer_that_is_cut_off_keeps_its_text(
    plain_gateway: GatewayProcess, swift: Backoff, until: Until
) -> None:
    async with Client(plain_gateway.url, backoff=swift) as client:
        message_id = await client.submit("/delay 20 /count 10000")
        await until(client, lambda view: view.growing and len(view.growing.text) > 10)
        await plain_gateway.kill()
        view = await until(client, is_down)
        answer = answer_to(view, message_id)
        assert answer is not None
        assert answer.ending is Ending.INTERRUPTED
        assert answer.text.startswith("1 2 3 4 5 ")


async def test_a_message_that_may_have_arrived_is_sent_again_only_by_the_user(
    plain_gateway: GatewayProcess, swift: Backoff, until: Until
) -> None:
    events: list[Event] = []
    async with Client(plain_gateway.url, backoff=swift, listeners=[events.append]) as client:
        await until(client, is_online)
        plain_gateway.pause()
        message_id = await client.submit("hi")
        await until(client, lambda view: view.count(Delivery.SENT))
        await plain_gateway.restart()
        await until(client, lambda view: view.count(Delivery.UNCERTAIN) and is_online(view))
        assert Uncertain(message_id) in events
        assert await client.sessions() == ()
        await client.retry(message_id)
        view = await until(client, lambda view: view.is_settled and answer_to(view, message_id))
        assert [each.text for each in view.exchanges] == ["hi"]
        assert [each.message_count for each in await client.sessions()] == [2]


async def test_a_session_goes_on_in_the_background_until_it_is_answered(
    standing: GatewayProcess, until: Until
) -> None:
    async with Client(standing.url) as client:
        await asked(client, until, "hi")
        first = client.view.session_id
        message_id = await client.submit("/delay 10 /count 50")
        await until(client, lambda view: view.growing)
        await client.open("")
        await asked(client, until, "elsewhere")
        await client.open(first)
        view = await until(client, lambda view: answer_to(view, message_id))
        whole = " ".join(map(str, range(1, 51)))
        assert view.exchanges[-1].answer is not None
        assert view.exchanges[-1].answer.text == whole
        assert first in {each.session_id for each in await client.sessions()}


async def test_a_session_that_was_left_is_hung_up_and_found_again(
    standing: GatewayProcess, until: Until
) -> None:
    online: list[Event] = []
    async with Client(standing.url, listeners=[online.append]) as client:
        await asked(client, until, "hi")
        first = client.view.session_id
        await client.open("")
        await asked(client, until, "elsewhere")
        await client.open(first)
        assert [each.text for each in client.view.exchanges] == ["hi"]
        await asked(client, until, "again")
        assert client.view.session_id == first
    assert sum(isinstance(event, Online) for event in online) == 3


async def test_a_lost_session_is_announced_and_replaced(
    gateway: GatewayProcess, swift: Backoff, until: Until
) -> None:
    async with Client(gateway.url, backoff=swift) as client:
        await asked(client, until, "before")
        lost = client.view.session_id
        await gateway.kill()
        gateway.lose_sessions()
        await gateway.start()
        assert (await asked(client, until, "after")).text == "after"
        before, notice, after = client.view.items
        assert isinstance(before, Exchange)
        assert isinstance(after, Exchange)
        assert notice == Notice(Kind.SESSION_LOST, lost)
        assert client.view.session_id not in {"", lost}


async def test_a_session_that_never_was_is_announced_and_replaced(
    standing: GatewayProcess, until: Until
) -> None:
    async with Client(standing.url, session_id="never-was") as client:
        assert client.view.session_id == "never-was"
        await asked(client, until, "hi")
        assert Notice(Kind.SESSION_LOST, "never-was") in client.view.items


async def test_a_refused_message_says_why_and_is_sent_again_as_a_new_one(
    standing: GatewayProcess, until: Until
) -> None:
    async with Client(standing.url) as client:
        message_id = await client.submit("/count x")
        view = await until(client, lambda view: view.count(Delivery.FAILED))
        assert view.exchanges[0].problem.startswith("LLM_ERROR: /count takes a whole number")
        await client.retry(message_id)
        view = await until(client, lambda view: view.count(Delivery.FAILED))
        assert len(view.items) == 1
        assert view.exchanges[0].id != message_id


@pytest.mark.parametrize("state", ["dialling", "online", "streaming"])
async def test_it_closes_within_a_second(
    standing: GatewayProcess, until: Until, state: str
) -> None:
    async with Client(standing.url) as client:
        if state != "dialling":
            await until(client, is_online)
        if state == "streaming":
            await client.submit("/delay 20 /count 200")
            await until(client, lambda view: view.growing)
        await _closed_within_a_second(client)


async def test_it_closes_within_a_second_though_the_gateway_is_frozen_or_gone(
    gateway: GatewayProcess, until: Until
) -> None:
    async with Client(gateway.url) as first, Client(gateway.url) as second:
        await until(first, is_online)
        await until(second, is_online)
        gateway.pause()
        await _closed_within_a_second(first)
        await gateway.kill()
        await until(second, is_down)
        await _closed_within_a_second(second)


async def _closed_within_a_second(client: Client) -> None:
    descriptors = psutil.Process().num_fds()
    async with deadline(1):
        await client.close()
    assert client.view.connection.phase is Phase.CLOSED
    assert psutil.Process().num_fds() <= descriptors


@pytest.mark.usefixtures("home")
async def test_the_gateway_of_this_machine_is_started_and_when_it_dies_started_again(
    swift: Backoff, until: Until
) -> None:
    async with Client(find_or_start_local, backoff=swift) as client:
        await asked(client, until, "before")
        session_id = client.view.session_id
        runtime = read_runtime(runtime_path())
        assert runtime is not None
        psutil.Process(runtime.pid).kill()
        await until(client, lambda view: not is_online(view))
        await asked(client, until, "after")
        assert client.view.session_id == session_id


@pytest.mark.usefixtures("home")
async def test_a_client_that_is_closed_while_it_starts_the_gateway_does_not_wait_for_it() -> None:
    async with Client(find_or_start_local) as client:
        await asyncio.sleep(0)
        async with deadline(1):
            await client.close()


async def test_a_listener_that_fails_is_logged_and_ends_nothing(
    gateway: GatewayProcess, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    def deaf(event: Event) -> None:
        raise RuntimeError(type(event).__name__)

    async with Client(gateway.url, listeners=[deaf]) as client:
        await client.submit("hi")
        await until(client, lambda view: view.exchanges and view.is_settled)
    assert "a listener failed at Online" in caplog.text


async def test_an_answer_is_stopped_on_the_users_word(
    standing: GatewayProcess, until: Until
) -> None:
    async with Client(standing.url) as client:
        message_id = await client.submit("/delay 20 /count 10000")
        await until(client, lambda view: view.growing and len(view.growing.text) > 10)
        await client.stop()
        view = await client.settled()
        answer = answer_to(view, message_id)
        assert answer is not None
        assert answer.ending is Ending.STOPPED
        assert answer.text.startswith("1 2 3 4 5 ")
        await client.stop()  # nothing is due any more


async def test_a_plain_gateway_cannot_stop_an_answer(
    plain_gateway: GatewayProcess, until: Until
) -> None:
    async with Client(plain_gateway.url) as client:
        await client.submit("/delay 5 /count 100")
        await until(client, lambda view: view.growing)
        with pytest.raises(RequestFailed, match="cannot stop"):
            await client.stop()
        assert (await client.settled()).count(Delivery.ANSWERED) == 1


async def test_sessions_are_renamed_and_deleted(gateway: GatewayProcess, until: Until) -> None:
    async with Client(gateway.url) as client:
        await asked(client, until, "hi")
        session_id = client.view.session_id
        await client.rename(session_id, "a greeting")
        assert [each.title for each in await client.sessions()] == ["a greeting"]
        await client.delete(session_id)
        assert await client.sessions() == ()
        assert client.view.is_new
        assert not client.view.items
        with pytest.raises(RequestFailed, match="SESSION_NOT_FOUND"):
            await client.delete(session_id)


async def test_a_session_that_is_being_answered_is_not_deleted(
    gateway: GatewayProcess, until: Until
) -> None:
    async with Client(gateway.url) as client:
        await client.submit("/delay 5 /count 100")
        await until(client, lambda view: view.growing)
        session_id = client.view.session_id
        with pytest.raises(RequestFailed, match="STREAM_IN_PROGRESS"):
            await client.delete(session_id)
        assert client.view.session_id == session_id
        assert (await client.settled()).count(Delivery.ANSWERED) == 1
