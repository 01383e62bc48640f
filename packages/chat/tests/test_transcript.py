"""The transcript is a sequence like any other, whose next one is cheap."""

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tek_chat import Delivery, Exchange, Kind, Notice
from tek_chat.view.transcript import Transcript

LONG = tuple(Exchange(str(number), "x", Delivery.ANSWERED) for number in range(1_000))


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 1_000])
def test_it_reads_like_a_tuple(length: int) -> None:
    items = LONG[:length]
    transcript = Transcript(items)
    assert len(transcript) == length
    assert tuple(transcript) == items
    assert tuple(reversed(transcript)) == items[::-1]
    assert transcript[-100:] == items[-100:]
    assert transcript[5:200:7] == items[5:200:7]
    assert all(transcript[place] is items[place] for place in range(-length, length))


def test_a_place_that_is_not_there_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        Transcript(LONG)[1_000]


def test_it_equals_whatever_holds_the_same_in_the_same_order() -> None:
    transcript = Transcript(LONG)
    assert transcript == LONG
    assert transcript == Transcript(LONG)
    assert transcript != LONG[1:]
    assert hash(transcript) == hash(LONG)
    assert repr(Transcript(LONG[:1])) == f"Transcript({LONG[:1]!r})"


def test_a_change_shares_what_it_does_not_touch() -> None:
    before = Transcript(LONG).adding(Exchange("m", "hi"))
    after = before.replacing(Exchange("m", "hi", Delivery.SENT))
    assert before[1_000] == Exchange("m", "hi")
    assert all(old is new for old, new in zip(before[:1_000], after[:1_000], strict=True))


def test_only_a_message_that_is_there_can_be_replaced() -> None:
    with pytest.raises(KeyError):
        Transcript().replacing(Exchange("m", "hi"))


def test_a_notice_is_looked_for_only_a_little_way_back() -> None:
    names = [str(number) for number in range(20)]
    transcript = Transcript()
    for name in [*names, "19", "0"]:
        transcript = transcript.noting(Kind.UNKNOWN, name)
    assert transcript[-2:] == (Notice(Kind.UNKNOWN, "19", 2), Notice(Kind.UNKNOWN, "0"))


def test_a_notice_of_another_kind_keeps_two_apart() -> None:
    transcript = Transcript()
    for kind in (Kind.UNKNOWN, Kind.ERROR, Kind.UNKNOWN):
        transcript = transcript.noting(kind, "x")
    assert len(transcript) == 3


@pytest.mark.parametrize("waiting", [0, 1, 27, 28, 29, 200])
def test_what_is_added_above_those_that_wait_leaves_them_at_the_end(waiting: int) -> None:
    above, fresh = LONG[:100], Exchange("m", "hi", Delivery.ACCEPTED)
    tail = tuple(Exchange(f"w{number}", "x") for number in range(waiting))
    transcript = Transcript([*above, *tail]).adding_above({Delivery.QUEUED}, fresh)
    assert transcript == (*above, fresh, *tail)
    assert transcript == Transcript([*above, fresh, *tail])
    assert tuple(transcript.below("m")) == tail[::-1]
    assert transcript.open == _open_in(transcript)


def _open_in(transcript: Transcript) -> dict[str, Delivery]:
    everyone = [each for each in transcript if isinstance(each, Exchange)]
    return {each.id: each.delivery for each in everyone if each.delivery is not Delivery.ANSWERED}


Step: TypeAlias = tuple[int, Delivery | None]


@given(
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(0, 320), st.none() | st.sampled_from(Delivery)), max_size=40),
)
def test_any_steps_lead_to_what_a_list_would_hold(length: int, steps: list[Step]) -> None:
    plain: list[Exchange] = [Exchange(str(number), "x") for number in range(length)]
    transcript = Transcript(plain)
    for number, delivery in steps:
        place = next((at for at, each in enumerate(plain) if each.id == str(number)), None)
        match place, delivery:
            case None, _:
                plain.append(Exchange(str(number), "x", delivery or Delivery.QUEUED))
                transcript = transcript.adding(plain[-1])
            case int(), None:
                del plain[place]
                transcript = transcript.without(str(number))
            case int(), Delivery():
                plain[place] = Exchange(str(number), "y", delivery)
                transcript = transcript.replacing(plain[place])
        assert len(transcript) == len(plain)
    assert transcript == tuple(plain)
    assert transcript.open == _open_in(transcript)
