"""A view as lines: each change is one more line. Rules and wording are those of `tek_chat`."""

from dataclasses import dataclass, field

from tek_chat import Answer, Delivery, Ending, Exchange, Item, Kind, Notice, View
from tek_chat.view import status_line, wording
from tek_cli.line.step_lines import lines_of, todo_lines
from tek_cli.terminal.terminal import Terminal
from tek_cli.terminal.written import Written

_QUOTED = 40
"""Characters of a message that are quoted."""

_MARKS = {Delivery.QUEUED: "·", Delivery.UNCERTAIN: "?", Delivery.FAILED: wording.STOPPED}


@dataclass(slots=True)
class LineScreen:
    """Writes what is new in each view. The hints name a key or command that helps."""

    terminal: Terminal
    retry_hint: str = ""
    resend_hint: str = ""
    approve_hint: str = ""
    _last: View = field(default_factory=View)
    _asked_here: set[str] = field(default_factory=set[str])
    _drawn: dict[str, Delivery] = field(default_factory=dict[str, Delivery])
    _written: dict[str, Written] = field(default_factory=dict[str, Written])
    _last_answer: Answer | None = None
    _noticed: list[Notice] = field(default_factory=list[Notice])
    _done: int = 0
    _last_done: Item | None = None

    def draw(self, view: View) -> None:
        """Write what is new in `view`."""
        last, self._last = self._last, view
        if view.items is not last.items or view.connection != last.connection:
            self._draw_items(view)
        if view.growing is not None:
            self._draw_steps(view.growing)
            self._draw_text(view.growing)
        if view.connection != last.connection:
            self._draw_connection(last, view)
        if view.is_paused and not last.is_paused and last.growing is not None:
            self.terminal.note(f"{wording.DOWN} the answer is {wording.paused(view)}")

    def _draw_connection(self, last: View, view: View) -> None:
        line = status_line.entered(last, view, retry_hint=self.retry_hint)
        if line is not None:
            self.terminal.note(str(line))

    # ---- Messages ------------------------------------------------------------------------------

    def _draw_items(self, view: View) -> None:
        """Draw the items, except those at the beginning that cannot change any more."""
        if self._done and view.items[self._done - 1 : self._done] != (self._last_done,):
            self._done = 0  # another session
        waits, all_done = wording.waits(view), True
        for item in view.items[self._done :]:
            match item:
                case Notice():
                    self._draw_notice(item)
                case Exchange():
                    self._draw_exchange(item, waits=waits)
                    all_done = all_done and item.delivery is Delivery.ANSWERED
            if all_done:
                self._done, self._last_done = self._done + 1, item

    def _draw_exchange(self, exchange: Exchange, *, waits: bool) -> None:
        delivery = exchange.delivery
        self._draw_question(exchange)
        if delivery is self._drawn.get(exchange.id):
            return
        if delivery is Delivery.QUEUED and not waits:
            return  # sent before anybody could read the line
        self._drawn[exchange.id] = delivery
        if exchange.answer is not None:
            self._draw_whole(exchange, exchange.answer)
        if delivery in _MARKS:
            hint = "" if delivery is Delivery.QUEUED else self.resend_hint
            state = wording.marked(delivery, exchange.problem)
            line = " · ".join(filter(None, [state, hint]))
            self.terminal.note(f"{_MARKS[delivery]} {quoted(exchange.text)} {line}")

    def _draw_question(self, exchange: Exchange) -> None:
        """Show a message that was typed elsewhere or earlier, so is not on this screen yet."""
        if exchange.id not in self._asked_here:
            self._asked_here.add(exchange.id)
            if exchange.delivery in {Delivery.ACCEPTED, Delivery.ANSWERED}:
                self.terminal.note(f"> {exchange.text}")

    def _draw_text(self, answer: Answer, *, is_whole: bool = False) -> None:
        if self._drawn.get(answer.request_id) is Delivery.ANSWERED and not is_whole:
            return  # the log is replayed
        written = self._written.setdefault(answer.request_id, Written())
        before = len(written.text)
        offset, piece = written.piece_of(answer.text, is_whole=is_whole)
        if offset < before:  # written text cannot be taken back
            self.terminal.note(f"{wording.DOWN} the answer changed; it continues here:")
        self.terminal.answer(piece)

    def _draw_steps(self, answer: Answer) -> None:
        """Write the new steps and to-dos of the answer."""
        before, self._last_answer = self._last_answer, answer
        known = before if before and before.request_id == answer.request_id else None
        if known is None or answer.steps is not known.steps:
            for step in answer.steps:
                if known is None or step not in known.steps:
                    for line in lines_of(step, self.approve_hint):
                        self.terminal.note(line)
        for line in todo_lines(known.todos if known else (), answer.todos):
            self.terminal.note(line)

    def _draw_whole(self, exchange: Exchange, answer: Answer) -> None:
        self._draw_steps(answer)
        self._draw_text(answer, is_whole=True)
        self.terminal.end_answer()
        for source in answer.sources:
            self.terminal.note(f"· source: {' '.join(filter(None, [source.title, source.url]))}")
        if answer.ending is not Ending.GROWING:
            del self._written[answer.request_id]  # a retry writes its answer from the start
        if answer.ending in {Ending.STOPPED, Ending.INTERRUPTED}:
            icon = "·" if answer.ending is Ending.STOPPED else wording.STOPPED
            reason = wording.ended_early(answer)
            self.terminal.note(f"{icon} the answer to {quoted(exchange.text)} was {reason}")

    def _draw_notice(self, notice: Notice) -> None:
        if any(notice is each for each in self._noticed):
            return
        self._noticed.append(notice)
        if notice.times == 1 or notice.kind is Kind.ERROR:
            self.terminal.note(_notice_line(notice))


def quoted(text: str) -> str:
    """Return the beginning of a message as one line in quotation marks."""
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= _QUOTED else f"“{line[: _QUOTED - 1]}…”"


def _notice_line(notice: Notice) -> str:
    match notice.kind:
        case Kind.SESSION_LOST:
            return f"{wording.DOWN} {wording.session_lost(notice.text)}"
        case Kind.ERROR:
            return f"{wording.STOPPED} {notice.text}"
        case Kind.UNKNOWN:
            return f"· not understood: {notice.text}"
