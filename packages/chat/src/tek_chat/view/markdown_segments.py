"""Splits a long Markdown text into texts that a terminal draws separately. Pure.

The segments joined are the text, except for a fence that is opened again. `markdown_pieces` takes
prose and code apart instead; a terminal draws both in one go, and redraws only the last segment.
"""

import re
from dataclasses import dataclass

from tek_chat.view.markdown_fences import CodeSpan, code_spans

SEGMENT_LENGTH = 1_000
"""Characters after which a segment ends at the next paragraph."""

LONGEST_SEGMENT = 6_000
"""Characters after which it ends at any word or line: drawing it takes longer than a frame."""

_BREAK = re.compile(r"\n[ \t]*\n(?=\S)")


@dataclass(frozen=True, slots=True)
class Cut:
    """The offset where a segment ends; the next one begins with `opening`, a fence or nothing."""

    offset: int
    opening: str = ""


def find_cut(text: str, drawn: int) -> Cut | None:
    """Return where to end the segment `text`, whose first `drawn` characters stay in it."""
    if len(text) < SEGMENT_LENGTH:
        return None
    spans = [*code_spans(text)]
    for found in _BREAK.finditer(text, max(0, min(drawn, SEGMENT_LENGTH) - 2)):
        offset = found.end()
        if offset >= max(drawn, SEGMENT_LENGTH) and _span_at(offset, spans) is None:
            return Cut(offset)
    if len(text) < LONGEST_SEGMENT:
        return None
    offset = max(drawn, LONGEST_SEGMENT)
    span = _span_at(offset, spans)
    if span is not None:
        line_end = text.find("\n", offset)
        return Cut(line_end + 1, f"{span.opening}\n") if line_end >= 0 else None
    word_end = text.find(" ", offset)
    return Cut(word_end + 1) if word_end >= 0 else None


class GrowingSegments:
    """The segments of a text that grows at its end: only the last of them changes."""

    def __init__(self) -> None:
        self._text = self._last = ""
        self._settled: list[str] = []

    def grow(self, text: str) -> list[str]:
        """Return the segments of `text`, which usually begins with the text of the last call."""
        if not text.startswith(self._text):
            self._text = self._last = ""
            self._settled = []
        drawn, segment = len(self._last), self._last + text[len(self._text) :]
        while (cut := find_cut(segment, drawn)) is not None:
            self._settled.append(segment[: cut.offset])
            drawn, segment = 0, cut.opening + segment[cut.offset :]
        self._text, self._last = text, segment
        return [*self._settled, segment] if segment else [*self._settled]


def _span_at(offset: int, spans: list[CodeSpan]) -> CodeSpan | None:
    inside = (
        span for span in spans if span.start < offset and (span.is_open or offset <= span.code_end)
    )
    return next(inside, None)
