"""A widget that is one drawing, made once for each width: a long session has many of them.

It must never be drawn anew because something else changed.
"""

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tek_cli.tui.toolkit import app_of, still_size


class Rendered(Widget):
    """Draws what `drawing` returns."""

    virtual_size = still_size()

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Strip] = []
        self._width = -1

    def drawing(self) -> RenderableType:
        """Return what to draw."""
        raise NotImplementedError

    def draw_anew(self) -> None:
        """Forget what was drawn."""
        self._width = -1
        self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self._drawn(width))

    def render_line(self, y: int) -> Strip:
        lines = self._drawn(self.size.width)
        if y >= len(lines):
            return Strip.blank(self.size.width)
        line = lines[y]
        if (selection := self.text_selection) is not None:
            line = _selected(line, selection.get_span(y), self.selection_style)
        return line.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        text = "\n".join(line.text.rstrip() for line in self._lines)
        return selection.extract(text), "\n"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._width = -1

    def _drawn(self, width: int) -> list[Strip]:
        if width != self._width:
            self._width, base = width, self.rich_style
            console = app_of(self).console
            options = console.options.update(width=max(width, 1), highlight=False)
            lines = console.render_lines(self.drawing(), options, pad=True)
            self._lines = [Strip(Segment.apply_style(line, base), width) for line in lines]
        return self._lines


def _selected(line: Strip, span: tuple[int, int] | None, style: Style) -> Strip:
    if span is None:
        return line
    start, end = span
    end = line.cell_length if end < 0 else end
    parts = [line.crop(0, start), line.crop(start, end).apply_style(style), line.crop(end)]
    return Strip.join(parts)
