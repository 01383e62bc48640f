"""Fenced code blocks in Markdown: what opens one, what closes it, and where they are. Pure.

The rules are CommonMark's (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
"""

import re
from collections.abc import Generator
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^\n]*)\n?\Z")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Fence:
    """The line that opens a code block: its marks, and the info string after them."""

    marks: str
    info: str

    @property
    def language(self) -> str:
        """The first word of the info string, "" without one."""
        return next(iter(self.info.split()), "")

    def is_closed_by(self, line: str) -> bool:
        """Return whether `line` is the fence that closes this block."""
        found = _FENCE.match(line)
        return (
            found is not None
            and found["marks"].startswith(self.marks)
            and not found["info"].strip()
        )


@dataclass(frozen=True, slots=True)
class CodeSpan:
    """A code block in a text, by offsets: its opening line, and where the code is."""

    opening: str
    start: int
    code_start: int
    code_end: int
    is_open: bool = False


def opening_fence(line: str) -> Fence | None:
    """Return the fence that `line`, with or without its newline, opens."""
    found = _FENCE.match(line)
    if found is None or (found["marks"][0] == "`" and "`" in found["info"]):
        return None
    return Fence(found["marks"], found["info"].strip())


def code_blocks(text: str) -> list[str]:
    """Return the code of each block in `text`, in order; the last may still be open."""
    return [text[span.code_start : span.code_end].removesuffix("\n") for span in code_spans(text)]


def code_spans(text: str) -> Generator[CodeSpan]:
    """Yield where each code block of `text` is; one without an end `is_open`."""
    fence: Fence | None = None
    opening, start, code_start, end = "", 0, 0, 0
    for found in _LINE.finditer(text):
        line = found[0]
        line_start, end = found.span()
        if fence is None:
            fence = opening_fence(line)
            opening, start, code_start = line.removesuffix("\n"), line_start, end
        elif fence.is_closed_by(line):
            yield CodeSpan(opening, start, code_start, line_start)
            fence = None
    if fence is not None:
        yield CodeSpan(opening, start, code_start, end, is_open=True)
