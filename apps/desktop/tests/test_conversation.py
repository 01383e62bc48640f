"""A user at a real window, a real gateway, and what happens between them."""

from collections.abc import AsyncGenerator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget

from reconnect_core import Backoff
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import until, user_of
from tek_testing.gateway.gateway_process import GatewayProcess

PATIENT = Backoff(base=30.0, cap=30.0)
"""A schedule that nobody wants to wait for."""


PLAIN = pytest.mark.parametrize("gateway", [("--plain",)], indirect=True, ids=["plain"])


@pytest.fixture
async def gateway(request: pytest.FixtureRequest) -> AsyncGenerator[GatewayProcess]:
    async with GatewayProcess(options=getattr(request, "param", ())) as process:
        yield process


def count_to(number: int) -> str:
    return " ".join(str(each) for each in range(1, number + 1))


async def test_an_answer_is_streamed_and_shown_whole(gateway: GatewayProcess) -> None:
    async with deadline(), user_of(gateway.url) as user:
        user.say("/count 500")
        await until(lambda: user.texts == ["/count 500", count_to(500)])
        assert user.composer.toPlainText() == ""


async def test_an_answer_is_seen_while_it_grows(gateway: GatewayProcess) -> None:
    async with deadline(), user_of(gateway.url) as user:
        user.say("/delay 20 /count 1000")
        await until(lambda: user.texts[1:] != [])
        (_, begun) = user.texts
        await until(lambda: len(user.texts[1]) > len(begun))
        assert user.texts[1].startswith(begun)


async def test_shift_and_enter_break_the_line(gateway: GatewayProcess) -> None:
    async with deadline(), user_of(gateway.url) as user:
        user.write("one")
        user.press(Qt.Key.Key_Return, with_key=Qt.KeyboardModifier.ShiftModifier)
        user.say("two")
        await until(lambda: user.texts == ["one\ntwo", "one\ntwo"])


async def test_a_killed_gateway_is_told_of_and_found_again_on_the_same_session(
    gateway: GatewayProcess,
) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("before")
        await until(lambda: user.texts == ["before", "before"])
        await gateway.kill()
        await until(lambda: user.sees("reconnecting"))
        user.say("meanwhile")
        await until(lambda: user.sees("queued"))
        await gateway.start()
        await until(lambda: user.texts == ["before", "before", "meanwhile", "meanwhile"])
        assert user.sees("back online · 1 sent")
        await until(lambda: not user.sees("back online"))
        await until(lambda: len(user.sessions) == 1)


async def test_try_now_ends_the_wait(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url, backoff=PATIENT) as user:
        await until(lambda: user.sees("127.0.0.1"))
        await gateway.kill()
        await until(lambda: user.sees("retry in"))
        await gateway.start()
        user.click("Retry now")
        await until(lambda: user.sees("back online"))
        assert "Retry now" not in user.buttons


@pytest.mark.parametrize("hint", ["F5", "Enter on nothing"])
async def test_a_key_ends_the_wait_too(gateway: GatewayProcess, hint: str) -> None:
    async with deadline(20), user_of(gateway.url, backoff=PATIENT) as user:
        user.say("before")
        await until(lambda: user.texts == ["before", "before"])
        await gateway.kill()
        await gateway.start()
        user.say("after")
        await until(lambda: user.sees("queued"))
        user.press(Qt.Key.Key_F5 if hint == "F5" else Qt.Key.Key_Return)
        await until(lambda: user.texts == ["before", "before", "after", "after"])


@PLAIN
async def test_an_uncertain_message_is_sent_again_only_on_the_users_word(
    gateway: GatewayProcess,
) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("before")
        await until(lambda: user.texts == ["before", "before"])
        gateway.pause()
        user.say("into the void")
        await until(lambda: user.sees("sent"))
        await gateway.restart()
        await until(lambda: user.sees("may have arrived"))
        user.say("after")
        await until(lambda: user.texts[3:] == ["after", "after"])
        assert user.texts[2] == "into the void"
        user.click("Retry")
        await until(lambda: "into the void" in user.texts[3:])
        assert not user.sees("may have arrived")
        assert "Retry" not in user.buttons


@PLAIN
async def test_an_uncertain_message_is_deleted_on_the_users_word(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("before")
        await until(lambda: user.texts == ["before", "before"])
        gateway.pause()
        user.say("into the void")
        await until(lambda: user.sees("sent"))
        await gateway.kill()
        await until(lambda: user.sees("may have arrived"))
        user.click("Delete")
        await until(lambda: user.texts == ["before", "before"])


async def test_a_message_that_is_not_taken_stays_a_draft() -> None:
    too_large = "\n".join(["x" * 99] * 11_000)
    async with deadline(20), user_of("ws://127.0.0.1:1/gateway") as user:
        user.window.composer.set_text(too_large)
        user.press(Qt.Key.Key_Return)
        await until(lambda: user.sees("this message is too long"))
        assert user.composer.toPlainText() == too_large
        assert user.texts == []


async def test_sessions_are_begun_and_gone_back_to(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        assert user.sees("starts a new session")
        user.say("first")
        await until(lambda: user.texts == ["first", "first"] and len(user.sessions) == 1)
        user.press(Qt.Key.Key_N, with_key=Qt.KeyboardModifier.ControlModifier)
        await until(lambda: user.sees("starts a new session"))
        user.say("second")
        await until(lambda: user.texts == ["second", "second"] and len(user.sessions) == 2)
        (sessions,) = user.seen(QListWidget)
        second, first = user.session_items
        assert sessions.currentItem() is second
        sessions.itemActivated.emit(first)
        await until(lambda: user.texts == ["first", "first"])
        assert sessions.currentItem() is first


@PLAIN
async def test_what_a_plain_gateway_keeps_to_itself_is_said_to_be_there(
    gateway: GatewayProcess,
) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: len(user.sessions) == 1)
        session_id = user.session_items[0].data(Qt.ItemDataRole.UserRole)
    async with deadline(20), user_of(gateway.url, session_id=session_id) as user:
        await until(lambda: user.sees(session_id))


async def test_a_session_is_gone_on_with(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: len(user.sessions) == 1)
        session_id = user.session_items[0].data(Qt.ItemDataRole.UserRole)
    async with deadline(20), user_of(gateway.url, session_id=session_id) as user:
        await until(lambda: user.texts == ["first", "first"])
        user.say("second")
        await until(lambda: user.texts == ["first", "first", "second", "second"])
        assert len(user.sessions) == 1


async def test_a_lost_session_is_told_of_and_replaced(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: user.texts == ["first", "first"])
        await gateway.kill()
        gateway.lose_sessions()
        await gateway.start()
        user.say("second")
        await until(lambda: user.texts == ["first", "first", "second", "second"])
        assert user.sees("A new one starts here")


async def test_closing_the_window_hides_it_and_asks_to_leave(gateway: GatewayProcess) -> None:
    async with deadline(), user_of(gateway.url) as user:
        asked: list[bool] = []
        user.window.user_actions.quit_requested.connect(lambda: asked.append(True))
        user.press(Qt.Key.Key_Q, with_key=Qt.KeyboardModifier.ControlModifier)
        await until(lambda: asked == [True])
        assert not user.window.isVisible()


async def test_an_answer_is_stopped_by_button_and_by_key(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        for way in ("button", "key"):
            user.say("/delay 20 /count 1000")
            await until(lambda: "Stop" in user.buttons and user.texts[-1:] not in ([], ["1000"]))
            if way == "button":
                user.click("Stop")
            else:
                user.press(Qt.Key.Key_Escape)
            await until(lambda: "Stop" not in user.buttons)
            assert not user.texts[-1].endswith("1000")


async def test_a_queued_message_is_edited_before_it_is_sent(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url, backoff=PATIENT) as user:
        user.say("before")
        await until(lambda: user.texts == ["before", "before"])
        await gateway.kill()
        user.say("tpyo")
        await until(lambda: "Edit" in user.buttons)
        user.click("Edit")
        await until(lambda: user.composer.toPlainText() == "tpyo" and "tpyo" not in user.texts)
        user.composer.clear()
        user.say("typo")
        await gateway.start()
        user.press(Qt.Key.Key_F5)
        await until(lambda: user.texts == ["before", "before", "typo", "typo"])


async def test_a_cut_answer_is_paused_and_goes_on_in_its_place(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("/delay 10 /count 200")
        await until(lambda: user.texts[1:] != [])
        await gateway.kill()
        await until(lambda: user.sees("paused: continues when the gateway is back"))
        await gateway.start()
        await until(lambda: user.texts == ["/delay 10 /count 200", count_to(200)])
        assert not user.sees("paused")


async def test_a_draft_belongs_to_its_session(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: user.texts == ["first", "first"] and len(user.sessions) == 1)
        user.write("half a thought")
        user.press(Qt.Key.Key_N, with_key=Qt.KeyboardModifier.ControlModifier)
        await until(lambda: user.sees("starts a new session"))
        assert user.composer.toPlainText() == ""
        user.seen(QListWidget)[0].itemActivated.emit(user.session_items[0])
        await until(lambda: user.texts == ["first", "first"])
        assert user.composer.toPlainText() == "half a thought"


async def test_a_session_is_renamed_and_deleted(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: user.sessions == ["first"])
        user.session_items[0].setText("Better")
        await until(lambda: user.sessions == ["Better"])
        session_id = str(user.session_items[0].data(Qt.ItemDataRole.UserRole))
        user.window.user_actions.deleted.emit(session_id)
        await until(lambda: user.sessions == [] and user.sees("starts a new session"))


async def test_earlier_messages_are_carried_over_on_the_users_word(
    gateway: GatewayProcess,
) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        user.say("first")
        await until(lambda: user.texts == ["first", "first"])
        await gateway.kill()
        gateway.lose_sessions()
        await gateway.start()
        await until(lambda: "Send the earlier messages" in user.buttons)
        user.click("Send the earlier messages")
        await until(lambda: "You said: first" in user.texts[-1])
        await until(lambda: "Send the earlier messages" not in user.buttons)
