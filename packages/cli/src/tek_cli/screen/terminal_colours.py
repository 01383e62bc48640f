"""What a terminal says about itself. Pure: it must never ask one."""

from collections.abc import Mapping

_LIGHT = frozenset({"7", "15"})


def is_light(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal's ground is light, as its COLORFGBG, `0;15` say, tells."""
    return environment.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT
