"""The finished answers of a view, and what they used in total. Pure."""

from collections.abc import Sequence

from tek_chat import Answer, View
from tek_protocol.chat import Cost, Usage


def finished_answers(view: View) -> list[Answer]:
    """Return the finished answers, oldest first."""
    return [each.answer for each in view.exchanges if each.answer is not None]


def answer_total(finished: Sequence[Answer]) -> Answer:
    """Return an answer with the last model named, and the sum of all tokens and costs."""
    usage = Usage(
        sum(each.usage.input_tokens for each in finished),
        sum(each.usage.output_tokens for each in finished),
        sum(each.usage.total_tokens for each in finished),
    )
    model = next((each.model for each in reversed(finished) if each.model), "")
    cost = Cost(total_cost=sum(each.cost.total_cost for each in finished))
    return Answer("", model=model, usage=usage, cost=cost)
