"""The least that Textual can do: one text area."""

from textual.app import App, ComposeResult
from textual.widgets import TextArea


class Bare(App[None]):
    """Nothing else."""

    def compose(self) -> ComposeResult:
        """Return the text area."""
        yield TextArea(placeholder="Enter sends")


if __name__ == "__main__":
    Bare().run()
