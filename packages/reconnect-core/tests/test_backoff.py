"""The schedule of attempts: exact values, and what holds for every attempt."""

import math
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect_core import Backoff, get_reconnect_delay

attempts = st.one_of(st.integers(0, 50), st.integers(min_value=0))
rolls = st.floats(0, 1, exclude_max=True)


def _backoff(base: float, growth: float, jitter: float) -> Backoff:
    return Backoff(base, base * growth, jitter)


backoffs = st.builds(_backoff, st.floats(1e-6, 1e6), st.floats(1, 1e6), st.floats(0, 10))


def test_the_shortest_waits_double_up_to_thirty_seconds() -> None:
    waits = [get_reconnect_delay(attempt, 0) for attempt in range(8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_jitter_adds_up_to_three_tenths_even_at_the_cap() -> None:
    assert get_reconnect_delay(0, 0.5) == 1.15
    assert get_reconnect_delay(100, 0.5) == 34.5


def test_without_a_roll_the_jitter_is_random() -> None:
    waits = {get_reconnect_delay(5) for _ in range(20)}
    assert len(waits) > 1, "clients that call it at the same moment must not come back together"
    assert all(30 <= wait < 39 for wait in waits)


@pytest.mark.parametrize("attempt", [1_024, 10**9, 10**100], ids=str)
def test_any_number_of_attempts_waits_at_the_cap_in_no_time(attempt: int) -> None:
    began = perf_counter()
    assert get_reconnect_delay(attempt, 0) == 30
    assert perf_counter() - began < 0.1


@pytest.mark.parametrize("attempt", [-1, -(10**9)])
def test_a_negative_attempt_is_a_value_error(attempt: int) -> None:
    with pytest.raises(ValueError, match="counts from 0"):
        get_reconnect_delay(attempt)


def test_a_backoff_has_its_own_base_cap_and_jitter() -> None:
    backoff = Backoff(base=0.5, cap=3.0, jitter=1.0)
    assert [backoff.delay(attempt, 0) for attempt in range(5)] == [0.5, 1, 2, 3, 3]
    assert backoff.delay(2, 0.25) == 2.5


def test_a_base_at_the_cap_never_grows() -> None:
    assert [Backoff(base=5, cap=5).delay(attempt, 0) for attempt in range(3)] == [5, 5, 5]


@pytest.mark.parametrize(
    ("base", "cap", "jitter", "stable_after"),
    [
        (0.0, 30.0, 0.3, 0.0),
        (-1.0, 30.0, 0.3, 0.0),
        (2.0, 1.0, 0.3, 0.0),
        (1.0, math.inf, 0.3, 0.0),
        (math.nan, 30.0, 0.3, 0.0),
        (1.0, 30.0, -0.1, 0.0),
        (1.0, 30.0, math.inf, 0.0),
        (1.0, 1e308, 9.0, 0.0),
        (1.0, 30.0, 0.3, -1.0),
        (1.0, 30.0, 0.3, math.nan),
    ],
)
def test_a_schedule_that_would_spin_or_never_end_is_refused(
    base: float, cap: float, jitter: float, stable_after: float
) -> None:
    with pytest.raises(ValueError, match="a backoff needs"):
        Backoff(base, cap, jitter, stable_after)


def test_the_function_refuses_such_a_schedule_too() -> None:
    with pytest.raises(ValueError, match="a backoff needs"):
        get_reconnect_delay(0, base=0)


@given(backoffs, attempts, rolls)
def test_every_wait_lies_between_the_base_and_the_jittered_cap(
    backoff: Backoff, attempt: int, roll: float
) -> None:
    highest = backoff.cap + backoff.cap * backoff.jitter
    assert backoff.base <= backoff.delay(attempt, roll) <= highest


@given(backoffs, attempts)
def test_the_mean_never_shrinks(backoff: Backoff, attempt: int) -> None:
    assert backoff.delay(attempt, 0) <= backoff.delay(attempt + 1, 0)


@given(backoffs, st.integers(0, 2_000))
def test_the_mean_is_the_formula(backoff: Backoff, attempt: int) -> None:
    exact = min(backoff.base * 2**attempt, backoff.cap) if attempt < 900 else backoff.cap
    assert backoff.delay(attempt, 0) == pytest.approx(exact, rel=1e-12)
