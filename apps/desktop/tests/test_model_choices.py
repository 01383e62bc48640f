"""The model is chosen by session, and shown where nobody can choose."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget

from tek_desktop.conversation.model_choices import ModelChoices
from tek_desktop.conversation.model_chooser import ModelChooser
from tek_protocol.chat import ModelInfo
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import WindowUser, until, user_of
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.models.model_server import ModelServer

ECHO, SMALL = ModelInfo("echo", is_default=True), ModelInfo("small", description="quick")


# ---- What was chosen ---------------------------------------------------------------------------


def test_a_choice_is_for_its_session_alone() -> None:
    models = ModelChoices()
    models.switch_to("a")
    models.choose("small")
    models.switch_to("b")
    assert models.current == ""
    models.switch_to("a")
    assert models.current == "small"


def test_a_choice_goes_with_the_session_that_begins_and_not_into_the_next_new_one() -> None:
    models = ModelChoices()
    models.choose("small")
    models.set_current_id("a")
    assert models.current == "small"
    models.switch_to("")
    assert models.current == ""
    assert models.chosen == {"a": "small"}


def test_a_choice_goes_from_a_lost_session_into_the_one_that_takes_its_place() -> None:
    models = ModelChoices()
    models.restore({"a": "small"})
    models.switch_to("a")
    for session_id in ("", "b"):
        models.set_current_id(session_id)
    assert models.current == "small"


# ---- The widget --------------------------------------------------------------------------------


@pytest.fixture
def chooser(application: QApplication) -> Generator[ModelChooser]:
    del application
    widget = ModelChooser()
    yield widget
    widget.deleteLater()


def test_it_is_hidden_where_there_is_no_model_and_disabled_where_there_is_one(
    chooser: ModelChooser,
) -> None:
    assert chooser.isHidden()
    chooser.set_models((ECHO,))
    assert (chooser.isHidden(), chooser.isEnabled()) == (False, False)
    assert chooser.toolTip() == "The gateway has no other model"
    chooser.set_models((ECHO, SMALL))
    assert chooser.isEnabled()
    chooser.set_models(())
    assert chooser.isHidden()


def test_what_is_asked_is_shown_even_if_the_gateway_has_it_no_more(chooser: ModelChooser) -> None:
    chooser.set_models((ECHO, SMALL))
    assert chooser.currentText() == "echo"
    chooser.select("small")
    assert chooser.currentText() == "small"
    chooser.select("gone")
    assert chooser.currentText() == "gone (unavailable)"
    assert chooser.isEnabled()


def test_the_keyboard_chooses_and_the_wheel_does_not(chooser: ModelChooser) -> None:
    chosen: list[str] = []
    chooser.chosen.connect(chosen.append)
    chooser.set_models((ECHO, SMALL))
    place, none = QPointF(5, 5), Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        place,
        place,
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        none,
        Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003 - Qt's signature
    )
    QApplication.sendEvent(chooser, wheel)
    assert chosen == []
    QTest.keyClick(chooser, Qt.Key.Key_Down)
    assert chosen == ["small"]


# ---- A real gateway ----------------------------------------------------------------------------


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncGenerator[GatewayProcess]:
    async with ModelServer() as server:
        file = tmp_path / "gateway.toml"
        file.write_text(f'[models.small]\nbase_url = "{server.base_url}"\n')
        async with GatewayProcess(options=[f"--config={file}"]) as process:
            yield process


def choose(user: WindowUser, name: str) -> None:
    """Go to the chooser by the keyboard, and to a model."""
    user.press(Qt.Key.Key_Tab)
    (chooser,) = user.seen(ModelChooser)
    assert chooser.hasFocus()
    while chooser.currentText() != name:
        user.press(Qt.Key.Key_Down)


async def test_the_model_that_is_chosen_answers_in_this_session_and_in_no_other(
    gateway: GatewayProcess,
) -> None:
    async with deadline(30), user_of(gateway.url) as user:
        await until(lambda: user.seen(ModelChooser) != [])
        (chooser,) = user.seen(ModelChooser)
        assert chooser.currentText() == "echo"
        choose(user, "small")
        user.say("to the small one")
        await until(lambda: user.sees("small ·") and len(user.sessions) == 1)
        assert chooser.currentText() == "small"
        user.press(Qt.Key.Key_N, with_key=Qt.KeyboardModifier.ControlModifier)
        await until(lambda: chooser.currentText() == "echo")
        user.say("to the other")
        await until(lambda: user.texts == ["to the other"] * 2 and len(user.sessions) == 2)
        (sessions,) = user.seen(QListWidget)
        sessions.itemActivated.emit(user.session_items[1])
        await until(lambda: chooser.currentText() == "small")


async def test_a_gateway_with_one_model_shows_which() -> None:
    async with GatewayProcess() as gateway, deadline(20), user_of(gateway.url) as user:
        await until(lambda: user.seen(ModelChooser) != [])
        (chooser,) = user.seen(ModelChooser)
        assert (chooser.currentText(), chooser.isEnabled()) == ("echo", False)
