"""Typed or cheaper forms of what Textual offers."""

from textual.app import App
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget


def app_of(widget: Widget) -> App[None]:
    """Return the app of `widget`."""
    return widget.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - Textual leaves its type open


def size_without_layout() -> Reactive[Size]:
    """Return a `virtual_size` whose change, made by a layout, does not start another layout."""
    return Reactive(Size(0, 0), layout=False)
