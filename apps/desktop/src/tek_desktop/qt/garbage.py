"""Garbage collection in the thread of the widgets, and in no other.

Python collects in whichever thread comes across the threshold, and a QObject that is destroyed
in another thread than its own takes the process with it. It must never wait for a thread.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

_EVERY = 1_000
"""Milliseconds between two looks at whether there is something to collect."""


@contextmanager
def collected_here() -> Generator[None]:
    """Collect only in the thread that calls this, while its event loop runs.

    What is there by then stays, and is not looked through every time.
    """
    gc.disable()
    gc.freeze()
    looks = QTimer(interval=_EVERY)
    looks.timeout.connect(collect_if_due)
    looks.start()
    try:
        yield
    finally:
        looks.stop()
        gc.unfreeze()
        gc.enable()


def collect_if_due() -> None:
    """Collect the oldest generation that is over its threshold, as Python itself would."""
    over = [
        generation
        for generation, (count, threshold) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if count > threshold > 0
    ]
    if over:
        gc.collect(over[-1])
