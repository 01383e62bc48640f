"""Types on the screen chat and waits for its messages, without Textual's wait for an idle process.

`Pilot.press` sleeps after each key until the process uses no CPU, for up to a second. With a
gateway in the same process, or a busy machine, that is most of a test's time.
"""

import asyncio
import unicodedata

from textual.app import App
from textual.events import Callback, Key, Timer
from textual.keys import KEY_NAME_REPLACEMENTS
from textual.message import Message
from textual.pilot import Pilot

_MOST_ROUNDS = 20
"""Rounds of waiting while an answer streams, when there is always another message."""


class ScreenPilot(Pilot[None]):
    """Drives an app. `count_message` is its `message_hook`."""

    def __init__(self, app: App[None]) -> None:
        super().__init__(app)
        self._handled = 0

    def count_message(self, message: Message) -> None:
        """Count a message that the app or a widget handles, except those that `pause` sends."""
        if not isinstance(message, Callback | Timer):
            self._handled += 1

    async def press(self, *keys: str) -> None:
        """Press keys, each once the one before has been handled."""
        for key in keys:
            character = key if len(key) == 1 else None
            self.app.post_message(Key(_key_name(key), character))
            await self._settle()

    async def pause(self, delay: float | None = 0.0) -> None:
        """Return once no message is left and the screen is up to date; `delay` is not used."""
        del delay
        await self._settle()
        if self.app.is_running:
            await refreshed(self.app)

    async def _settle(self) -> None:
        """Wait until two rounds in a row brought no message."""
        quiet = rounds = 0
        while quiet < 2 and rounds < _MOST_ROUNDS:
            handled = self._handled
            await super().pause(0.0)
            quiet = quiet + 1 if handled == self._handled else 0
            rounds += 1


async def refreshed(app: App[None]) -> None:
    """Return after three drawings: a layout, the scroll that follows it, and their result."""
    for _ in range(3):
        drawn = asyncio.Event()
        app.call_after_refresh(drawn.set)
        await drawn.wait()


def _key_name(key: str) -> str:
    """Return Textual's name of a key: "slash" for "/"."""
    if len(key) > 1 or key.isalnum():
        return key
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)
