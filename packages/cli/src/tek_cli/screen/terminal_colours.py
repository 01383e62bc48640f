"""Reads from the environment whether the terminal is light or dark. Pure."""

from collections.abc import Mapping

_LIGHT = frozenset({"7", "15"})


def is_light(environment: Mapping[str, str]) -> bool:
    """Return whether COLORFGBG, such as `0;15`, names a light background."""
    return environment.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT
