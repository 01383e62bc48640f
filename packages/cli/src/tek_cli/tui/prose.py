"""The text of an answer as markdown, drawn piece by piece while it grows.

It must never draw again what stands: each piece of it is a widget of its own, and only the last
one changes.
"""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Markdown

from tek_cli.tui.segments import find_cut, segments

if TYPE_CHECKING:
    from textual.widgets.markdown import MarkdownStream


class Prose(Vertical):
    """Draws `text`, which may grow until `finish`."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._piece = ""
        self._stream: MarkdownStream | None = None
        self._is_seamless = True

    def compose(self) -> ComposeResult:
        for piece in segments(self._text):
            yield Markdown(piece)

    async def grow(self, text: str) -> None:
        """Show `text`, which usually begins with what is shown."""
        if self._stream is None or not text.startswith(self._text):
            await self._begin_again(text)
        else:
            await self._add(text[len(self._text) :])
        self._text = text

    async def finish(self, text: str) -> None:
        """Show `text`, which will not grow; draw it anew if it is not what grew."""
        await self._stop()
        if text != self._text or not self._is_seamless:
            await self._draw(segments(text))
            self._text, self._is_seamless = text, True

    async def on_unmount(self) -> None:
        await self._stop()

    async def _begin_again(self, text: str) -> None:
        await self._stop()
        *whole, last = segments(text) or [""]
        await self._draw(whole)
        self._is_seamless = True
        await self._begin_piece(last)

    async def _draw(self, pieces: list[str]) -> None:
        await self.remove_children()
        for piece in pieces:
            await self.mount(Markdown(piece))  # one by one: keys are read in between

    async def _add(self, more: str) -> None:
        whole, drawn = self._piece + more, len(self._piece)
        cut = find_cut(whole, drawn)
        end = len(whole) if cut is None else cut.place
        if self._stream is not None:
            await self._stream.write(whole[drawn:end])
        self._piece = whole
        if cut is not None:
            self._is_seamless = self._is_seamless and cut.is_seamless
            await self._stop()
            await self._begin_piece(cut.opening + whole[end:])

    async def _begin_piece(self, text: str) -> None:
        # It begins empty: markdown that was set, and not added, cannot be added to faithfully.
        widget = Markdown()
        await self.mount(widget)
        self._stream, self._piece = Markdown.get_stream(widget), ""
        await self._add(text)

    async def _stop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.stop()
