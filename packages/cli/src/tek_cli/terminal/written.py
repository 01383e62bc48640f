"""How much of an answer has been written to a stream, where nothing can be taken back. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Written:
    """The text written so far, of a text that grows and is sometimes replayed.

    When the gateway's log is replayed from its start, the same text grows again: nothing is
    written until it is longer than before.
    """

    text: str = ""
    _seen: int = 0
    _is_behind: bool = False

    def piece_of(self, text: str, *, is_whole: bool = False) -> tuple[int, str]:
        """Return an offset and the text to write from there on.

        The offset is less than the length written before if `text` has changed. Each text is
        taken as a continuation of the previous one, unless it is shorter or `is_whole`.
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
    """Return the length of the common prefix."""
    differing = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))
