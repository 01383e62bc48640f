"""What a session's log gets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tek_gateway.log.answer_folding import Standing, fold_pieces
from tek_gateway.log.log_entries import (
    accepted_entry,
    answer_entry,
    delta_entry,
    error_entry,
    reasoning_entry,
    start_entry,
)
from tek_gateway.log.log_positions import place_entries
from tek_gateway.log.message_history import estimate_usage, latest_messages
from tek_protocol import DecodeError
from tek_protocol.chat import ChatSend, Cost, Error, StreamStart, Usage


def test_an_accepted_message_keeps_the_id_that_its_sender_gave_it() -> None:
    draft = accepted_entry(ChatSend("m-1", "Hello"))

    assert (draft.type, draft.message_id, draft.request_id) == ("chat.message", "m-1", None)
    assert json.loads(draft.body) == {
        "type": "chat.message",
        "id": "m-1",
        "role": "user",
        "content": "Hello",
    }


def test_an_answer_names_the_message_that_it_answers() -> None:
    draft = answer_entry("a-1", "m-1", "Hi", Usage(1, 1, 2))

    assert (draft.type, draft.message_id, draft.request_id) == ("chat.message", "a-1", "m-1")
    body = json.loads(draft.body)
    assert (body["role"], body["content"], body["status"]) == ("assistant", "Hi", "complete")
    assert body["usage"] == {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}


def test_a_message_is_kept_with_the_model_that_it_names() -> None:
    draft = accepted_entry(ChatSend("m-1", "Hello", model="big"))

    assert json.loads(draft.body)["model"] == "big"


def test_an_answer_is_kept_with_its_price_its_model_and_its_thoughts() -> None:
    cost = Cost(1, 2, 3)
    draft = answer_entry("a", "m", "Hi", Usage(), cost=cost, model="big", reasoning="hm")

    body = json.loads(draft.body)
    assert (body["model"], body["reasoning"], body["cost"]["totalCost"]) == ("big", "hm", 3)


def test_what_stands_of_a_turn_is_its_text_and_its_thoughts() -> None:
    start, again = StreamStart("m", "s", "big"), StreamStart("m", "s", "big", attempt=2, offset=2)
    begun = [
        start_entry(start),
        reasoning_entry("m", "h"),
        reasoning_entry("m", "m"),
        delta_entry("m", "abc"),
    ]

    goes_on = fold_pieces(draft.body for draft in [*begun, start_entry(again)])
    assert goes_on == Standing(2, "ab", "big", "hm")

    anew = start_entry(StreamStart("m", "s", "big", attempt=2))
    assert fold_pieces(draft.body for draft in [*begun, anew]) == Standing(2, "", "big", "")


def test_a_failure_is_kept_as_the_client_saw_it() -> None:
    draft = error_entry(Error("LLM_ERROR", "no", "m-1"))

    assert (draft.type, draft.message_id, draft.request_id) == ("error", None, "m-1")
    assert json.loads(draft.body)["code"] == "LLM_ERROR"


def test_entries_follow_the_head_of_the_log_one_by_one() -> None:
    drafts = [accepted_entry(ChatSend(name, "")) for name in "ab"]

    assert [entry.seq for entry in place_entries("s", 0, drafts)] == [1, 2]
    assert [entry.seq for entry in place_entries("s", 7, drafts)] == [8, 9]


def test_a_word_is_a_token() -> None:
    assert estimate_usage("two words", "one two three") == Usage(2, 3, 5)


@given(st.lists(st.text(max_size=20), max_size=20), st.integers(0, 100))
def test_a_context_is_the_longest_tail_that_fits(texts: list[str], limit: int) -> None:
    bodies = [accepted_entry(ChatSend("m", text)).body for text in texts]

    chosen = [message.content for message in latest_messages(reversed(bodies), limit)]

    assert chosen == texts[len(texts) - len(chosen) :]
    assert sum(map(len, chosen)) <= limit
    if len(chosen) < len(texts):
        assert sum(map(len, texts[len(texts) - len(chosen) - 1 :])) > limit


def test_a_body_that_is_no_message_is_reported() -> None:
    with pytest.raises(DecodeError):
        latest_messages(["{}"])
