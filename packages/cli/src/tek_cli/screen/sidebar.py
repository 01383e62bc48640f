"""The sidebar: the gateway's sessions, with a search field and keys to act on them."""

from collections.abc import Sequence
from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tek_chat.view.control_characters import clean
from tek_protocol.chat import SessionInfo

SessionAction: TypeAlias = Literal["open", "new", "rename", "delete"]


class Sidebar(Vertical):
    """The list of sessions with a search field. The app carries out what the user wants."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "want('new')", "New", show=False),
        Binding("r", "want('rename')", "Rename", show=False),
        Binding("d,delete", "want('delete')", "Delete", show=False),
        Binding("slash", "search", "Search", show=False),
    ]

    class Wanted(Message):
        """The user wants `action` on `session`, the highlighted one, if any."""

        def __init__(self, action: SessionAction, session: SessionInfo | None) -> None:
            super().__init__()
            self.action: SessionAction = action
            self.session = session

    def __init__(self) -> None:
        super().__init__()
        self.search = Input(placeholder="/ search", compact=True)
        self.list = OptionList(compact=True)
        self._sessions: tuple[SessionInfo, ...] = ()
        self._shown: tuple[SessionInfo, ...] = ()
        self._current = ""

    def compose(self) -> ComposeResult:
        yield Static("Sessions", classes="heading")
        yield self.search
        yield self.list
        yield Static("Enter open · n new\nr rename · d delete", classes="keys")

    @property
    def nothing_selected(self) -> str:
        """Why no session is highlighted, for the user."""
        wanted = self.search.value
        return f'No session matches "{wanted}"' if wanted and self._sessions else "No sessions yet"

    def show_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show these sessions, newest first."""
        if tuple(sessions) != self._sessions:
            self._sessions = tuple(sessions)
            self._list()

    def mark(self, session_id: str) -> None:
        """Show which session is the current one."""
        if session_id != self._current:
            self._current = session_id
            self._list()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_want("open")

    def action_search(self) -> None:
        """Focus the search field."""
        self.search.focus()

    def action_want(self, action: SessionAction) -> None:
        """Report that the user wants `action` on the highlighted session."""
        at = self.list.highlighted
        session = None if at is None or at >= len(self._shown) else self._shown[at]
        self.post_message(self.Wanted(action, session))

    def _list(self) -> None:
        wanted = self.search.value.casefold()
        at = self.list.highlighted if self.list.has_focus else None
        chosen = self._shown[at].session_id if at is not None and at < len(self._shown) else ""
        self._shown = tuple(e for e in self._sessions if wanted in _name(e).casefold())
        self.list.set_options(Option(_line(e, self._current)) for e in self._shown)
        ids = [each.session_id for each in self._shown]
        highlighted = chosen if chosen in ids else self._current
        self.list.highlighted = (
            ids.index(highlighted) if highlighted in ids else (0 if ids else None)
        )


def _name(session: SessionInfo) -> str:
    return session.title or session.session_key or session.session_id


def _line(session: SessionInfo, current: str) -> Content:
    mark = "●" if session.session_id == current else " "
    name = " ".join(_name(session).split())
    when = f"{session.created_at[:10]} · {session.message_count}"
    return Content(clean(f"{mark} {name}\n    {when}"))
