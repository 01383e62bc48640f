"""What the toolkit leaves without a type. It must never hold anything else."""

from textual.app import App
from textual.widget import Widget


def app_of(widget: Widget) -> App[None]:
    """Return the app that `widget` is in."""
    return widget.app  # pyright: ignore[reportUnknownMemberType] - its result has no type there
