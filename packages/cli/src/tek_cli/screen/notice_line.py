"""A line between messages that neither the user nor the model wrote."""

from textual.content import Content
from textual.widgets import Static

from tek_chat import Kind, Notice
from tek_chat.view import wording
from tek_chat.view.control_characters import clean


class NoticeLine(Static):
    """Draws `notice`."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(_content(notice), classes=notice.kind.value)
        self.notice = notice

    def draw(self, notice: Notice) -> None:
        """Show `notice`."""
        if notice is not self.notice:
            self.notice = notice
            self.update(_content(notice))


def _content(notice: Notice) -> Content:
    match notice.kind:
        case Kind.SESSION_LOST:
            text = f"{wording.DOWN} {wording.session_lost(notice.text)}"
        case Kind.ERROR:
            text = f"{wording.STOPPED} {notice.text}"
        case Kind.UNKNOWN:
            text = f"· not understood: {notice.text}"
    return Content(clean(f"{text} ({notice.times} times)" if notice.times > 1 else text))
