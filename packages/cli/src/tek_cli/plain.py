"""The answer to a single question, as text. It must never write anything else beside it."""

from dataclasses import dataclass, field

from reconnect_core import Phase
from tek_chat import Answer, Kind, Notice, View, words
from tek_cli.outcome import Outcome
from tek_cli.terminal import Terminal


@dataclass(slots=True)
class PlainScreen:
    """Writes the answer while it grows if it `streams`, else once; trouble on standard error."""

    terminal: Terminal
    streams: bool
    _last: View = field(default_factory=View)
    _answer: Answer | None = None
    _written: int = 0
    _was_away: bool = False

    def draw(self, view: View) -> None:
        """Write what `view` has and the one before it had not."""
        last, self._last = self._last, view
        for exchange in view.exchanges:  # there is one
            self._answer = view.growing or exchange.answer
        if self.streams:
            self._draw_answer()
        if view.items is not last.items:
            self._draw_lost(last, view)
        if view.connection != last.connection:
            self._draw_connection(last, view)

    def end(self, outcome: Outcome) -> None:
        """Write what is left of the answer, and the problem, if there is one."""
        self._draw_answer()
        self.terminal.end_answer()
        if outcome.problem:
            self.terminal.complain(outcome.problem)

    def _draw_answer(self) -> None:
        if self._answer is not None:
            self.terminal.answer(self._answer.text[self._written :])
            self._written = len(self._answer.text)

    def _draw_lost(self, last: View, view: View) -> None:
        for item in view.items:
            is_new = item not in last.items
            if is_new and isinstance(item, Notice) and item.kind is Kind.SESSION_LOST:
                self.terminal.note(f"{words.DOWN} {words.session_lost(item.text)}")

    def _draw_connection(self, last: View, view: View) -> None:
        phase = view.connection.phase
        line = words.entered(last, view)
        is_back = self._was_away and phase is Phase.ONLINE
        if line is not None and (is_back or phase is Phase.WAITING):
            self.terminal.note(str(line))
        self._was_away = phase is Phase.WAITING or (self._was_away and not is_back)
