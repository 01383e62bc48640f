"""A long text in pieces that can be drawn one by one, cut where markdown does not notice.

Pure. It must never change the text: the pieces joined are the text, but for a fence that is
opened again.
"""

import re
from dataclasses import dataclass

LONG = 4_000
"""Characters after which a piece ends where it can."""

TOO_LONG = 16_000
"""Characters after which it ends wherever it is: drawing it again takes longer than a frame."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_BREAK = re.compile(r"\n[ \t]*\n+(?=[^\s])")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a piece ends; `opening` is what the next one begins with to read the same."""

    place: int
    opening: str = ""


def find_cut(text: str, drawn: int) -> Cut | None:
    """Return where to end the piece `text`, of which `drawn` characters cannot be taken back."""
    if len(text) < LONG:
        return None
    for found in _BREAK.finditer(text, max(0, min(drawn, LONG) - 2)):
        if found.end() >= max(drawn, LONG) and not open_fence(text[: found.end()]):
            return Cut(found.end())
    if len(text) < TOO_LONG:
        return None
    place = max(drawn, TOO_LONG)
    fence = open_fence(text[:place])
    at_line = text.find("\n", place)
    if fence and at_line >= 0:
        return Cut(at_line + 1, f"{fence}\n")
    at_word = text.find(" ", place)
    return Cut(at_word + 1) if at_word >= 0 and not fence else None


def open_fence(text: str) -> str:
    """Return the line that opened the code block in which `text` ends, "" if it ends in none."""
    opened, opening = "", ""
    for fence in _FENCE.finditer(text):
        marks, rest = fence[1], fence[2]
        if not opened:
            opened, opening = marks, fence[0]
        elif marks.startswith(opened) and not rest.strip():
            opened, opening = "", ""
    return opening


def segments(text: str) -> list[str]:
    """Return `text` in pieces; in one, if a link in it is explained elsewhere in it."""
    if _REFERENCE.search(text):
        return [text]
    pieces: list[str] = []
    while (cut := find_cut(text, 0)) is not None:
        pieces.append(text[: cut.place])
        text = cut.opening + text[cut.place :]
    return [*pieces, text] if text else pieces


def code_blocks(text: str) -> list[str]:
    """Return what stands in the code blocks of `text`, in order; one may still be open."""
    blocks: list[str] = []
    opened, begins = "", 0
    for fence in _FENCE.finditer(text):
        marks, rest = fence[1], fence[2]
        if not opened:
            opened, begins = marks, fence.end() + 1
        elif marks.startswith(opened) and not rest.strip():
            blocks.append(text[begins : fence.start()].removesuffix("\n"))
            opened = ""
    return [*blocks, text[begins:]] if opened else blocks
