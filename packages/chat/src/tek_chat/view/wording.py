"""How messages, answers and notices read, in every client."""

from collections.abc import Iterable
from datetime import datetime

from reconnect_core.events import Phase
from tek_chat.view.items import ASIDE
from tek_chat.view.view import Answer, Delivery, Ending, Exchange, View

DOWN, UP, STOPPED = "◌", "●", "✕"

_MAY_HAVE_ARRIVED = (
    "may have arrived: the connection broke right after sending. Sending again may run it twice."
)


def is_due(view: View) -> bool:
    """Return whether an answer from the gateway is due."""
    return view.count(Delivery.SENT) + view.count(Delivery.ACCEPTED) > 0


def waits(view: View) -> bool:
    """Return whether a message that is submitted now has to wait in the outbox."""
    return is_due(view) or view.connection.phase is not Phase.ONLINE


def invites(view: View) -> bool:
    """Return whether to show a prompt: no answer is due, and no dial is under way."""
    return not is_due(view) and view.connection.phase is not Phase.CONNECTING


def ended_early(answer: Answer) -> str:
    """Return why an answer is not whole, "" for one that is, or that still grows."""
    match answer.ending:
        case Ending.STOPPED:
            return "stopped"
        case Ending.INTERRUPTED:
            return "interrupted: connection lost; the text so far is kept"
        case Ending.FAILED:
            return "failed"
        case Ending.GROWING | Ending.COMPLETE:
            return ""


def early_end_mark(answer: Answer) -> str:
    """Return the line under an answer that is not whole, icon first, "" for any other."""
    reason = ended_early(answer)
    icon = "■" if answer.ending is Ending.STOPPED else STOPPED
    return f"{icon} {reason}" if reason else ""


def paused(view: View) -> str:
    """Return the line under an answer that goes on after the outage, "" while online."""
    return "paused: continues when the gateway is back" if view.is_paused else ""


def carried(exchanges: Iterable[Exchange]) -> str:
    """Return a message that repeats the conversation of a lost session to a new one."""
    lines = ["This is our conversation so far. It was in a session that was lost:"]
    for each in exchanges:
        lines += [f"I said: {each.text}"]
        lines += [f"You said: {each.answer.text}"] if each.answer is not None else []
    return "\n\n".join(lines)


def clock(unix_seconds: float) -> str:
    """Return the local time of day, such as 12:03."""
    return datetime.fromtimestamp(unix_seconds).astimezone().strftime("%H:%M")


def session_lost(session_id: str) -> str:
    """Return the divider between a lost session and the one that follows it."""
    lost = f"session {session_id}" if session_id else "this session"
    begins = "A new one starts here; the model cannot see anything above."
    return f"The gateway no longer has {lost}. {begins}"


def marked(delivery: Delivery, problem: str = "") -> str:
    """Return how far a message has come, "" once the answer shows it."""
    match delivery:
        case Delivery.QUEUED:
            return "queued"
        case Delivery.SENT:
            return "sent"
        case Delivery.ACCEPTED | Delivery.ANSWERED:
            return ""
        case Delivery.UNCERTAIN:
            return _MAY_HAVE_ARRIVED
        case Delivery.FAILED:
            return f"failed: {problem}" if problem else "failed"


def is_aside(exchange: Exchange) -> bool:
    """Return whether only the user can have a message sent again."""
    return exchange.delivery in ASIDE


def can_be_taken_back(exchange: Exchange) -> bool:
    """Return whether a message is not being sent, and may be edited or deleted."""
    return is_aside(exchange) or exchange.delivery is Delivery.QUEUED


def can_stop(view: View) -> bool:
    """Return whether there is an answer that the user can stop."""
    is_there = view.connection.phase is Phase.ONLINE and view.connection.resumes
    return is_there and view.due is not None


def farewell(view: View) -> str:
    """Return what becomes of the unsent messages when the client ends, "" without any."""
    queued = view.count(Delivery.QUEUED)
    if not queued:
        return ""
    messages = "1 message is" if queued == 1 else f"{queued} messages are"
    if view.is_saved:
        return f"{messages} saved and will be sent at the next start"
    return f"{messages} unsent and could not be saved"


def consumed(answer: Answer) -> str:
    """Return the model, tokens and cost of an answer, as far as the gateway reports them."""
    usage, cost = answer.usage, answer.cost.total_cost
    total = usage.total_tokens or usage.input_tokens + usage.output_tokens
    parts = [answer.model] if answer.model else []
    if total:
        is_split = usage.input_tokens or usage.output_tokens
        split = f" ({usage.input_tokens:,} in, {usage.output_tokens:,} out)" if is_split else ""
        parts += [f"{total:,} tokens{split}"]
    parts += [f"cost {cost:.4f}".rstrip("0")] if cost else []
    return " · ".join(parts)
