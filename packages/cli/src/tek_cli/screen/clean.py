"""Text from elsewhere, made harmless. It must never let a gateway send commands to a terminal."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Return `text` with every control character but tab and line end made visible."""
    return _CONTROLS.sub("�", text.replace("\r", ""))
