"""What has been written of an answer, where nothing can be taken back. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """Tells what is left to write of a text that grows, and now and then is read anew.

    A gateway's log that is read from its start brings the same text again: nothing is written
    until it has come as far as before.
    """

    text: str = ""
    _seen: int = 0
    _is_behind: bool = False

    def piece_of(self, text: str, *, is_whole: bool = False) -> tuple[int, str]:
        """Return what to write of `text`, and its offset, below the end if it has changed.

        Each text is taken to go on from the one before it, unless it is shorter, or the last.
        """
        before, self._seen = self._seen, len(text)
        if not (is_whole or self._is_behind or len(text) < before):
            return self._grown(text)
        if text.startswith(self.text):
            self._is_behind = False
            return self._grown(text)
        self._is_behind = not is_whole and self.text.startswith(text)
        if self._is_behind:
            return len(self.text), ""
        offset = shared(self.text, text)
        self.text = text
        return offset, text[offset:]

    def _grown(self, text: str) -> tuple[int, str]:
        offset = len(self.text)
        self.text = text
        return offset, text[offset:]


def shared(one: str, other: str) -> int:
    """Return how many characters the two have in common from their start."""
    differing = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))
