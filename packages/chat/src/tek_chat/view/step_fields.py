"""Reads fields of a message whose names and types vary between gateways. Pure.

Each reader returns a limited amount of text, and none raises.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar, cast

import msgspec

LONGEST_TEXT = 2_000
"""Characters of an input, a result or an output that are kept."""

LONGEST_LINE = 300
"""Characters of a name, a title or one line of a list that are kept."""

LONGEST_ID = 256
"""Characters; a longer id is ignored, since a shortened one would name something else."""

MOST_LINES = 100
"""Lines of a list that are kept."""

L = TypeVar("L")

Body: TypeAlias = Mapping[str, object]
"""The fields of a message."""

_LIST = ("todos", "items")
_LINE = ("text", "content", "label", "title")


def clipped(text: str, longest: int) -> str:
    """Return the beginning of `text`, and how much was left out if it is longer."""
    left_out = len(text) - longest
    return text if left_out <= 0 else f"{text[:longest]}… and {left_out:,} more characters"


def id_field(body: Body, *names: str) -> str:
    """Return the first of the fields that can be an id, "" without one."""
    for value in map(body.get, names):
        if isinstance(value, str) and 0 < len(value) <= LONGEST_ID:
            return value
        if type(value) is int:  # in Python, True is an int
            return str(value)
    return ""


def line_field(body: Body, *names: str) -> str:
    """Return the first of the fields that has text, clipped to a line's length."""
    texts = (each for each in map(body.get, names) if isinstance(each, str) and each)
    return clipped(next(texts, ""), LONGEST_LINE)


def text_field(body: Body, *names: str) -> str:
    """Return the first of the fields that is set, clipped to a text's length."""
    return clipped(raw_field(body, *names), LONGEST_TEXT)


def raw_field(body: Body, *names: str) -> str:
    """Return the first of the fields that is set; a value other than text, as JSON."""
    value = next((each for each in map(body.get, names) if each is not None), "")
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, ValueError, OverflowError):
        return "(nested too deeply to be shown)"


def small_number(code: int | None) -> int | None:
    """Return `code`, or None if it does not fit an exit code."""
    return code if code is None or abs(code) < 1 << 32 else None


def list_field(body: Body, line: Callable[[str, Body], L]) -> tuple[L, ...] | None:
    """Return the items of the list, or None if there is none or an item cannot be read.

    The last item of a list that is too long says how many are missing.
    """
    value = next((each for each in map(body.get, _LIST) if each is not None), None)
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    read = [_item(each, line) for each in items[:MOST_LINES]]
    lines = tuple(each for each in read if each is not None)
    if len(lines) < len(read):
        return None
    more = len(items) - len(lines)
    return (*lines, line(f"… and {more:,} more", {})) if more else lines


def _item(value: object, line: Callable[[str, Body], L]) -> L | None:
    if isinstance(value, str):
        return line(clipped(value, LONGEST_LINE), {}) if value else None
    if not isinstance(value, dict):
        return None
    body = cast("Body", value)
    text = line_field(body, *_LINE)
    return line(text, body) if text else None
