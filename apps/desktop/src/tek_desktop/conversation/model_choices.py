"""The model that each session uses."""

from collections.abc import Mapping


class ModelChoices:
    """The chosen models by session id; "" is the session that has not started yet."""

    def __init__(self) -> None:
        self._chosen: dict[str, str] = {}
        self._current_id = ""

    @property
    def chosen(self) -> Mapping[str, str]:
        """The chosen models by session id."""
        return {**self._chosen}

    def restore(self, chosen: Mapping[str, str]) -> None:
        """Start with the choices of an earlier run."""
        self._chosen = {**chosen}

    def choose(self, name: str) -> None:
        """Use model `name` in the current session from now on."""
        self._chosen[self._current_id] = name

    def switch_to(self, session_id: str) -> None:
        """Make another session the current one."""
        self._current_id = session_id

    def set_current_id(self, session_id: str) -> None:
        """Set the id of the current session, whose model stays the same.

        A session gets its id when it starts, and another one if the gateway has lost it.
        """
        before, self._current_id = self._current_id, session_id
        if session_id != before and before in self._chosen:
            self._chosen.setdefault(session_id, self._chosen[before])
            if not before:
                del self._chosen[before]

    @property
    def current(self) -> str:
        """The model of the current session, or "" if none was chosen."""
        return self._chosen.get(self._current_id, "")
