"""What the toolkit leaves without a type, or does twice. It must never hold anything else."""

from textual.app import App
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget


def app_of(widget: Widget) -> App[None]:
    """Return the app that `widget` is in."""
    return widget.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - so it comes


def still_size() -> Reactive[Size]:
    """Return a `virtual_size` that does not have all laid out again when a layout has set it."""
    return Reactive(Size(0, 0), layout=False)
