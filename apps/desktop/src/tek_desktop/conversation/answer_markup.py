"""Markdown in pieces that are drawn one by one, and the HTML that Qt draws for each.

Pure. HTML in an answer is escaped, and nothing is fetched: a picture becomes a link.
"""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

SHORT, LONG = 1_500, 12_000
"""Characters of prose in one piece: of an answer that grows, and of one that is whole."""

_TOO_LONG = 3
"""How many times its length a piece may have before it is cut wherever it can be."""

_MAX_COLOURED = 20_000
"""Characters; longer code is not coloured."""

_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)\n?\Z")
_GOES_ON = re.compile(r"[ \t]|[-*+]\s|\d{1,9}[.)]\s|[>|]")
"""How a line begins that may belong to what stands above the blank line before it."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown without fenced code."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block; one that `is_open` may still grow."""

    language: str
    text: str
    is_open: bool = False


Piece: TypeAlias = Prose | Code
_Placed: TypeAlias = tuple[Piece, int]
"""A piece, and the place in the text where it ends."""


class Splitter:
    """Splits a text that grows at its end; what is settled is not looked at again."""

    def __init__(self) -> None:
        self._settled: tuple[Piece, ...] = ()
        self._seen = ""

    def pieces(self, text: str) -> tuple[Piece, ...]:
        """Return the pieces of `text`; all but the last two stay as they are while it grows."""
        if not text.startswith(self._seen):
            self._settled, self._seen = (), ""
        placed = [*_split(text[len(self._seen) :], SHORT)]
        if settled := placed[:-2]:
            self._settled += tuple(piece for piece, _ in settled)
            self._seen = text[: len(self._seen) + settled[-1][1]]
        return (*self._settled, *(piece for piece, _ in placed[-2:]))


def split(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text that is whole."""
    return tuple(piece for piece, _ in _split(text, LONG))


def _split(text: str, most: int) -> Generator[_Placed]:
    prose, code = "", ""
    fence: re.Match[str] | None = None
    at, was_blank = 0, False
    for line in _lines(text, most):
        begins_at, at = at, at + len(line)
        if fence is not None:
            if _closes(line, fence["marks"]):
                yield Code(_language(fence), code), at
                fence, code = None, ""
            else:
                code += line
            continue
        fence = _FENCE.match(line)
        is_boundary = was_blank and bool(line.strip()) and _GOES_ON.match(line) is None
        is_full = len(prose) > most * _TOO_LONG or (len(prose) > most and is_boundary)
        if prose.strip() and (fence is not None or is_full):
            yield Prose(prose), begins_at
            prose = ""
        prose = "" if fence is not None else prose + line
        was_blank = not line.strip()
    if fence is not None:
        yield Code(_language(fence), code, is_open=True), at
    elif prose.strip():
        yield Prose(prose), at


def _lines(text: str, longest: int) -> Generator[str]:
    """Yield each line with its end, in several parts if it is too long to be drawn at once."""
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        if end - begin > longest:
            end = text.rfind(" ", begin + 1, begin + longest) + 1 or begin + longest
        yield text[begin:end]
        begin = end


def _closes(line: str, marks: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(marks) and bare == marks[0] * len(bare)


def _language(fence: re.Match[str]) -> str:
    return next(iter(fence["info"].split()), "")


# ---- HTML for Qt -----------------------------------------------------------------------------


class _Renderer(RendererHTML):
    """Renders a picture as a link: fetching it would tell its server who reads the answer."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        name = self.renderInlineAsText(token.children, options, env) or "picture"
        return f'<a href="{escape(str(token.attrGet("src") or ""))}">{escape(name)}</a>'


@cache
def _markdown() -> MarkdownIt:
    known = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    return known.enable(["table", "strikethrough"])


def preload() -> None:
    """Load the modules that the first answer needs; meant to be called in a thread."""
    html_of(Prose("x"))
    html_of_code(Code("python", "x = 1"), is_dark=False)


def html_of(prose: Prose) -> str:
    """Return the HTML of a piece of prose, for a `QTextDocument`."""
    html = _markdown().render(prose.text).replace("<br />\n", "<br />").rstrip()
    return html.replace("<table>", '<table border="1" cellspacing="0" cellpadding="5">')


def html_of_code(code: Code, *, is_dark: bool) -> str:
    """Return the HTML of a code block, for a `QTextDocument`, coloured if its language is known."""
    text = code.text.removesuffix("\n")
    if len(text) > _MAX_COLOURED or not code.language:
        return f"<pre>{escape(text)}</pre>"
    return f"<pre>{_coloured(text, code.language, is_dark=is_dark)}</pre>"


def _coloured(text: str, language: str, *, is_dark: bool) -> str:
    from pygments import highlight  # noqa: PLC0415 - heavy, and often not needed
    from pygments.formatters.html import HtmlFormatter  # noqa: PLC0415 - likewise
    from pygments.lexers import (  # noqa: PLC0415 - likewise
        get_lexer_by_name,  # pyright: ignore[reportUnknownVariableType] - its options are untyped
    )
    from pygments.util import ClassNotFound  # noqa: PLC0415 - likewise

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(text)
    style = "github-dark" if is_dark else "friendly"
    return highlight(text, lexer, HtmlFormatter(nowrap=True, noclasses=True, style=style))
