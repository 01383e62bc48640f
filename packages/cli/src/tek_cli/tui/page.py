"""Markdown that will not change, as one drawing.

It must never resolve a link: where it leads stands beside it.
"""

from rich.console import RenderableType
from rich.markdown import Markdown

from tek_cli.tui.rendered import Rendered
from tek_cli.tui.toolkit import app_of


def markdown(text: str, *, is_dark: bool) -> Markdown:
    """Return `text` as it is drawn."""
    theme = "monokai" if is_dark else "default"
    return Markdown(text, code_theme=theme, hyperlinks=False)


class Page(Rendered):
    """Draws `text`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def drawing(self) -> RenderableType:
        return markdown(self._text, is_dark=app_of(self).current_theme.dark)
