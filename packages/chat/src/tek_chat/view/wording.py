"""The connection and every other state in words: what both clients show, and when.

Pure: a view and a time in, text out. It must never know how or where the line is drawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconnect_core.events import Connection, Phase
from tek_chat.view.items import ASIDE
from tek_chat.view.steps import (
    Approval,
    Checklist,
    Consent,
    Point,
    Process,
    Progress,
    Run,
    Step,
    Todo,
)
from tek_chat.view.view import Answer, Delivery, Ending, Exchange, Outage, View

DOWN, UP, STOPPED = "◌", "●", "✕"

_UNNOTICED = 1.0
"""Seconds of outage that nobody needs to know of."""

_COUNTDOWN_FROM = 4.0
"""Seconds: a shorter wait is over before its countdown has been read."""

_LONG = 60.0
_BACK_SHOWN = 3.0


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line about the connection.

    `can_retry` says that "try now" would do something, `wants_token` that a token would.
    """

    icon: str
    text: str
    can_retry: bool = False
    wants_token: bool = False

    def __str__(self) -> str:
        """Return icon and text, as a terminal shows them."""
        return f"{self.icon} {self.text}"


def status(view: View, now: float, *, retry_hint: str = "") -> StatusLine | None:
    """Return what to show at `now`, in Unix seconds, or None when there is nothing to say.

    `retry_hint` names the key that tries now, "F5 now" say, where the UI has one.
    """
    connection, outage = view.connection, view.outage
    if outage is None or connection.phase in {Phase.IDLE, Phase.CLOSED}:
        return None
    if connection.phase is Phase.BLOCKED:
        return _stopped(connection, retry_hint)
    if outage.ended is not None:
        was_noticed = outage.ended - outage.began >= _UNNOTICED
        is_new = 0 <= now - outage.ended < _BACK_SHOWN  # below 0 the clock was set back
        return _back(outage) if was_noticed and is_new else None
    if 0 <= now - outage.began < _UNNOTICED:
        return None
    return _down(view, now, outage.began, retry_hint)


def _back(outage: Outage) -> StatusLine:
    parts = ["back online"]
    parts += [f"{outage.backlog} sent"] if outage.backlog else []
    parts += ["answer resumed"] if outage.resumed else []
    return StatusLine(UP, " · ".join(parts))


def _stopped(connection: Connection, retry_hint: str) -> StatusLine:
    wrong = ": ".join(filter(None, [connection.gateway, connection.reason]))
    if connection.is_refused:
        wrong = f"token refused by {connection.gateway}"
    text = " · ".join(filter(None, [wrong, connection.mend, retry_hint]))
    return StatusLine(STOPPED, text, can_retry=True, wants_token=connection.is_refused)


def _down(view: View, now: float, began: float, retry_hint: str) -> StatusLine:
    connection = view.connection
    left = (connection.retry_at or now) - now
    if connection.phase is not Phase.WAITING or left < _COUNTDOWN_FROM:
        parts = ["connecting…" if connection.last_online is None else "reconnecting…"]
    else:
        tries = connection.attempt + 1
        parts = [f"gateway down · retry in {left:.0f}s (try {tries})"]
        parts += [retry_hint] if retry_hint else []
    queued = view.count(Delivery.QUEUED)
    parts += [f"{queued} queued"] if queued else []
    parts += [f"since {clock(began)}"] if now - began > _LONG else []
    return StatusLine(DOWN, " · ".join(parts), can_retry=connection.phase is Phase.WAITING)


def entered(  # noqa: PLR0911 - a case a phase
    before: View, view: View, *, retry_hint: str = ""
) -> StatusLine | None:
    """Return the line for the phase that was just entered, for a UI that only ever adds lines.

    Unlike `status` it is asked once a change and not by the clock, so that no line needs to be
    taken back; `before` is the view that the UI drew last.
    """
    connection, outage = view.connection, view.outage
    was_online = before.connection.last_online is not None
    match connection.phase:
        case Phase.IDLE | Phase.CLOSED:
            return None
        case Phase.RESUMING if before.connection.phase is Phase.CONNECTING:
            return None  # it was told when it began
        case Phase.CONNECTING | Phase.RESUMING:
            return StatusLine(DOWN, "reconnecting…" if was_online else "connecting…")
        case Phase.ONLINE if was_online and outage is not None:
            return _back(outage)
        case Phase.ONLINE:
            return StatusLine(UP, f"online at {connection.gateway}")
        case Phase.BLOCKED:
            return _stopped(connection, retry_hint)
        case Phase.WAITING:
            return StatusLine(DOWN, _waiting(view, retry_hint), can_retry=True)


def _waiting(view: View, retry_hint: str) -> str:
    connection = view.connection
    left = (connection.retry_at or connection.since) - connection.since
    parts = [f"gateway down: {connection.reason}"]
    parts += [f"retry in {left:.0f}s (try {connection.attempt + 1})"]
    parts += [retry_hint] if retry_hint else []
    queued = view.count(Delivery.QUEUED)
    return " · ".join([*parts, *([f"{queued} queued"] if queued else [])])


def is_due(view: View) -> bool:
    """Return whether the gateway owes an answer now."""
    return view.count(Delivery.SENT) + view.count(Delivery.ACCEPTED) > 0


def waits(view: View) -> bool:
    """Return whether what is submitted now has to wait before it can be sent."""
    return is_due(view) or view.connection.phase is not Phase.ONLINE


def invites(view: View) -> bool:
    """Return whether a prompt belongs here: nothing is being said, nor about to be."""
    return not is_due(view) and view.connection.phase is not Phase.CONNECTING


def cut(answer: Answer) -> str:
    """Return how the end of an answer reads that will not be whole, "" for any other."""
    if answer.ending is not Ending.INTERRUPTED:
        return ""
    return "cut off: the connection was lost; what had come stays"


def paused(view: View) -> str:
    """Return how an answer reads that was cut and will go on, "" while it need not be told."""
    return "paused, will continue" if view.is_paused else ""


def carried(exchanges: Iterable[Exchange]) -> str:
    """Return a message that tells a new session what was said in a lost one."""
    lines = ["This is what we said before, in a session that was lost:"]
    for each in exchanges:
        lines += [f"I said: {each.text}"]
        lines += [f"You said: {each.answer.text}"] if each.answer is not None else []
    return "\n\n".join(lines)


def clock(unix_seconds: float) -> str:
    """Return a time of day as people here write it, 12:03 say."""
    return datetime.fromtimestamp(unix_seconds).astimezone().strftime("%H:%M")


def session_lost(session_id: str) -> str:
    """Return the divider between a lost session and the one that follows it."""
    lost = f"session {session_id} is gone" if session_id else "that session is gone"
    return f"{lost}; a new one begins here and does not know what is above"


def marked(delivery: Delivery, problem: str = "") -> str:
    """Return how a message's own state reads, "" where the answer says enough."""
    match delivery:
        case Delivery.QUEUED:
            return "queued"
        case Delivery.SENT:
            return "sent"
        case Delivery.ACCEPTED | Delivery.ANSWERED:
            return ""
        case Delivery.UNCERTAIN:
            return "uncertain: the connection was lost after sending; it may have arrived"
        case Delivery.FAILED:
            return f"failed: {problem}" if problem else "failed"


def is_aside(exchange: Exchange) -> bool:
    """Return whether a message waits for the user's word to be sent again."""
    return exchange.delivery in ASIDE


def can_be_taken_back(exchange: Exchange) -> bool:
    """Return whether a message is not under way, and may be changed or deleted."""
    return is_aside(exchange) or exchange.delivery is Delivery.QUEUED


def can_stop(view: View) -> bool:
    """Return whether there is an answer that the user can end."""
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
    """Return what an answer took: its model, tokens and cost, as far as the gateway says."""
    usage, cost = answer.usage, answer.cost.total_cost
    total = usage.total_tokens or usage.input_tokens + usage.output_tokens
    parts = [answer.model] if answer.model else []
    if total:
        parts += [f"{total:,} tokens ({usage.input_tokens:,} in, {usage.output_tokens:,} out)"]
    parts += [f"cost {cost:.4f}".rstrip("0")] if cost else []
    return " · ".join(parts)


# ---- What an answer does beside its text -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """A state that can be told without its colour."""

    icon: str
    text: str

    def __str__(self) -> str:
        """Return icon and text, as a terminal shows them."""
        return f"{self.icon} {self.text}"


_RUNS = {
    Run.RUNNING: Mark("▸", "runs"),
    Run.WAITING: Mark("?", "waits for your yes"),
    Run.DONE: Mark("✓", "done"),
    Run.FAILED: Mark("✕", "failed"),
    Run.CUT: Mark("·", "did not finish"),
}

_APPROVALS = {
    Consent.PENDING: Mark("?", "may it run?"),
    Consent.ONCE: Mark("✓", "allowed once"),
    Consent.SESSION: Mark("✓", "allowed in this session"),
    Consent.ACCEPTED: Mark("✓", "allowed"),
    Consent.DENIED: Mark("✕", "denied"),
    Consent.ELSEWHERE: Mark("·", "answered elsewhere"),
    Consent.LAPSED: Mark("·", "no longer asked"),
}

_CHECKLISTS = _APPROVALS | {
    Consent.PENDING: Mark("?", "go ahead?"),
    Consent.ACCEPTED: Mark("✓", "accepted"),
    Consent.DENIED: Mark("✕", "declined"),
}

_TODOS = {
    Progress.OPEN: Mark("○", "to do"),
    Progress.DOING: Mark("▸", "under way"),
    Progress.DONE: Mark("✓", "done"),
    Progress.DROPPED: Mark("·", "dropped"),
}


def mark(each: Step | Point | Todo) -> Mark:
    """Return how the state of a step, or of a line of a list, reads."""
    match each:
        case Process(state=Run.DONE | Run.FAILED as state, exit_code=int(code)):
            return Mark(_RUNS[state].icon, f"exit code {code}")
        case Approval(state=state):
            return _APPROVALS[state]
        case Checklist(state=state):
            return _CHECKLISTS[state]
        case Point(is_met=is_met):
            return Mark("✓", "ok") if is_met else Mark("✕", "not met")
        case Todo(state=state):
            return _TODOS[state]
        case _:
            return _RUNS[each.state]


def titled(step: Step) -> str:
    """Return what a step is called."""
    match step:
        case Approval(tool=name):
            return name or "a tool"
        case Checklist(title=title):
            return title or "before it begins"
        case Process(command=command, id=name):
            return command or name or "a program"
        case _:
            return step.name or step.id or "a tool"


def output(process: Process) -> str:
    """Return the output of a program as far as it is kept."""
    if not process.left_out:
        return process.output
    return f"{process.left_out:,} characters before this are not shown …{process.output}"
