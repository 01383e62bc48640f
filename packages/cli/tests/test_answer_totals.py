"""What the finished answers of a session used in total."""

from tek_chat import Answer
from tek_chat.view.wording import consumed
from tek_cli.screen.answer_totals import answer_total
from tek_protocol.chat import Cost, Usage


def test_tokens_and_cost_are_summed_and_the_last_model_is_named() -> None:
    first = Answer("a", model="small", usage=Usage(1, 2, 3), cost=Cost(total_cost=0.25))
    last = Answer("b", model="big", usage=Usage(1200, 5, 1205), cost=Cost(total_cost=0.5))
    unnamed = Answer("c")
    total = answer_total([first, last, unnamed])
    assert consumed(total) == "big · 1,208 tokens (1,201 in, 7 out) · cost 0.75"


def test_without_usage_there_is_nothing_to_say() -> None:
    assert consumed(answer_total([])) == ""
    assert consumed(answer_total([Answer("a", usage=Usage(total_tokens=7))])) == "7 tokens"
