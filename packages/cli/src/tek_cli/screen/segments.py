"""Splits a long Markdown text into pieces that can be drawn separately. Pure.

The pieces joined are the text, except for a fence that is opened again.
"""

import re
from dataclasses import dataclass

LONG = 1_000
"""Characters after which a piece ends where it can."""

TOO_LONG = 6_000
"""Characters after which it ends at any word or line: drawing it takes longer than a frame."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_BREAK = re.compile(r"\n[ \t]*\n(?=\S)")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a piece ends; `opening` is what the next one begins with to read the same."""

    place: int
    opening: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """A code block: its first line, where that begins, and where the code begins and ends."""

    opening: str
    start: int
    begins: int
    ends: int
    is_open: bool = False


def find_cut(text: str, drawn: int) -> Cut | None:
    """Return where to end the piece `text`, of which `drawn` characters cannot be taken back."""
    if len(text) < LONG:
        return None
    blocks = _blocks(text)
    for found in _BREAK.finditer(text, max(0, min(drawn, LONG) - 2)):
        place = found.end()
        if place >= max(drawn, LONG) and _block_at(place, blocks) is None:
            return Cut(place)
    if len(text) < TOO_LONG:
        return None
    place = max(drawn, TOO_LONG)
    block = _block_at(place, blocks)
    if block is not None:
        at_line = text.find("\n", place)
        return Cut(at_line + 1, f"{block.opening}\n") if at_line >= 0 else None
    at_word = text.find(" ", place)
    return Cut(at_word + 1) if at_word >= 0 else None


class Pieces:
    """A text that grows. Of its pieces only the last changes, for as long as it only grows."""

    def __init__(self) -> None:
        self._text = self._last = ""
        self._whole: list[str] = []

    def grow(self, text: str) -> list[str]:
        """Return the pieces of `text`, which usually begins with the text of last time."""
        if not text.startswith(self._text):
            self._text = self._last = ""
            self._whole = []
        drawn, piece = len(self._last), self._last + text[len(self._text) :]
        while (cut := find_cut(piece, drawn)) is not None:
            self._whole.append(piece[: cut.place])
            drawn, piece = 0, cut.opening + piece[cut.place :]
        self._text, self._last = text, piece
        return [*self._whole, piece] if piece else [*self._whole]


def code_blocks(text: str) -> list[str]:
    """Return what stands in the code blocks of `text`, in order; one may still be open."""
    return [text[each.begins : each.ends].removesuffix("\n") for each in _blocks(text)]


def _blocks(text: str) -> list[_Block]:
    blocks: list[_Block] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            blocks.append(_Block(opened[0], opened.start(), opened.end() + 1, fence.start()))
            opened = None
    if opened is not None:
        end = len(text)
        blocks.append(_Block(opened[0], opened.start(), opened.end() + 1, end, is_open=True))
    return blocks


def _block_at(place: int, blocks: list[_Block]) -> _Block | None:
    inside = (
        each for each in blocks if each.start < place and (each.is_open or place <= each.ends)
    )
    return next(inside, None)
