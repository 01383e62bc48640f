"""`tek-desktop` with a scripted user, who does one thing in the window, says `ready`, and quits.

Everything else is what a user starts.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

from PySide6.QtWidgets import QDialog

from tek_chat import Client
from tek_desktop import application
from tek_desktop.controller import Controller
from tek_desktop.main import main
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.page_updater import PageUpdater
from tek_desktop.window.main_window import Window
from tek_testing.desktop.window_user import WindowUser, until

_open_window = application.open_window


def look_at_the_checks(user: WindowUser) -> None:
    user.click("Connection")
    user.window.connection_page.tabs.setCurrentWidget(user.window.connection_page.checks)


def start_a_gateway(user: WindowUser) -> None:
    user.click("Connection")
    user.window.connection_page.control_requested.emit("start")


def enter_a_token(user: WindowUser) -> None:
    user.window.user_actions.token_entered.emit("s3cret")
    user.window.ask_for_token()


def delete_a_session(user: WindowUser) -> None:
    user.window.sidebar.confirm_delete("s", "Soup")


def leave_things_open(user: WindowUser) -> None:
    user.window.user_actions.renamed.emit("s", "Soup")
    user.window.submit("for later")


ACTS: Mapping[str, tuple[Callable[[WindowUser], object], Callable[[WindowUser], bool]]] = {
    "checks": (look_at_the_checks, lambda user: user.sees("Checking…")),
    "gateway": (start_a_gateway, lambda user: user.sees("Starting…")),
    "token": (enter_a_token, lambda user: user.seen(QDialog) != []),
    "settings": (
        lambda user: user.window.user_actions.settings_requested.emit(),
        lambda user: user.seen(QDialog) != [],
    ),
    "questions": (leave_things_open, lambda user: user.sees("queued")),
    "delete": (delete_a_session, lambda user: user.seen(QDialog) != []),
}


@asynccontextmanager
async def open_window_with_user(
    window: Window, client: Client, list_refresh: ListRefresh, page_updater: PageUpdater
) -> AsyncGenerator[Controller]:
    """Open the window as ever, and lend a hand."""
    async with _open_window(window, client, list_refresh, page_updater) as controller:
        act, is_done = ACTS[sys.argv[1]]
        act(user := WindowUser(window))
        await until(lambda: is_done(user))
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, window.quit)  # Ctrl+Q
        print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
        yield controller


if __name__ == "__main__":
    application.open_window = open_window_with_user
    sys.exit(main(sys.argv[2:]))
