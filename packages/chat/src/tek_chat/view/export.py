"""Exports a session as Markdown or JSON. Pure.

Every message is included, and an incomplete answer is marked as such.
"""

from collections.abc import Callable, Mapping

from tek_chat.view.items import Answer, Delivery, Ending, Exchange, Item, Kind, Notice
from tek_chat.view.steps_wording import mark, titled
from tek_chat.view.view import View
from tek_chat.view.wording import ended_early, marked, session_lost
from tek_protocol import encode

VERSION = 1
"""The version of the JSON; raised when a field is removed or changes its meaning."""


def markdown(view: View, title: str = "") -> str:
    """Return the session as Markdown; answers are Markdown already and inserted unchanged."""
    heading = title or f"Session {view.session_id}".strip()
    parts = [f"# {heading}"]
    for item in view.items:
        match item:
            case Notice():
                parts += _notice(item)
            case Exchange():
                parts += _exchange(item, _answer_of(view, item))
    return "\n\n".join(parts) + "\n"


def as_json(view: View, title: str = "") -> str:
    """Return the session as one JSON object."""
    items = [_as_object(view, each) for each in view.items]
    whole = {"v": VERSION, "sessionId": view.session_id, "title": title, "items": items}
    return encode(whole) + "\n"


FORMATS: Mapping[str, Callable[[View, str], str]] = {"markdown": markdown, "json": as_json}


def format_of(name: str) -> str:
    """Return the export format for a file name."""
    return "json" if name.lower().endswith(".json") else "markdown"


def _answer_of(view: View, exchange: Exchange) -> Answer | None:
    growing = view.growing
    is_here = growing is not None and growing.request_id == exchange.id
    return growing if is_here else exchange.answer


def _notice(notice: Notice) -> list[str]:
    if notice.kind is Kind.SESSION_LOST:
        return ["---", f"*{session_lost(notice.text)}*"]
    return []


def _exchange(exchange: Exchange, answer: Answer | None) -> list[str]:
    parts = ["## You", exchange.text]
    if exchange.delivery is not Delivery.ANSWERED:
        state = marked(exchange.delivery, exchange.problem)
        parts += [f"*{state}*"] if state else []
    if answer is None:
        return parts
    parts += [f"## {answer.model or 'Answer'}"]
    steps = [f"- {mark(step)}: {titled(step)}" for step in answer.steps]
    parts += ["\n".join(steps)] if steps else []
    parts += [answer.text] if answer.text else []
    sources = [f"- [{each.title or each.url}]({each.url})" for each in answer.sources]
    parts += ["\n".join(sources)] if sources else []
    if answer.ending is not Ending.COMPLETE:
        parts += [f"*{ended_early(answer) or 'still being written'}*"]
    return parts


def _as_object(view: View, item: Item) -> dict[str, object]:
    match item:
        case Notice(kind=kind, text=text, times=times):
            return {"type": f"notice.{kind}", "text": text, "times": times}
        case Exchange():
            answer = _answer_of(view, item)
            return {
                "type": "message",
                "id": item.id,
                "text": item.text,
                "delivery": str(item.delivery),
                "problem": item.problem,
                "answer": None if answer is None else _answer(answer),
            }


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "text": answer.text,
        "status": str(answer.ending),
        "model": answer.model,
        "reasoning": answer.reasoning,
        "sources": answer.sources,
        "steps": [
            {"kind": type(step).__name__.lower(), "title": titled(step), "state": str(step.state)}
            for step in answer.steps
        ],
        "usage": answer.usage,
        "cost": answer.cost,
    }
