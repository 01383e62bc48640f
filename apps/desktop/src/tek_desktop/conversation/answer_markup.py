"""The HTML that Qt draws for a piece of Markdown. Pure.

HTML in an answer is escaped, and nothing is fetched: a picture becomes a link.
"""

from collections.abc import Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from tek_chat.view.markdown_pieces import Code, Prose

_MAX_COLOURED = 20_000
"""Characters; longer code is not coloured."""


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
