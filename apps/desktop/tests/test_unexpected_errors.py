"""What nobody foresaw is logged, told once, and ends nothing."""

import asyncio

import pytest
from PySide6.QtCore import Qt

from tek_chat import View
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import until, user_of
from tek_testing.gateway.gateway_process import GatewayProcess


def stumble() -> None:
    message = "over a stone"
    raise OSError(message)


def stumble_over(view: View) -> None:
    del view
    stumble()


async def test_an_exception_in_a_slot_is_shown_once_and_the_conversation_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with GatewayProcess() as gateway, deadline(), user_of(gateway.url) as user:
        user.window.user_actions.retry_now_requested.connect(stumble)
        user.press(Qt.Key.Key_F5)
        await until(lambda: user.sees("OSError: over a stone"))
        user.click("Dismiss")
        user.press(Qt.Key.Key_F5)
        user.say("hello")
        await until(lambda: user.texts == ["hello", "hello"])
        assert not user.sees("over a stone")
    assert [each.exc_text is not None for each in caplog.records] == [True, True]
    caplog.clear()


async def test_an_exception_in_a_callback_of_the_loop_is_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with deadline(), user_of("ws://127.0.0.1:1/gateway") as user:
        asyncio.get_running_loop().call_soon(stumble)
        await until(lambda: user.sees("OSError: over a stone"))
    assert "over a stone" in caplog.text
    caplog.clear()


async def test_an_exception_while_drawing_is_shown_and_drawing_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with GatewayProcess() as gateway, deadline(), user_of(gateway.url) as user:
        with monkeypatch.context() as patch:
            patch.setattr(user.window.conversation.transcript, "draw", stumble_over)
            user.say("hello")
            await until(lambda: user.sees("OSError: over a stone"))
        user.say("and on")
        await until(lambda: user.texts == ["hello", "hello", "and on", "and on"])
    caplog.clear()
