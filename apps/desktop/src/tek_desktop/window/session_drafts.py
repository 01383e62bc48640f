"""The drafts of the sessions that are not shown."""

from collections.abc import Mapping


class SessionDrafts:
    """Unsent texts by session id; "" is the session that has not started yet."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._awaits_first_session = False

    def restore(self, texts: Mapping[str, str]) -> None:
        """Start with the drafts of an earlier run."""
        self._texts = {**texts}
        self._awaits_first_session = True

    def with_current(self, session_id: str, text: str) -> dict[str, str]:
        """Return all drafts, of which `text` is that of the session that is shown."""
        return {**self._texts, session_id: text}

    def switch(self, before: str, text: str, after: str) -> str:
        """Keep `text` as the draft of session `before`, and return the draft of `after`."""
        self._texts[before] = text
        return self._texts.pop(after, "")

    def take_first(self, session_id: str) -> str:
        """Return the restored draft of the first session that is shown, once, else ""."""
        if not self._awaits_first_session or session_id not in self._texts:
            return ""
        self._awaits_first_session = False
        return self._texts.pop(session_id)

    def skip_first(self) -> None:
        """Leave `take_first` without effect: the user has chosen a session."""
        self._awaits_first_session = False
