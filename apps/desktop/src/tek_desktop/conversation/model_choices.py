"""Which model each session asks.

Pure. It must never know which models there are: the gateway does.
"""

from collections.abc import Mapping


class ModelChoices:
    """What was chosen, by session; "" is the session that has not begun yet."""

    def __init__(self) -> None:
        self._chosen: dict[str, str] = {}
        self._at = ""

    @property
    def chosen(self) -> Mapping[str, str]:
        """The sessions for which one was chosen, with its name."""
        return {**self._chosen}

    def take(self, chosen: Mapping[str, str]) -> None:
        """Go on with what was chosen at another time."""
        self._chosen = {**chosen}

    def choose(self, name: str) -> None:
        """Ask `name` from now on, in this session."""
        self._chosen[self._at] = name

    def go_to(self, session_id: str) -> None:
        """Take note that the user opens another session."""
        self._at = session_id

    def be_at(self, session_id: str) -> None:
        """Take note of the name of this session, which gets one when it begins."""
        before, self._at = self._at, session_id
        if session_id != before and before in self._chosen:
            self._chosen.setdefault(session_id, self._chosen[before])
            if not before:
                del self._chosen[before]

    @property
    def name(self) -> str:
        """The model that this session asks, "" where nobody has chosen."""
        return self._chosen.get(self._at, "")
