"""The whole-screen chat as it is used: keys in, and a gateway at the other end."""

import json
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input
from textual.worker import WorkerFailed
from websockets.asyncio.server import ServerConnection, serve

from reconnect_core import Backoff
from tek_chat import Client
from tek_cli.screen.chat_app import ChatApp
from tek_cli.screen.dialogs import Ask, Confirm, Help
from tek_cli.screen.exchange_box import ExchangeBox
from tek_cli.screen.input_history import InputHistory
from tek_local.runtime_file import RuntimeFile
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.screen.chat_screen import live, still

SWIFT = Backoff(base=0.05, cap=0.2)
SLOW = Backoff(base=3600, cap=3600)


def client_of(url: str, backoff: Backoff = SWIFT) -> Client:
    return Client(url, session_id="", backoff=backoff)


# ---- Saying something ------------------------------------------------------------------------


async def test_what_is_typed_is_answered(tmp_path: Path, echo: RuntimeFile) -> None:
    async with live(client_of(echo.url), tmp_path) as (app, pilot):
        await pilot.press(*"hello there", "enter")
        await app.until("2 in, 2 out")
        assert app.shown.count("hello there") == 2
        assert app.composer.text == ""


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_a_message_may_have_several_lines(
    tmp_path: Path, echo: RuntimeFile, key: str
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press("a", key, "b", "enter")
        await app.until("2 in, 2 out")
        assert client.view.exchanges[0].text == "a\nb"


async def test_what_is_typed_is_at_the_owners_disposal_afterwards(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    async with live(client_of(echo.url), tmp_path) as (app, pilot):
        await pilot.press(*"one", "enter", *"two", "enter", *"draft", "up")
        assert app.composer.text == "two"
        await pilot.press("up", "up")
        assert app.composer.text == "one"
        await pilot.press("down", "down")
        assert app.composer.text == "draft"
    assert stat.S_IMODE((tmp_path / "history").stat().st_mode) == 0o600


async def test_typing_goes_on_through_a_kill_and_the_answer_in_the_same_place(
    tmp_path: Path, gateway: GatewayProcess
) -> None:
    client = client_of(gateway.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press(*"/delay 10 /count 200", "enter")
        await app.until(" 20 21 ")
        await gateway.kill()
        await app.until("paused: continues when the gateway is back")
        await pilot.press(*"still here", "enter")
        await app.until("○ queued")
        await gateway.start()
        await client.settled()
        await app.until("2 in, 2 out")
        counted = client.view.exchanges[0].answer
        assert counted is not None
        assert counted.text == " ".join(str(number) for number in range(1, 201))
        await app.until("198 199 200")


async def test_f5_and_an_empty_message_try_now(tmp_path: Path, gateway: GatewayProcess) -> None:
    for key in ("f5", "enter"):
        await gateway.kill()
        client = client_of(gateway.url, SLOW)
        async with live(client, tmp_path) as (app, pilot):
            await app.until("gateway down · retry in")
            await gateway.start()
            await pilot.press(key)
            await app.until("back online")


async def test_what_was_typed_before_the_start_is_taken(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    app = ChatApp(client, InputHistory(tmp_path / "history"), typed="first\nhalf a dra")
    async with client, app.run_test():
        await client.settled()
        assert [each.text for each in client.view.exchanges] == ["first"]
        assert app.composer.text == "half a dra"


async def test_a_message_that_is_not_taken_comes_back(tmp_path: Path, echo: RuntimeFile) -> None:
    async with live(client_of(echo.url), tmp_path) as (app, _):
        app.submit("x" * 2**20)
        await app.until("this message is too long")
        await app.until(lambda: len(app.composer.text) == 2**20)


# ---- Ctrl+C, Ctrl+D --------------------------------------------------------------------------


async def test_control_c_stops_the_answer_and_then_clears_the_draft(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press(*"/delay 20 /count 1000", "enter")
        await app.until("1 2 3")
        await pilot.press(*"a draft", "ctrl+c")
        await app.until("■ stopped")
        assert app.composer.text == "a draft"
        await pilot.press("ctrl+c")
        assert app.composer.text == ""
        await pilot.press("up")
        assert app.composer.text == "a draft"
        await pilot.press("ctrl+c", "ctrl+c")
        assert app.told == ["Press Ctrl+D to quit"]
        assert app.is_running


async def test_control_c_copies_what_is_selected(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await pilot.press(*"abc", "shift+left", "shift+left", "ctrl+c")
        assert app.copied == ["bc"]
        assert app.composer.text == "abc"


async def test_a_plain_gateway_cannot_stop_an_answer_and_says_so(
    tmp_path: Path, plain_gateway: GatewayProcess
) -> None:
    async with live(client_of(plain_gateway.url), tmp_path) as (app, pilot):
        await pilot.press(*"/delay 20 /count 100", "enter")
        await app.until("1 2 3")
        await pilot.press("ctrl+c")
        await app.until(lambda: app.told == ["this gateway cannot stop an answer"])


async def test_control_d_leaves_only_when_the_draft_is_empty(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await pilot.press("a", "b", "left", "ctrl+d")
        assert app.composer.text == "a"
        assert app.is_running
        await pilot.press("backspace", "ctrl+d")
        assert not app.is_running


@pytest.mark.parametrize("where", ["f1", "ctrl+g", "ctrl+b"])
async def test_control_d_leaves_from_everywhere(tmp_path: Path, where: str) -> None:
    async with still(tmp_path) as (app, pilot):
        await pilot.press(where, "ctrl+d")
        assert not app.is_running


# ---- What failed -----------------------------------------------------------------------------


async def test_what_failed_is_sent_again_edited_or_deleted(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press(*"/count no", "enter")
        await app.until("✕ failed: LLM_ERROR")
        first = client.view.exchanges[0]
        await pilot.press("ctrl+g", "r")
        await app.until(lambda: client.view.exchanges[0] is not first and client.view.is_settled)
        await app.until(
            lambda: (
                [each.exchange for each in app.transcript.query(ExchangeBox)]
                == [*client.view.exchanges]
            )
        )
        await pilot.press("ctrl+g", "e")
        await app.until(lambda: app.composer.text == "/count no")
        assert client.view.exchanges == ()
        await pilot.press("backspace", "backspace", "3", "enter")
        await app.until("3 out")
        await pilot.press(*"/count no", "enter")
        await app.until("✕ failed: LLM_ERROR")
        await pilot.press("ctrl+g", "d")
        await app.until(lambda: len(client.view.exchanges) == 1)


async def test_retry_sends_all_that_failed(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press(*"/retry", "enter")
        await app.until(lambda: app.told == ["No failed or uncertain messages"])
        await pilot.press(*"/count no", "enter")
        await app.until("✕ failed")
        first = client.view.exchanges[0]
        await pilot.press(*"/retry", "enter")
        await app.until(lambda: client.view.exchanges[0] is not first and client.view.is_settled)


# ---- Commands --------------------------------------------------------------------------------


async def test_commands_are_completed_and_explained(tmp_path: Path) -> None:
    async with still(tmp_path, size=(120, 30)) as (app, pilot):
        await pilot.press("/")
        await pilot.pause()
        assert "/new /sessions /rename" in app.info.text
        await pilot.press("e", "x")
        await pilot.pause()
        assert app.info.text == "/export [FILE]: save this session to a file"
        assert app.composer.suggestion == "port"
        await pilot.press("tab")
        assert app.composer.text == "/export "
        await pilot.press("ctrl+u", *"/ne", "tab")
        assert app.composer.text == "/new"


async def test_other_words_with_a_slash_are_messages(tmp_path: Path, echo: RuntimeFile) -> None:
    async with live(client_of(echo.url), tmp_path) as (app, pilot):
        await pilot.press(*"/etc/passwd", "enter")
        await app.until("1 in, 1 out")
        assert app.shown.count("/etc/passwd") == 2


async def test_copy_and_export_take_what_was_said(tmp_path: Path, echo: RuntimeFile) -> None:
    target = tmp_path / "said.md"
    async with live(client_of(echo.url), tmp_path) as (app, pilot):
        app.submit("/copy")
        app.submit("hello")
        await app.until("1 in, 1 out")
        app.submit("/copy")
        app.submit(f"/export {target}")
        app.submit(f"/export {target}")
        assert app.copied == ["hello"]
        assert app.told[0] == "No answer to copy"
        assert app.told[-2:] == [f"Saved to {target}", f"Can't write {target}: File exists"]
        await pilot.press("ctrl+g", "c")
        assert app.copied == ["hello", "hello"]
    assert "## You\n\nhello" in target.read_text()


async def test_code_blocks_are_copied_from_the_last_to_the_first(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    async with live(client_of(echo.url), tmp_path) as (app, pilot):
        app.submit("```\none\n```\n\n```\ntwo\n```")
        await app.until("in, ")
        await pilot.press("f8", "f8", "f8")
        assert app.copied == ["two", "one", "two"]


async def test_status_and_model_are_told(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, _):
        await app.until(lambda: client.view.connection.gateway)
        app.submit("/status")
        assert f"gateway     127.0.0.1:{echo.port}" in app.told[0]
        app.submit("/model")
        await app.until(lambda: len(app.told) == 2)
        assert app.told[1] == "Model: the gateway's default (echo)\n· echo"
        app.submit("/model other")
        await app.until(lambda: app.told[2:] == ["Model: other"])
        await app.until("next: other")
        app.submit("hello")
        await app.until("✕ failed")
        app.submit("/model echo")
        app.submit("/retry")
        app.submit("again")
        await app.until("1 in, 1 out")


async def test_help_lists_keys_and_commands(tmp_path: Path) -> None:
    async with still(tmp_path, size=(100, 50)) as (app, pilot):
        await pilot.press("f1", "f1")
        assert not isinstance(app.screen, Help)
        app.submit("/help")
        await pilot.pause()
        assert isinstance(app.screen, Help)
        await app.until("Ctrl+J, Shift+Enter")
        await app.until("/sessions [ID]")
        await pilot.press("escape")
        assert not isinstance(app.screen, Help)


async def test_the_palette_has_every_command_by_name(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press("ctrl+p", *"show details")
        await app.until("ctrl+t")
        await pilot.press("enter")
        await app.until(lambda: app.transcript.has_class("-details"))


async def test_quit_leaves(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        await pilot.press(*"/quit", "enter")
        await pilot.pause()
        assert not app.is_running


# ---- Sessions --------------------------------------------------------------------------------


async def test_sessions_are_listed_searched_opened_and_begun(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        app.submit("the first")
        await app.until("2 in, 2 out")
        app.submit("/new")
        await app.until("What can I help with?")
        app.submit("second")
        await app.until("1 in, 1 out")
        app.submit("/sessions")
        await app.until("● second")
        await app.until("the first")
        await pilot.press("/", *"FIRST", "enter")
        await app.until(lambda: "● second" not in app.shown)
        await pilot.press("enter")
        await app.until("2 in, 2 out")
        assert app.composer.has_focus
        first = client.view.session_id
        await pilot.press("ctrl+n")
        await app.until("What can I help with?")
        app.submit(f"/sessions {first}")
        await app.until("2 in, 2 out")
        await pilot.press("ctrl+b")
        assert not app.sidebar.display


async def test_a_session_is_renamed_and_deleted_with_care(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press("ctrl+b", "r")
        await app.until(lambda: app.told == ["No sessions yet"])
        app.submit("hello")
        await app.until("1 in, 1 out")
        await app.until("● hello")
        await pilot.press("r")
        await app.until(lambda: isinstance(app.screen, Ask))
        app.screen.query_one(Input).value = "a better name"
        await pilot.press("enter")
        await app.until("● a better name")
        await pilot.press("r", "escape", "d")
        await app.until("Permanently delete “a better name” (2 messages), here and on the gateway?")
        await pilot.press("n")
        await app.until(lambda: not isinstance(app.screen, Confirm))
        assert len(await client.sessions()) == 1
        await pilot.press("d")
        await app.until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await app.until("What can I help with?")
        assert await client.sessions() == ()


async def test_the_list_is_gone_through_with_the_arrows(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        for text in ("one", "two", "three"):
            app.submit(text)
            await app.until(f"▌ {text}")
            await client.settled()
            app.submit("/new")
            await app.until("What can I help with?")
        await pilot.press("ctrl+b")
        await app.until("three")
        await pilot.press("home", "down", "enter")
        await app.until("▌ two")


async def test_a_lost_sessions_messages_are_sent_on_request(
    tmp_path: Path, gateway: GatewayProcess
) -> None:
    client = client_of(gateway.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press("f6")
        assert app.told == ["No session was lost here"]
        app.submit("remember me")
        await app.until("2 in, 2 out")
        await gateway.kill()
        gateway.lose_sessions()
        await gateway.start()
        await app.until("F6 sends the earlier messages")
        await app.until("The gateway no longer has session")
        await pilot.press("f6")
        await app.until("This is our conversation so far")
        await client.settled()
        assert "I said: remember me" in client.view.exchanges[-1].text


async def test_this_session_is_renamed_and_deleted_by_command(
    tmp_path: Path, echo: RuntimeFile
) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        for command in ("/rename", "/rename x", "/delete", "/approve", "/approve once"):
            app.submit(command)
        await app.until(lambda: len(app.told) == 4)
        assert "Usage: /approve once|session|deny" in app.told
        assert app.told.count("This session has no messages yet") == 2
        app.submit("hello")
        await app.until("1 in, 1 out")
        app.submit("/rename a better name")
        app.submit("/sessions")
        await app.until("● a better name")
        app.submit("/delete")
        await app.until("Permanently delete")
        await pilot.press("y")
        await app.until("What can I help with?")
        assert await client.sessions() == ()


# ---- Getting around --------------------------------------------------------------------------


async def test_tab_goes_round_and_escape_comes_back(tmp_path: Path) -> None:
    async with still(tmp_path) as (app, pilot):
        assert app.composer.has_focus
        await pilot.press("tab")
        assert app.transcript.has_focus
        await pilot.press("tab")
        assert app.composer.has_focus
        await pilot.press("ctrl+b")
        assert app.sidebar.list.has_focus
        await pilot.press("escape")
        assert app.composer.has_focus


async def test_messages_are_chosen_with_the_arrows(tmp_path: Path, echo: RuntimeFile) -> None:
    client = client_of(echo.url)
    async with live(client, tmp_path) as (app, pilot):
        await pilot.press("ctrl+g")
        assert app.transcript.chosen is None
        for number in range(3):
            app.submit(f"message {number}")
            await app.until(lambda number=number: f"▌ message {number}" in app.shown)
        await app.until(lambda: app.shown.count("2 in, 2 out") == 3)
        await pilot.press("escape", "ctrl+g")
        assert app.transcript.chosen is client.view.exchanges[2]
        await pilot.press("up", "up", "up")
        assert app.transcript.chosen is client.view.exchanges[0]
        await pilot.press("down", "down", "down")
        assert app.transcript.chosen is None


# ---- Questions -------------------------------------------------------------------------------


@asynccontextmanager
async def asking(heard: list[dict[str, object]]) -> AsyncGenerator[str]:
    """Yield the address of a gateway that asks before it does anything."""

    async def say(link: ServerConnection, kind: str, **fields: object) -> None:
        await link.send(json.dumps({"type": kind, **fields}))

    async def meet(link: ServerConnection) -> None:
        async for frame in link:
            message: dict[str, object] = json.loads(frame)
            match message["type"]:
                case "chat.send":
                    await say(link, "chat.stream.start", requestId=message["id"], sessionId="s")
                    await say(link, "tool.approval.request", approvalId="a", tool="rm")
                case "tool.approval.response":
                    heard.append(message)
                    await say(link, "preflight.checklist", checklistId="c", items=["sure?"])
                case "preflight.response":
                    heard.append(message)
                    await say(link, "odd.message")
                case _:
                    pass

    async with serve(meet, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/gateway"


@pytest.mark.parametrize(
    ("key", "decisions"),
    [("f2", ["once", True]), ("f3", ["session", True]), ("f4", ["deny", False])],
)
async def test_what_a_tool_asks_is_answered_with_a_key(
    tmp_path: Path, key: str, decisions: list[object]
) -> None:
    heard: list[dict[str, object]] = []
    async with asking(heard) as url, live(client_of(url), tmp_path) as (app, pilot):
        await pilot.press(key)
        app.submit("clean up")
        await app.until("? rm · Allow it to run?")
        await pilot.press(key)
        await app.until("F2 go ahead · F4 cancel")
        await pilot.press(key)
        await app.until("· not understood: odd.message")
        assert not app.question.display
    assert [each.get("decision", each.get("accepted")) for each in heard] == decisions


# ---- Unexpected errors -------------------------------------------------------------------------


async def test_an_unexpected_error_ends_it_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail() -> None:
        message = "unexpected"
        raise RuntimeError(message)

    apps: list[ChatApp] = []

    async def chat() -> None:
        client = client_of("ws://127.0.0.1:9/")
        async with live(client, tmp_path) as (app, _):
            apps.append(app)
            client.order(fail)
            await app.until(lambda: not app.is_running)

    with pytest.raises(WorkerFailed, match="unexpected"):
        await chat()
    assert "Traceback" not in capsys.readouterr().err
    assert isinstance(apps[0].problem, RuntimeError)
