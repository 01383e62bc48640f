"""The smallest Textual app: one text area."""

from textual.app import App, ComposeResult
from textual.widgets import TextArea


class Bare(App[None]):
    """One text area and nothing else."""

    def compose(self) -> ComposeResult:
        """Yield the text area."""
        yield TextArea(placeholder="Enter sends")


if __name__ == "__main__":
    Bare().run()
