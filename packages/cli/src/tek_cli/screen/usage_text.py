"""The answers of a view, and their tokens and cost in words. Pure."""

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
    """Return the finished answers, oldest first."""
    return [
        each.answer for each in view.items if isinstance(each, Exchange) and each.answer is not None
    ]


def used(usage: Usage, cost: Cost) -> str:
    """Return tokens and cost, "" if neither is known."""
    parts: list[str] = []
    if usage.input_tokens or usage.output_tokens:
        parts.append(f"{usage.input_tokens:,} in, {usage.output_tokens:,} out")
    elif usage.total_tokens:
        parts.append(f"{usage.total_tokens:,} tokens")
    if cost.total_cost:
        parts.append(f"{cost.total_cost:.4f}")
    return " · ".join(parts)


def total(finished: list[Answer]) -> str:
    """Return the tokens and cost of all these answers together."""
    usage = Usage(
        sum(each.usage.input_tokens for each in finished),
        sum(each.usage.output_tokens for each in finished),
        sum(each.usage.total_tokens for each in finished),
    )
    return used(usage, Cost(total_cost=sum(each.cost.total_cost for each in finished)))
