"""A view drawn as JSON Lines, one event a line, for programs.

It must never take a field away or change its meaning: `v` would have to grow. Its types are
`connection`, `session`, `message.queued|sent|accepted|uncertain|failed`, `answer.start|delta|
interrupted|end`, `error` and, always last, `end`. The texts of the deltas, each put at its
`offset` in code points, make up the text of `answer.end`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tek_chat import Answer, Delivery, Ending, Exchange, Kind, Notice, View
from tek_cli.outcome import Outcome
from tek_cli.terminal import Terminal
from tek_protocol import encode

_VERSION = 1
_DELIVERIES = frozenset(Delivery) - {Delivery.ANSWERED}


@dataclass(slots=True)
class JsonScreen:
    """Writes what is new in each view, as it happens; `clock` gives Unix seconds."""

    terminal: Terminal
    clock: Callable[[], float] = time.time
    _last: View = field(default_factory=View)
    _delivered: dict[str, Delivery] = field(default_factory=dict[str, Delivery])
    _written: dict[str, int] = field(default_factory=dict[str, int])
    _noticed: int = 0
    _seq: int = 0

    def draw(self, view: View) -> None:
        """Write what `view` has and the one before it had not."""
        last, self._last = self._last, view
        if view.items is not last.items:
            self._draw_notices(view)
            for exchange in view.exchanges:
                self._draw_exchange(exchange)
        if view.session_id not in {last.session_id, ""}:
            self._write("session", id=view.session_id)
        if view.growing is not None:
            self._draw_growing(view.growing)
        if view.connection != last.connection:
            self._draw_connection(view)

    def end(self, outcome: Outcome) -> None:
        """Write the last line, after an `error` if there is a problem to tell."""
        code = outcome.code
        if outcome.problem:
            self._write("error", message=outcome.problem)
        self._write("end", code=int(code), meaning=code.meaning, sessionId=self._last.session_id)

    def _draw_connection(self, view: View) -> None:
        connection = view.connection
        self._write(
            "connection",
            phase=str(connection.phase),
            gateway=connection.gateway,
            attempt=connection.attempt,
            retryAt=connection.retry_at,
            reason=connection.reason,
            mend=connection.mend,
        )

    def _draw_exchange(self, exchange: Exchange) -> None:
        delivery = exchange.delivery
        if delivery is self._delivered.get(exchange.id):
            return
        self._delivered[exchange.id] = delivery
        if exchange.answer is not None and exchange.answer.ending is not Ending.GROWING:
            self._draw_whole(exchange.answer)
        if delivery in _DELIVERIES:
            more = {"text": exchange.text} if delivery is Delivery.QUEUED else {}
            more |= {"reason": exchange.problem} if exchange.problem else {}
            self._write(f"message.{delivery}", id=exchange.id, **more)

    def _draw_growing(self, answer: Answer) -> None:
        request = answer.request_id
        if request not in self._written:
            self._written[request] = 0
            self._write("answer.start", id=request, model=answer.model)
        offset = self._written[request]
        if len(answer.text) > offset:
            self._written[request] = len(answer.text)
            self._write("answer.delta", id=request, offset=offset, text=answer.text[offset:])

    def _draw_whole(self, answer: Answer) -> None:
        self._draw_growing(answer)
        del self._written[answer.request_id]
        if answer.ending is Ending.INTERRUPTED:
            self._write("answer.interrupted", id=answer.request_id, offset=len(answer.text))
        if answer.ending is Ending.COMPLETE:
            self._write(
                "answer.end",
                id=answer.request_id,
                text=answer.text,
                status="complete",
                usage=answer.usage,
                cost=answer.cost,
            )

    def _draw_notices(self, view: View) -> None:
        notices = [each for each in view.items if isinstance(each, Notice)]
        for notice in notices[self._noticed :]:
            match notice.kind:
                case Kind.SESSION_LOST:
                    self._write("session", id="", lost=notice.text)
                case Kind.ERROR:
                    self._write("error", message=notice.text)
                case Kind.UNKNOWN:
                    pass
        self._noticed = len(notices)

    def _write(self, kind: str, **fields: object) -> None:
        self._seq += 1
        head = {"v": _VERSION, "seq": self._seq, "ts": self.clock(), "type": kind}
        self.terminal.answer(encode(head | fields) + "\n")
