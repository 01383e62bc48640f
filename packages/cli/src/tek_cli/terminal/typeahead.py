"""Keys typed while the program starts: kept for its screen, and not echoed."""

import os
import select
import termios
from collections.abc import Generator
from contextlib import contextmanager

_MOST = 65_536


@contextmanager
def keys_kept(descriptor: int) -> Generator[str]:
    """Yield what was typed so far; within the block, keys are neither echoed nor translated.

    The terminal mode is restored at the end.
    """
    found = termios.tcgetattr(descriptor)
    wanted = termios.tcgetattr(descriptor)
    wanted[0] &= ~termios.ICRNL
    wanted[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(descriptor, termios.TCSANOW, wanted)
    try:
        yield _typed(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, found)


def _typed(descriptor: int) -> str:
    ready, _, _ = select.select([descriptor], [], [], 0)
    return os.read(descriptor, _MOST).decode(errors="replace") if ready else ""
