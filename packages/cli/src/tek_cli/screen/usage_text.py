"""What a session has used, and how its state, its answers and its cost read in one line.

Pure: a view in, text out.
"""

from tek_chat import Answer, Delivery, Exchange, View
from tek_protocol.chat import Cost, Usage

ICONS = {
    Delivery.QUEUED: "○",
    Delivery.SENT: "→",
    Delivery.ACCEPTED: "✓",
    Delivery.ANSWERED: "✓",
    Delivery.UNCERTAIN: "?",
    Delivery.FAILED: "✕",
}


def answers(view: View) -> list[Answer]:
    """Return the answers that have ended."""
    return [
        each.answer for each in view.items if isinstance(each, Exchange) and each.answer is not None
    ]


def used(usage: Usage, cost: Cost) -> str:
    """Return tokens and cost in words, "" if neither is known."""
    parts: list[str] = []
    if usage.input_tokens or usage.output_tokens:
        parts.append(f"{usage.input_tokens:,} in, {usage.output_tokens:,} out")
    elif usage.total_tokens:
        parts.append(f"{usage.total_tokens:,} tokens")
    if cost.total_cost:
        parts.append(f"{cost.total_cost:.4f}")
    return " · ".join(parts)


def total(each: list[Answer]) -> str:
    """Return what all of these answers have used together."""
    usage = Usage(
        sum(a.usage.input_tokens for a in each),
        sum(a.usage.output_tokens for a in each),
        sum(a.usage.total_tokens for a in each),
    )
    return used(usage, Cost(total_cost=sum(a.cost.total_cost for a in each)))
