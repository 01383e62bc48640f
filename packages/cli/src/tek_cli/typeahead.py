"""What is typed while the program still starts, kept as keys and not as lines.

It must never leave the terminal other than it found it.
"""

import termios
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def keys_kept(descriptor: int) -> Generator[None]:
    """Neither echo what is typed, nor turn Enter into the end of a line, within the block."""
    found = termios.tcgetattr(descriptor)
    wanted = termios.tcgetattr(descriptor)
    wanted[0] &= ~termios.ICRNL
    wanted[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(descriptor, termios.TCSANOW, wanted)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, found)
