"""The page with the conversation: banner, find bar, transcript and composer."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from tek_chat import View
from tek_chat.view import wording
from tek_desktop.conversation.composer import Composer
from tek_desktop.conversation.empty_session import EmptySession
from tek_desktop.conversation.find_bar import FindBar
from tek_desktop.conversation.transcript_search import TranscriptSearch
from tek_desktop.conversation.transcript_view import TranscriptView
from tek_desktop.widgets.user_actions import UserActions
from tek_desktop.window.banner import Banner


class ConversationPage(QWidget):
    """Draws the items of a view, or a greeting while there are none."""

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner, self.find_bar, self._greeting = Banner(self), FindBar(self), EmptySession(self)
        self.transcript, self.composer = TranscriptView(user_actions, self), Composer(self)
        self._search = TranscriptSearch(self.find_bar, self.transcript)
        self._content = QStackedWidget(self)
        self._content.addWidget(self._greeting)
        self._content.addWidget(self.transcript)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.banner, self.find_bar, self._content, self.composer):
            column.addWidget(widget)
        column.setStretchFactor(self._content, 1)
        self.composer.submitted.connect(user_actions.submitted)
        self.composer.submitted.connect(self.transcript.follow)
        self.composer.stopped.connect(user_actions.stopped)
        self.composer.model.chosen.connect(user_actions.model_chosen)
        self.composer.model.chosen.connect(self.composer.setFocus)

    def draw(self, view: View) -> None:
        """Show the conversation of `view`."""
        self.transcript.draw(view)
        self._search.draw(view)
        self._greeting.draw("" if view.is_new else view.session_id)
        self._content.setCurrentWidget(self.transcript if view.items else self._greeting)
        self.composer.offer_stop(wording.can_stop(view))

    def show_farewell(self, text: str) -> None:
        """Show `text`, and take no more input."""
        self.banner.show_note(text)
        self._content.setEnabled(False)
        self.composer.setEnabled(False)
