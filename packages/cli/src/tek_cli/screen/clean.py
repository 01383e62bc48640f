"""Replaces control characters, so that a gateway cannot send commands to the terminal."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Return `text` with `�` for each control character except tab and newline; CR is removed."""
    return _CONTROLS.sub("�", text.replace("\r", ""))
