"""Durations, read and said."""

import pytest

from tek_cli.durations import read_duration, say_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("1m", 60), ("500ms", 0.5), ("3", 3), ("1.5s", 1.5), ("2h", 7200), (" 4 s ", 4)],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1", "inf", "nan", "2x", "1e9", "s", "1 2", "٣"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 2s, 1m, 500ms or seconds"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.3, "0.3s"), (2, "2s"), (59.9, "59.9s"), (61, "1m 1s"), (3700, "1h 1m"), (90_000, "1d 1h")],
)
def test_a_duration_is_said_shortly(seconds: float, text: str) -> None:
    assert say_duration(seconds) == text
