"""The text of an answer that grows: what stands as drawings, the rest as a stream of markdown.

It must never draw again what stands, and keeps its few widgets however long the answer gets.
"""

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Markdown

from tek_cli.tui.page import Page
from tek_cli.tui.segments import find_cut, segments
from tek_cli.tui.toolkit import app_of

if TYPE_CHECKING:
    from textual.widgets.markdown import MarkdownStream


class Prose(Vertical):
    """Draws a text that grows."""

    def __init__(self) -> None:
        super().__init__()
        self._text = self._piece = ""
        self._stream: MarkdownStream | None = None

    async def grow(self, text: str) -> None:
        """Show `text`, which usually begins with what is shown."""
        if self._stream is None or not text.startswith(self._text):
            await self._begin_again(text)
        else:
            await self._add(text[len(self._text) :])
        self._text = text

    async def on_unmount(self) -> None:
        if self._stream is not None:
            await self._stream.stop()

    async def _begin_again(self, text: str) -> None:
        await self._end_stream()
        await self.remove_children()
        *whole, last = segments(text) or [""]
        await self.mount_all(Page(piece) for piece in whole)
        await self._begin_stream(last)

    async def _add(self, more: str) -> None:
        whole, drawn = self._piece + more, len(self._piece)
        cut = find_cut(whole, drawn)
        end = len(whole) if cut is None else cut.place
        if cut is None:
            self._piece = whole
            if self._stream is not None:
                await self._stream.write(more)
            return
        stream = self._stream
        with app_of(self).batch_update():
            await self._end_stream()
            if stream is not None:
                await stream.markdown_widget.remove()
            await self.mount(Page(whole[:end]))
            await self._begin_stream(cut.opening + whole[end:])

    async def _begin_stream(self, text: str) -> None:
        # It begins empty: markdown that was set, and not added, cannot be added to faithfully.
        widget = Markdown(open_links=False)
        await self.mount(widget)
        self._stream, self._piece = Markdown.get_stream(widget), ""
        await self._add(text)

    async def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.stop()
