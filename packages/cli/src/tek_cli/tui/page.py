"""Markdown as one drawing.

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
    """Draws `text`, which is free of control characters."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def write(self, text: str) -> None:
        """Draw `text` instead."""
        if text != self.text:
            self.text = text
            self.draw_anew()

    def drawing(self) -> RenderableType:
        return markdown(self.text, is_dark=app_of(self).current_theme.dark)
