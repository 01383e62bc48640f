"""Draws the number of dials over time: as a line of text, and as an SVG for light and dark pages.

Pure: counts in, text out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

_LEVELS = " ▁▂▃▄▅▆▇█"
_BARS_PER_CHARACTER = 2

_WIDTH, _HEIGHT, _LEFT, _GAP = 800, 120, 40, 48
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #59636e }
line { stroke: #d1d9e0 }
rect { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  line { stroke: #3d444d }
  rect { fill: #4493f8 }
}"""


def line(counts: Sequence[int], highest: int) -> str:
    """Return `counts` as one line of blocks; the full height is `highest`."""
    pairs = range(0, len(counts), _BARS_PER_CHARACTER)
    peaks = (max(counts[at : at + _BARS_PER_CHARACTER]) for at in pairs)
    # Even one dial is visible.
    return "".join(_LEVELS[-(-each * (len(_LEVELS) - 1) // highest)] for each in peaks)


def svg(panels: Mapping[str, Sequence[int]], per_second: int) -> str:
    """Return a panel for each title and its counts, one above the other on the same scale."""
    highest = max(map(max, panels.values()))
    longest = max(map(len, panels.values()))
    height = len(panels) * (_HEIGHT + _GAP)
    shapes = (
        shape
        for place, (title, counts) in enumerate(panels.items())
        for shape in _panel(
            title, counts, highest, longest, per_second, top=place * (_HEIGHT + _GAP)
        )
    )
    return "\n".join(_document(_LEFT + _WIDTH + 10, height, shapes))


def _document(width: int, height: int, shapes: Iterable[str]) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    yield f"<style>\n{_STYLE}\n</style>"
    yield from shapes
    yield "</svg>\n"


def _panel(  # noqa: PLR0913 - a scale takes that much
    title: str, counts: Sequence[int], highest: int, longest: int, per_second: int, *, top: int
) -> Iterator[str]:
    floor, step = top + _GAP // 2 + _HEIGHT, _WIDTH / longest
    yield f'<text x="{_LEFT}" y="{top + _GAP // 2 - 8}">{title}</text>'
    yield f'<text x="{_LEFT - 6}" y="{floor - _HEIGHT + 10}" text-anchor="end">{highest}</text>'
    for at, count in enumerate(counts):
        if count:
            tall = count / highest * _HEIGHT
            left = _LEFT + at * step
            yield (
                f'<rect x="{left:.1f}" y="{floor - tall:.1f}" width="{step:.1f}"'
                f' height="{tall:.1f}"/>'
            )
    yield f'<line x1="{_LEFT}" y1="{floor}" x2="{_LEFT + _WIDTH}" y2="{floor}"/>'
    for second in range(0, longest // per_second + 1, 2):
        left = _LEFT + second * per_second * step
        yield f'<text x="{left:.1f}" y="{floor + 15}" text-anchor="middle">{second} s</text>'
