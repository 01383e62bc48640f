"""What a view means for a single question: go on waiting, or which exit code.

Pure. It must never look at a clock, nor write anything.
"""

from dataclasses import dataclass

from reconnect_core import Phase
from tek_chat import Answer, Delivery, Ending, Kind, Notice, View
from tek_chat.view import wording
from tek_cli.exit_codes import Exit


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """How a question ended: with its `answer`, or with the problem that there is none whole."""

    code: Exit
    problem: str = ""
    answer: str = ""


class CommandEnded(Exception):
    """A command ends here, as `outcome` says."""

    def __init__(self, outcome: AskOutcome) -> None:
        super().__init__(outcome.problem)
        self.outcome = outcome


def outcome(view: View, message_id: str) -> AskOutcome | None:
    """Return how the message has ended, or None while it may still be answered."""
    if (ended := lost(view)) is not None:
        return ended
    exchange = view.exchange(message_id)
    if exchange is not None:
        if exchange.delivery in {Delivery.UNCERTAIN, Delivery.FAILED}:
            return AskOutcome(Exit.FAILED, wording.marked(exchange.delivery, exchange.problem))
        if exchange.delivery is Delivery.ANSWERED and exchange.answer is not None:
            return _answered(exchange.answer)
    return blocked(view)


def lost(view: View) -> AskOutcome | None:
    """Return the end of a command whose session the gateway does not know any more."""
    for item in view.items:
        if isinstance(item, Notice) and item.kind is Kind.SESSION_LOST:
            named = f"session {item.text} is gone" if item.text else "the session is gone"
            return AskOutcome(
                Exit.SESSION_LOST, f"{named}; `tek-cli sessions list` tells which are not"
            )
    return None


def blocked(view: View) -> AskOutcome | None:
    """Return the end of a command that the same again will hardly help."""
    if view.connection.phase is not Phase.BLOCKED:
        return None
    connection = view.connection
    code = Exit.REFUSED if connection.is_refused else Exit.INCOMPATIBLE
    where = f"{connection.gateway}: " if connection.gateway else ""
    return AskOutcome(code, f"{where}{connection.reason}; {connection.mend}")


def is_away(view: View) -> bool:
    """Return whether there is no gateway at the moment."""
    return view.outage is not None and view.outage.ended is None


def unreachable(view: View, waited: str) -> AskOutcome:
    """Return the end of a question for which no gateway was there in time."""
    return AskOutcome(Exit.UNREACHABLE, f"no gateway{_where(view)} within {waited}")


def timed_out(view: View, waited: str) -> AskOutcome:
    """Return the end of a question whose answer took too long."""
    where = f"; no gateway{_where(view)}" if is_away(view) else ""
    return AskOutcome(Exit.TIMED_OUT, f"no complete answer within {waited}{where}")


def _answered(answer: Answer) -> AskOutcome:
    if answer.ending is Ending.INTERRUPTED:
        return AskOutcome(Exit.FAILED, f"the answer was {wording.cut(answer)}")
    if answer.ending is Ending.STOPPED:
        return AskOutcome(Exit.FAILED, "the answer was stopped; what had come stays")
    return AskOutcome(Exit.OK, answer=answer.text)


def _where(view: View) -> str:
    connection = view.connection
    where = f" at {connection.gateway}" if connection.gateway else ""
    return f"{where} ({connection.reason})" if connection.reason else where
