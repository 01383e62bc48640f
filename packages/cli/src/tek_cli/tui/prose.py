"""The text of an answer that grows: only its last piece is drawn again.

It must never draw again what stands, and keeps its few widgets however long the answer gets.
"""

from textual.containers import Vertical

from tek_cli.tui.page import Page
from tek_cli.tui.segments import find_cut, segments
from tek_cli.tui.toolkit import still_size


class Prose(Vertical):
    """Draws a text that grows."""

    virtual_size = still_size()

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._last: Page | None = None

    async def grow(self, text: str) -> None:
        """Show `text`, which usually begins with what is shown."""
        if self._last is None or not text.startswith(self._text):
            await self.remove_children()
            *whole, last = segments(text) or [""]
            await self.mount_all(Page(piece) for piece in whole)
            await self._begin(last)
        else:
            await self._add(self._last, text[len(self._text) :])
        self._text = text

    async def _add(self, page: Page, more: str) -> None:
        whole = page.text + more
        cut = find_cut(whole, len(page.text))
        page.write(whole if cut is None else whole[: cut.place])
        if cut is not None:
            await self._begin(cut.opening + whole[cut.place :])

    async def _begin(self, text: str) -> None:
        self._last = Page("")
        await self.mount(self._last)
        await self._add(self._last, text)
