"""Replaces control characters, so that a gateway cannot send commands to a terminal. Pure."""

_REPLACEMENTS: dict[int, str] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "�")
del _REPLACEMENTS[ord("\t")], _REPLACEMENTS[ord("\n")]
_REPLACEMENTS[ord("\r")] = ""


def clean(text: str) -> str:
    """Return `text` with `�` for each control character except tab and newline; CR is removed."""
    return text.translate(_REPLACEMENTS)
