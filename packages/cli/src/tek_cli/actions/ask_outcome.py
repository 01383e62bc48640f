"""What a view means for a command that waits for it: keep waiting, or an exit code. Pure."""

from dataclasses import dataclass

from reconnect_core import Phase
from tek_chat import Answer, Delivery, Ending, Kind, Notice, View
from tek_chat.view import wording
from tek_cli.exit_codes import Exit


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """How a command ended: with an `answer`, or with the problem that prevented one."""

    code: Exit
    problem: str = ""
    answer: str = ""


class CommandEnded(Exception):
    """Raised to end a command with `outcome`."""

    def __init__(self, outcome: AskOutcome) -> None:
        super().__init__(outcome.problem)
        self.outcome = outcome


def outcome(view: View, message_id: str) -> AskOutcome | None:
    """Return how the message ended, or None while an answer may still come."""
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
    """Return the outcome if the gateway no longer has the session, else None."""
    for item in view.items:
        if isinstance(item, Notice) and item.kind is Kind.SESSION_LOST:
            session = f"session {item.text}" if item.text else "this session"
            return AskOutcome(
                Exit.SESSION_LOST,
                f"the gateway does not have {session}; see `tek-cli sessions list`",
            )
    return None


def blocked(view: View) -> AskOutcome | None:
    """Return the outcome if retrying cannot help, else None."""
    if view.connection.phase is not Phase.BLOCKED:
        return None
    connection = view.connection
    code = Exit.REFUSED if connection.is_refused else Exit.INCOMPATIBLE
    where = f"{connection.gateway}: " if connection.gateway else ""
    return AskOutcome(code, f"{where}{connection.reason}; {connection.mend}")


def is_away(view: View) -> bool:
    """Return whether the gateway is unreachable at the moment."""
    return view.outage is not None and view.outage.ended is None


def unreachable(view: View, waited: str) -> AskOutcome:
    """Return the outcome of a command whose gateway could not be reached in time."""
    return AskOutcome(Exit.UNREACHABLE, f"no gateway{_where(view)} within {waited}")


def timed_out(view: View, waited: str) -> AskOutcome:
    """Return the outcome of a question whose answer took too long."""
    where = f"; no gateway{_where(view)}" if is_away(view) else ""
    return AskOutcome(Exit.TIMED_OUT, f"no complete answer within {waited}{where}")


def _answered(answer: Answer) -> AskOutcome:
    if answer.ending is Ending.INTERRUPTED:
        return AskOutcome(Exit.FAILED, f"the answer was {wording.ended_early(answer)}")
    if answer.ending is Ending.STOPPED:
        return AskOutcome(Exit.FAILED, "the answer was stopped; the text so far is kept")
    return AskOutcome(Exit.OK, answer=answer.text)


def _where(view: View) -> str:
    connection = view.connection
    where = f" at {connection.gateway}" if connection.gateway else ""
    return f"{where} ({connection.reason})" if connection.reason else where
