"""A token that is entered in the window is used, kept for the next start, and never shown."""

import os
import stat
import threading
from collections.abc import AsyncGenerator, Generator

import keyring
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from tek_chat.config.tokens import find_token, tokens_path
from tek_chat.setup import read_setup
from tek_desktop.status.token_dialog import TokenDialog
from tek_desktop.status.token_entry import TokenEntry
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import WindowUser, until, user_of
from tek_testing.gateway.gateway_process import GatewayProcess

TOKEN = "s3cret-s3cret-s3cret"  # noqa: S105 - nobody's


class Silent(KeyringBackend):
    """A keyring that asks somebody who is not there."""

    priority = 1  # pyright: ignore[reportAssignmentType] - a class property there

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answered = threading.Event(), threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        del service, username
        self.asked.set()
        self.answered.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        del password
        self.get_password(service, username)

    def delete_password(self, service: str, username: str) -> None:
        self.get_password(service, username)


@pytest.fixture
def silent() -> Generator[Silent]:
    keyring.set_keyring(ring := Silent())
    yield ring
    ring.answered.set()


@pytest.fixture
async def gateway() -> AsyncGenerator[GatewayProcess]:
    async with GatewayProcess(environment={"TEK_GATEWAY_TOKEN": TOKEN}) as process:
        yield process


async def enter(user: WindowUser, token: str) -> None:
    """Type a token where it is asked for, and press Enter."""
    await until(lambda: "Enter token…" in user.buttons)
    user.click("Enter token…")
    (dialog,) = user.seen(TokenDialog)
    (line,) = dialog.findChildren(QLineEdit)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    line.setText(token)
    QTest.keyClick(line, Qt.Key.Key_Return)


def shows(user: WindowUser, secret: str) -> bool:
    return any(secret in each for each in (*user.labels, *user.texts, *user.buttons))


async def test_a_token_is_used_and_kept_for_the_next_start_and_never_shown(
    gateway: GatewayProcess, caplog: pytest.LogCaptureFixture
) -> None:
    token = read_setup(gateway.url).token
    caplog.set_level("DEBUG")
    async with deadline(20), user_of(gateway.url, token=token) as user:
        await enter(user, f" {TOKEN} ")
        await until(lambda: user.sees(f"saved in {tokens_path()} (only you can read it)"))
        user.say("hello")
        await until(lambda: user.texts == ["hello", "hello"])
        assert not shows(user, TOKEN)
    assert TOKEN not in caplog.text
    assert "TEK_TOKEN" not in os.environ
    assert find_token(gateway.url).text == TOKEN
    assert stat.S_IMODE(tokens_path().stat().st_mode) == 0o600
    async with deadline(20), user_of(gateway.url, token=token) as user:
        user.say("again")
        await until(lambda: user.texts == ["again", "again"])


async def test_it_comes_before_one_in_the_environment_that_is_refused(
    gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEK_TOKEN", "wrong")
    token = read_setup(gateway.url).token
    async with deadline(20), user_of(gateway.url, token=token) as user:
        await enter(user, TOKEN)
        await until(lambda: user.sees("At the next start, TEK_TOKEN is used instead"))
        user.say("hello")
        await until(lambda: user.texts == ["hello", "hello"])


async def test_a_keyring_that_does_not_answer_holds_nothing_up(
    gateway: GatewayProcess, silent: Silent
) -> None:
    token, token_entry = read_setup(gateway.url).token, TokenEntry(gateway.url, timeout=0.3)
    async with deadline(20), user_of(gateway.url, token=token, token_entry=token_entry) as user:
        await enter(user, TOKEN)
        user.say("hello")
        await until(lambda: user.texts == ["hello", "hello"])
        await until(lambda: user.sees("not saved: the keyring does not respond"))
    assert silent.asked.is_set()
    assert not silent.answered.is_set()


async def test_a_token_that_cannot_be_kept_is_used_until_the_end(
    gateway: GatewayProcess,
) -> None:
    tokens_path().with_name("tokens.json.lock").mkdir(parents=True)
    async with deadline(20), user_of(gateway.url, token=read_setup(gateway.url).token) as user:
        await enter(user, TOKEN)
        await until(lambda: user.sees("not saved"))
        user.say("hello")
        await until(lambda: user.texts == ["hello", "hello"])
        assert not shows(user, TOKEN)


async def test_what_can_be_no_token_cannot_be_entered(gateway: GatewayProcess) -> None:
    async with deadline(20), user_of(gateway.url) as user:
        await enter(user, "grüß")
        (dialog,) = user.seen(TokenDialog)
        (ok,) = [each for each in dialog.findChildren(QPushButton) if "OK" in each.text()]
        assert not ok.isEnabled()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: user.seen(TokenDialog) == [])
