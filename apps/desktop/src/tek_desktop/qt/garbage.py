"""Garbage collection in the thread of the widgets only.

Python collects in whichever thread crosses a threshold, and destroying a QObject in another
thread than its own crashes the process.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtCore import QTimer

_EVERY = 1_000
"""Milliseconds between two checks of the thresholds."""


@contextmanager
def collect_garbage_in_this_thread() -> Generator[None]:
    """Collect garbage only in the calling thread, while its event loop runs.

    Objects that exist already are frozen: later collections skip them.
    """
    gc.disable()
    gc.freeze()
    checks = QTimer(interval=_EVERY)
    checks.timeout.connect(collect_if_due)
    checks.start()
    try:
        yield
    finally:
        checks.stop()
        gc.unfreeze()
        gc.enable()


def collect_if_due() -> None:
    """Collect the oldest generation that is over its threshold, as Python itself does."""
    over = [
        generation
        for generation, (count, threshold) in enumerate(
            zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if count > threshold > 0
    ]
    if over:
        gc.collect(over[-1])
