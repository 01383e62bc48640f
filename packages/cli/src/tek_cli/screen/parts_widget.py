"""A widget that draws many parts below each other and caches the drawing of each.

A change of one part redraws only that part: a long session has thousands.
"""

from collections.abc import Sequence
from itertools import chain, takewhile
from typing import Generic, Self, TypeAlias, TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.theme import Theme
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from tek_cli.screen.textual_types import app_of, size_without_layout

PartT = TypeVar("PartT", bound=object)
Line: TypeAlias = list[Segment]
"""A cached line. A `Strip`, which has seven caches of its own, is made only when it is shown."""

_THEME = Theme({"markdown.code": "bold cyan", "markdown.code_block": "cyan"})
"""Rich's styles without their background, which would be black on a light terminal."""


class PartsWidget(Widget, Generic[PartT]):
    """Draws parts below each other; equal parts share one drawing."""

    virtual_size = size_without_layout()

    def __init__(self) -> None:
        super().__init__()
        self._parts: Sequence[PartT] = ()
        self._drawn: dict[PartT, list[Line]] = {}
        self._lines: list[Line] | None = None
        self._styled: dict[int, Strip] = {}
        self._width = -1
        self._laid_out: tuple[int, int] | None = None

    def drawing(self, part: PartT) -> RenderableType:
        """Return the Rich renderable of `part`."""
        raise NotImplementedError

    def draw_parts(self, parts: Sequence[PartT]) -> None:
        """Show `parts`; lay out the screen again only if the number of lines changes."""
        if parts == self._parts:
            return
        before, self._parts, self._lines = self._lines, parts, None
        if before is None or self._laid_out is None:
            self.refresh(layout=True)
            return
        # Not the width of the last drawing, which is 0 where one came before the first layout.
        width, height = self._laid_out
        lines = self._at(width)
        pairs = zip(before, lines, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self._styled = {y: line for y, line in self._styled.items() if y < same}
        super().refresh(layout=len(lines) != height)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        self._styled.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        del viewport
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        height = len(self._at(width))
        self._laid_out = width, height
        return height

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return cached lines with their border; Textual would make all again for each new one."""
        if crop.column_span != (0, self.outer_size.width):
            return super().render_lines(crop)
        kept, self._styled = self._styled, {}
        for y in crop.line_range:
            line = kept.get(y) or super().render_lines(Region(0, y, crop.width, 1))[0]
            self._styled[y] = line  # only these: a long answer has thousands
        return list(self._styled.values())

    def render_line(self, y: int) -> Strip:
        lines = self._at(self.size.width)
        if y >= len(lines):
            return Strip.blank(self.size.width)
        line = Strip(lines[y], self.size.width)
        if (selection := self.text_selection) is not None:
            line = _selected(line, selection.get_span(y), self.selection_style)
        return line.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = ("".join(each.text for each in line) for line in self._lines or ())
        text = "\n".join(line.rstrip() for line in lines)
        return selection.extract(text), "\n"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._width = -1
        self._styled.clear()

    def _at(self, width: int) -> list[Line]:
        """Return the lines at a width of `width` columns."""
        if width != self._width:
            self._width, self._lines = width, None
            self._drawn.clear()
        if self._lines is None:
            self._drawn = {
                part: self._drawn.get(part) or self._draw(part, width) for part in self._parts
            }
            self._lines = list(chain.from_iterable(self._drawn[part] for part in self._parts))
        return self._lines

    def _draw(self, part: PartT, width: int) -> list[Line]:
        base, console = self.rich_style, app_of(self).console
        options = console.options.update(width=max(width, 1), highlight=False)
        with console.use_theme(_THEME):
            lines = console.render_lines(self.drawing(part), options, pad=True)
        return [list(Segment.apply_style(line, base)) for line in lines]


def _selected(line: Strip, span: tuple[int, int] | None, style: Style) -> Strip:
    if span is None:
        return line
    start, end = span
    end = line.cell_length if end < 0 else end
    parts = [line.crop(0, start), line.crop(start, end).apply_style(style), line.crop(end)]
    return Strip.join(parts)
