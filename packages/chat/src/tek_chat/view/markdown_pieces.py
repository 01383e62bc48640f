"""Splits Markdown into prose and code, which a window draws in separate widgets. Pure."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

from tek_chat.view.markdown_fences import Fence, opening_fence

SHORT, LONG = 1_500, 12_000
"""Characters of prose in one piece: of an answer that grows, and of a complete one."""

_FORCED_CUT = 3
"""A piece this many times too long is cut at the next line, paragraph or not."""

_CONTINUES = re.compile(r"[ \t]|[-*+]\s|\d{1,9}[.)]\s|[>|]")
"""How a line begins that may belong to the list, quote or table above the blank line before it."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown without fenced code."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a fenced block; one that `is_open` may still grow."""

    language: str
    text: str
    is_open: bool = False


Piece: TypeAlias = Prose | Code
_PieceEnd: TypeAlias = tuple[Piece, int]
"""A piece, and the offset in the text where it ends."""


class Splitter:
    """Splits a text that grows at its end, without reading the settled pieces again."""

    def __init__(self) -> None:
        self._settled: tuple[Piece, ...] = ()
        self._settled_text = ""

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Return the pieces of `text`; all but the last two stay as they are while it grows."""
        if not text.startswith(self._settled_text):
            self._settled, self._settled_text = (), ""
        found = [*_split(text[len(self._settled_text) :], SHORT)]
        if settled := found[:-2]:
            self._settled += tuple(piece for piece, _ in settled)
            self._settled_text = text[: len(self._settled_text) + settled[-1][1]]
        return (*self._settled, *(piece for piece, _ in found[-2:]))


def split(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a complete text."""
    return tuple(piece for piece, _ in _split(text, LONG))


def _split(text: str, limit: int) -> Generator[_PieceEnd]:
    prose, code = "", ""
    fence: Fence | None = None
    end, was_blank = 0, False
    for line in _lines(text, limit):
        start, end = end, end + len(line)
        if fence is not None:
            if fence.is_closed_by(line):
                yield Code(fence.language, code), end
                fence, code = None, ""
            else:
                code += line
            continue
        fence = opening_fence(line)
        is_boundary = was_blank and bool(line.strip()) and _CONTINUES.match(line) is None
        is_full = len(prose) > limit * _FORCED_CUT or (len(prose) > limit and is_boundary)
        if prose.strip() and (fence is not None or is_full):
            yield Prose(prose), start
            prose = ""
        prose = "" if fence is not None else prose + line
        was_blank = not line.strip()
    if fence is not None:
        yield Code(fence.language, code, is_open=True), end
    elif prose.strip():
        yield Prose(prose), end


def _lines(text: str, limit: int) -> Generator[str]:
    """Yield each line with its newline; a line over `limit` comes in parts, cut between words."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        if end - start > limit:
            end = text.rfind(" ", start + 1, start + limit) + 1 or start + limit
        yield text[start:end]
        start = end
