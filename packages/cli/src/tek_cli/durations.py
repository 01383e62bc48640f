"""Durations as people write them: `2s`, `1m`, `500ms`. Pure."""

import re

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def read_duration(text: str) -> float:
    """Return the seconds of `2s`, `1m`, `500ms` or a plain number; raises `ValueError`."""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
    if not seconds:
        message = f"{text!r} is not a duration above 0; expected 2s, 1m, 500ms or seconds"
        raise ValueError(message)
    return seconds


def say_duration(seconds: float) -> str:
    """Return `seconds` in at most two units: 1d 2h, 3m 20s, 2.5s."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.3g}s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days}d {hours % 24}h"
    return f"{hours}h {minutes % 60}m" if hours else f"{minutes}m {int(seconds % 60)}s"
