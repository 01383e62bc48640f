"""The answer of `ask` as text on standard output; problems go to standard error."""

from dataclasses import dataclass, field

from reconnect_core import Phase
from tek_chat import Answer, View
from tek_chat.view import status_line, wording
from tek_cli.actions.ask_outcome import AskOutcome
from tek_cli.terminal.terminal import Terminal
from tek_cli.terminal.written import Written


@dataclass(slots=True)
class AnswerText:
    """Writes the answer as it grows if `streams`, else once, at the end.

    With `silent` it writes no answer, because that goes into a file.
    """

    terminal: Terminal
    streams: bool
    silent: bool = False
    _last: View = field(default_factory=View)
    _answer: Answer | None = None
    _written: Written = field(default_factory=Written)
    _was_away: bool = False

    def draw(self, view: View) -> None:
        """Write what is new in `view`."""
        last, self._last = self._last, view
        for exchange in view.exchanges:  # a single one
            self._answer = view.growing or exchange.answer
        if self.streams:
            self._draw_answer()
        if view.connection != last.connection:
            self._draw_connection(last, view)

    def end(self, outcome: AskOutcome) -> None:
        """Write the rest of the answer, and the problem if there was one."""
        self._draw_answer(is_whole=True)
        self.terminal.end_answer()
        if outcome.problem:
            self.terminal.complain(outcome.problem)

    def _draw_answer(self, *, is_whole: bool = False) -> None:
        if self._answer is None or self.silent:
            return
        before = len(self._written.text)
        offset, piece = self._written.piece_of(self._answer.text, is_whole=is_whole)
        if offset < before:  # written text cannot be taken back
            self.terminal.note(f"{wording.DOWN} the answer changed; it continues here:")
        self.terminal.answer(piece)

    def _draw_connection(self, last: View, view: View) -> None:
        phase = view.connection.phase
        line = status_line.entered(last, view)
        is_back = self._was_away and phase is Phase.ONLINE
        if line is not None and (is_back or phase is Phase.WAITING):
            self.terminal.note(str(line))
        self._was_away = phase is Phase.WAITING or (self._was_away and not is_back)
