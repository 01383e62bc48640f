"""Tokens and cost in words."""

from tek_chat import Answer
from tek_cli.screen.usage_text import total, used
from tek_protocol.chat import Cost, Usage


def test_tokens_and_cost_are_told_where_they_are_known() -> None:
    assert used(Usage(), Cost()) == ""
    assert used(Usage(1200, 5), Cost(total_cost=0.0123)) == "1,200 in, 5 out · 0.0123"
    assert used(Usage(total_tokens=7), Cost()) == "7 tokens"
    one = Answer("a", usage=Usage(1, 2, 3))
    assert total([one, one]) == "2 in, 4 out"
