"""How much of a session a model is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tek_gateway.log.log_entries import Message
from tek_gateway.models.context_window import ANSWER_SHARE, Said, conversation, tokens, tokens_of


def turn(number: int, question: str, answer: str | None = "yes") -> list[Message]:
    asked = Message(id=f"m{number}", role="user", content=question)
    if answer is None:
        return [asked]
    told = Message(id=f"a{number}", role="assistant", content=answer, request_id=f"m{number}")
    return [asked, told]


@pytest.mark.parametrize(
    ("text", "estimate"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("日本", 2), ("é" * 4, 2)]
)
def test_a_token_is_about_four_bytes(text: str, estimate: int) -> None:
    assert tokens(text) == estimate


def test_a_message_takes_room_beside_its_text() -> None:
    assert tokens_of([Said("user", "four"), Said("assistant", "")]) == 9


def test_a_model_is_given_the_turns_before_in_order() -> None:
    history = [*turn(1, "one"), *turn(2, "two")]

    assert conversation("three", history, 1000) == [
        ("user", "one"),
        ("assistant", "yes"),
        ("user", "two"),
        ("assistant", "yes"),
        ("user", "three"),
    ]


def test_the_beginning_of_an_answer_comes_last() -> None:
    assert conversation("Q", [], 1000, "so f") == [("user", "Q"), ("assistant", "so f")]


@pytest.mark.parametrize("answer", [None, ""])
def test_a_question_without_an_answer_is_left_out(answer: str | None) -> None:
    history = [*turn(1, "one"), *turn(2, "failed", answer), *turn(3, "three")]

    said = [each.content for each in conversation("four", history, 1000)]

    assert said == ["one", "yes", "three", "yes", "four"]


def test_an_answer_without_its_question_is_left_out() -> None:
    assert conversation("two", turn(1, "one")[1:], 1000) == [("user", "two")]


def test_a_prompt_that_fills_the_window_goes_alone() -> None:
    assert conversation("x" * 10_000, turn(1, "one"), 256) == [("user", "x" * 10_000)]


@given(st.lists(st.text(min_size=1, max_size=60), max_size=12), st.integers(256, 600))
def test_the_latest_turns_that_fit_are_kept_whole(questions: list[str], window: int) -> None:
    history = [each for at, text in enumerate(questions) for each in turn(at, text)]

    said = conversation("now", history, window)

    kept = said[:-1:2]
    assert [each.content for each in kept] == questions[len(questions) - len(kept) :]
    assert [each.role for each in said] == ["user", "assistant"] * len(kept) + ["user"]
    room = window - window // ANSWER_SHARE
    assert tokens_of(said) <= room
    if len(kept) < len(questions):
        before = turn(0, questions[-len(kept) - 1])
        missing = [Said(each.role, each.content) for each in before]
        assert tokens_of([*missing, *said]) > room
