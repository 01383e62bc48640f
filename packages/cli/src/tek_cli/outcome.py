"""What a view means for a single question: go on waiting, or which exit code.

Pure. It must never look at a clock, nor write anything.
"""

from dataclasses import dataclass

from reconnect_core import Connection, Phase
from tek_chat import Answer, Delivery, Ending, View, words
from tek_cli.exits import Exit


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question ended; `problem` says why there is no complete answer."""

    code: Exit
    problem: str = ""


def outcome(view: View, message_id: str) -> Outcome | None:
    """Return how the message has ended, or None while it may still be answered."""
    exchange = view.exchange(message_id)
    if exchange is not None:
        if exchange.delivery in {Delivery.UNCERTAIN, Delivery.FAILED}:
            return Outcome(Exit.FAILED, words.marked(exchange.delivery, exchange.problem))
        if exchange.delivery is Delivery.ANSWERED and exchange.answer is not None:
            return _answered(exchange.answer)
    if view.connection.phase is Phase.BLOCKED:
        return _blocked(view.connection)
    return None


def is_away(view: View) -> bool:
    """Return whether there is no gateway at the moment."""
    return view.outage is not None and view.outage.ended is None


def unreachable(view: View, waited: str) -> Outcome:
    """Return the end of a question for which no gateway was there in time."""
    return Outcome(Exit.UNREACHABLE, f"no gateway{_where(view)} within {waited}")


def timed_out(view: View, waited: str) -> Outcome:
    """Return the end of a question whose answer took too long."""
    where = f"; no gateway{_where(view)}" if is_away(view) else ""
    return Outcome(Exit.TIMED_OUT, f"no complete answer within {waited}{where}")


def _answered(answer: Answer) -> Outcome:
    if answer.ending is Ending.INTERRUPTED:
        return Outcome(Exit.FAILED, f"the answer was {words.cut(answer)}")
    return Outcome(Exit.OK)


def _blocked(connection: Connection) -> Outcome:
    """Return the end of a question that the same again will hardly help."""
    code = Exit.REFUSED if connection.is_refused else Exit.INCOMPATIBLE
    where = f"{connection.gateway}: " if connection.gateway else ""
    return Outcome(code, f"{where}{connection.reason}; {connection.mend}")


def _where(view: View) -> str:
    connection = view.connection
    where = f" at {connection.gateway}" if connection.gateway else ""
    return f"{where} ({connection.reason})" if connection.reason else where
