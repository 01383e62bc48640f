"""A user at a real window, for tests and pictures: keys, clicks, and what is visible."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QAbstractEventDispatcher, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from reconnect_core import Backoff, Provider
from tek_chat import Client, Listener
from tek_chat.journal.journal import Journal
from tek_chat.local.discovery import find_local
from tek_desktop.application import open_window
from tek_desktop.conversation.answer_body import AnswerBody
from tek_desktop.conversation.bubble import Bubble
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.page_updater import PageUpdater
from tek_desktop.status.token_entry import TokenEntry
from tek_desktop.window.main_window import Window

W = TypeVar("W", bound=QWidget)

QUICK = Backoff(base=0.05, cap=0.2)
"""A schedule for tests that have no second to waste."""


@dataclass(frozen=True, slots=True)
class WindowUser:
    """Whoever sits before `window`."""

    window: Window

    def press(self, key: Qt.Key, *, with_key: Qt.KeyboardModifier | None = None) -> None:
        """Press a key where the keyboard's focus is."""
        modifier = Qt.KeyboardModifier.NoModifier if with_key is None else with_key
        QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)

    def write(self, text: str) -> None:
        """Type into the composer, without Enter."""
        QTest.keyClicks(self.composer, text)

    def say(self, text: str) -> None:
        """Type a message and press Enter."""
        self.write(text)
        QTest.keyClick(self.composer, Qt.Key.Key_Return)

    def click(self, name: str) -> None:
        """Click the last button with this name; raises `LookupError` if none can be seen."""
        buttons = [each for each in self.seen(QAbstractButton) if each.text() == name]
        if not buttons:
            message = f"no button {name!r} to be seen"
            raise LookupError(message)
        QTest.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)

    # ---- What can be seen ----------------------------------------------------------------------

    @property
    def composer(self) -> QPlainTextEdit:
        """The text field to write in."""
        return self.seen(QPlainTextEdit)[0]

    @property
    def sessions(self) -> list[str]:
        """The names in the list of sessions."""
        return [each.text() for each in self.session_items]

    @property
    def session_items(self) -> list[QListWidgetItem]:
        """The lines of the list of sessions, without the days."""
        (found,) = self.seen(QListWidget)
        items = [found.item(row) for row in range(found.count())]
        return [each for each in items if each.flags() & Qt.ItemFlag.ItemIsSelectable]

    @property
    def texts(self) -> list[str]:
        """What was said, from top to bottom."""
        return said_in(self.window)

    @property
    def labels(self) -> list[str]:
        """All other words in the window."""
        return [each.text() for each in self.seen(QLabel) if each.text()]

    @property
    def buttons(self) -> list[str]:
        """The names of the buttons."""
        return [each.text() for each in self.seen(QAbstractButton)]

    def sees(self, words: str) -> bool:
        """Return whether `words` stand anywhere but in a message."""
        return any(words in label for label in self.labels)

    def seen(self, kind: type[W]) -> list[W]:
        """Return the widgets of this kind that are not hidden."""
        return [each for each in self.window.findChildren(kind) if each.isVisible()]


def texts_in(widget: QWidget) -> list[QTextEdit]:
    """Return the fields of text that are not hidden, from top to bottom."""
    seen = [each for each in widget.findChildren(QTextEdit) if each.isVisible()]
    return sorted(seen, key=lambda each: each.mapTo(widget, each.rect().topLeft()).y())


def said_in(widget: QWidget) -> list[str]:
    """Return each message and each answer that can be seen, from top to bottom."""
    messages = (Bubble, AnswerBody)
    found = [each for kind in messages for each in widget.findChildren(kind) if each.isVisible()]
    found.sort(key=lambda each: each.mapTo(widget, each.rect().topLeft()).y())
    return ["\n".join(part.toPlainText() for part in texts_in(each)) for each in found]


@asynccontextmanager
async def user_of(  # noqa: PLR0913 - each has a name and a default
    url: str,
    *,
    session_id: str = "",
    backoff: Backoff = QUICK,
    listeners: Sequence[Listener] = (),
    token: Provider | None = None,
    token_entry: TokenEntry | None = None,
    journal: Journal | None = None,
) -> AsyncGenerator[WindowUser]:
    """Open a window on the gateway at `url`, and close it behind the block.

    With "" it is this machine's, which is not started by itself.
    """
    window, list_refresh, page_updater = Window(), ListRefresh(), PageUpdater(url, url or None)
    everyone = (list_refresh.on_event, page_updater.on_event, *listeners)
    client = Client(
        url or _local,
        session_id=session_id,
        token=token,
        journal=journal,
        backoff=backoff,
        listeners=everyone,
    )
    try:
        async with open_window(window, client, list_refresh, page_updater, token_entry):
            await until(window.isActiveWindow)  # before that, keys lead nowhere
            yield WindowUser(window)
    finally:
        window.deleteLater()


async def _local() -> str:
    if (url := await find_local()) is None:
        message = "this machine's gateway does not run"
        raise OSError(message)
    return url


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as `condition` holds, looked at whenever Qt has nothing left to do."""
    holds = asyncio.Event()

    def look() -> None:
        if condition():
            holds.set()

    dispatcher = QAbstractEventDispatcher.instance()
    dispatcher.aboutToBlock.connect(look)
    try:
        look()
        await holds.wait()
    finally:
        dispatcher.aboutToBlock.disconnect(look)
