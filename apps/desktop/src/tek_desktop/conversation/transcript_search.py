"""The search in the transcript, for the find bar."""

from PySide6.QtWidgets import QWidget

from tek_chat import Exchange, Item, View
from tek_desktop.conversation.find_bar import FindBar
from tek_desktop.conversation.transcript_view import TranscriptView
from tek_desktop.widgets.text_view import TextView


class TranscriptSearch:
    """Finds what the user types into `bar`, and shows it in `transcript`, one message at a time."""

    def __init__(self, bar: FindBar, transcript: TranscriptView) -> None:
        self._bar, self._transcript = bar, transcript
        self._view = View()
        self._at: int | None = None
        bar.search_requested.connect(self._search)

    def draw(self, view: View) -> None:
        """Search in `view` from now on."""
        if view.session_id != self._view.session_id:
            self._at = None
        self._view = view

    def _search(self, text: str, step: int) -> None:
        sought = text.casefold()
        found = [at for at, item in enumerate(self._view.items) if sought in _searchable(item)]
        if not found:
            self._bar.show_result("not found")
            return
        self._at = _next(found, self._at, step)
        self._bar.show_result(f"{found.index(self._at) + 1} of {len(found)}")
        widget = self._transcript.show_item(self._at)
        self._transcript.ensureWidgetVisible(widget)
        _select(widget, text)


def _next(found: list[int], at: int | None, step: int) -> int:
    """Return the index before or after `at`, wrapping around; None is after the last one."""
    if step < 0:
        return next((each for each in reversed(found) if at is None or each < at), found[-1])
    return next((each for each in found if at is not None and each > at), found[0])


def _searchable(item: Item) -> str:
    if isinstance(item, Exchange):
        answer = item.answer.text if item.answer else ""
        return f"{item.text}\n{answer}".casefold()
    return item.text.casefold()


def _select(widget: QWidget, text: str) -> None:
    for view in widget.findChildren(TextView):
        view.moveCursor(view.textCursor().MoveOperation.Start)
        if view.find(text):
            return
