"""The whole-screen chat without a terminal, for tests that read what it shows."""

import asyncio
import html
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tek_chat import Client, View
from tek_cli.screen.chat_app import ChatApp
from tek_cli.screen.input_history import InputHistory
from tek_testing.deadlines import deadline
from tek_testing.screen.screen_pilot import ScreenPilot, refreshed

NOWHERE = "ws://127.0.0.1:9/"
_TEXT = re.compile(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
_WEB_FONT = re.compile(r"@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
_COLUMN = 12.2
"""The width of a character in the SVG."""

_POLL = 0.05
"""Seconds between two looks at the screen while no view is drawn."""


class ChatScreen(ChatApp):
    """The chat; `drawn` is set after each drawing, `told` and `copied` list what the user got."""

    def __init__(
        self, client: Client, history: Path, clock: Callable[[], float] | None = None
    ) -> None:
        if clock is None:
            super().__init__(client, InputHistory.read(history))
        else:
            super().__init__(client, InputHistory.read(history), clock=clock)
        self.drawn = asyncio.Event()
        self.told: list[str] = []
        self.copied: list[str] = []

    async def draw(self, view: View) -> None:
        await super().draw(view)
        self.drawn.set()

    def tell(self, text: str) -> None:
        super().tell(text)
        self.told.append(text)

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(text)
        self.copied.append(text)

    @property
    def lines(self) -> list[str]:
        """The text on the screen, line by line."""
        rows: dict[float, str] = defaultdict(str)
        for x, y, text in _TEXT.findall(self.export_screenshot()):
            before = rows[float(y)].ljust(round(float(x) / _COLUMN))
            rows[float(y)] = before + html.unescape(text).replace("\xa0", " ")
        return [line.strip() for _, line in sorted(rows.items())]

    @property
    def shown(self) -> str:
        """The text on the screen."""
        return "\n".join(self.lines)

    @property
    def picture(self) -> str:
        """The screen as an SVG that fetches nothing."""
        return _WEB_FONT.sub("", self.export_screenshot(title="Tek"))

    async def until(self, expected: str | Callable[[], object]) -> None:
        """Return once `expected` is shown, or true, and the whole screen is up to date.

        Raises `TimeoutError` with the screen.
        """
        try:
            async with deadline(15):
                while not (expected in self.shown if isinstance(expected, str) else expected()):
                    self.drawn.clear()
                    with suppress(TimeoutError):  # some changes are not drawn from a view
                        await asyncio.wait_for(self.drawn.wait(), _POLL)
                if self.is_running:
                    await refreshed(self)
        except TimeoutError as error:
            message = f"not {expected!r}, but:\n{self.shown}\n{self.told}"
            raise TimeoutError(message) from error


@asynccontextmanager
async def still(
    tmp_path: Path, *, now: float = 0.0, size: tuple[int, int] = (90, 24)
) -> AsyncGenerator[tuple[ChatScreen, ScreenPilot]]:
    """Yield a chat whose client does not run, at the time `now`."""
    app = ChatScreen(Client(NOWHERE, session_id=""), tmp_path / "history", lambda: now)
    pilot = ScreenPilot(app)
    async with app.run_test(size=size, message_hook=pilot.count_message):
        app.composer.cursor_blink = False
        yield app, pilot


@asynccontextmanager
async def live(
    client: Client, tmp_path: Path, *, size: tuple[int, int] = (100, 36)
) -> AsyncGenerator[tuple[ChatScreen, ScreenPilot]]:
    """Yield a chat that enters and runs `client`."""
    app = ChatScreen(client, tmp_path / "history")
    pilot = ScreenPilot(app)
    async with client, app.run_test(size=size, message_hook=pilot.count_message):
        yield app, pilot
