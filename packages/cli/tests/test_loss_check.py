"""The check of the demo: it sees what is lost, duplicated or reported wrongly."""

from dataclasses import replace

import pytest

from tek_cli.demo.loss_check import Count, Fate, Report


def numbers(first: int, last: int) -> str:
    return " ".join(str(number) for number in range(first, last + 1))


GOOD = Report(
    cut=Count(300, numbers(1, 300), is_said_whole=True),
    queued=Count(60, numbers(1, 60), is_said_whole=True),
    sessions=("a", "a"),
    stored=4,
)


def test_an_answer_that_went_on_and_a_delivered_message_are_what_is_promised() -> None:
    assert GOOD.is_kept
    assert (GOOD.lost, GOOD.doubled, GOOD.uncertain) == (0, 0, 0)
    assert GOOD.cut.reached == 300


@pytest.mark.parametrize(
    ("shown", "fate"),
    [
        (numbers(1, 60), Fate.COMPLETE),
        (numbers(1, 59), Fate.CUT),
        (numbers(1, 5) + " " + numbers(7, 9), Fate.GAP),
        (numbers(2, 60), Fate.GAP),
        (numbers(1, 20) + " " + numbers(20, 60), Fate.DOUBLED),
        (numbers(1, 60) + " " + numbers(1, 60), Fate.DOUBLED),
        (numbers(1, 61), Fate.GAP),
        ("1 3 2", Fate.GAP),
        ("", Fate.LOST),
    ],
)
def test_every_kind_of_damage_is_seen(shown: str, fate: Fate) -> None:
    assert Count(60, shown).fate is fate


def test_half_an_answer_that_is_claimed_to_be_whole_has_a_gap() -> None:
    assert Count(60, numbers(1, 30), is_said_whole=True).fate is Fate.GAP


def test_a_message_that_is_said_to_be_uncertain_is_not_lost() -> None:
    report = replace(GOOD, cut=Count(300, "", is_said_uncertain=True))
    assert report.cut.fate is Fate.UNCERTAIN
    assert (report.lost, report.uncertain) == (0, 1)


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, sessions=("a", "b")),
        replace(GOOD, sessions=("", "")),
        replace(GOOD, stored=3),
        replace(GOOD, stored=5),
        replace(GOOD, queued=Count(60, numbers(1, 59))),
        replace(GOOD, queued=Count(60, "")),
        replace(GOOD, cut=Count(300, numbers(1, 50) + " " + numbers(52, 99))),
        replace(GOOD, cut=Count(300, numbers(1, 101))),
        replace(GOOD, cut=Count(300, "", is_said_uncertain=True)),
    ],
)
def test_anything_else_is_not(bad: Report) -> None:
    assert not bad.is_kept


def test_what_the_gateway_has_twice_is_doubled_and_what_it_has_not_is_lost() -> None:
    assert replace(GOOD, stored=6).doubled == 2
    assert replace(GOOD, stored=2).lost == 2
