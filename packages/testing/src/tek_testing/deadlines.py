"""How long a test waits at most. It must never be a wait of its own: tests wait for events."""

import asyncio
import os

TIMEOUT_SCALE = float(os.environ.get("TEK_TEST_TIMEOUT_SCALE", "1"))
"""What every deadline is multiplied with; raise it on a slow machine."""


def deadline(seconds: float = 10.0) -> asyncio.Timeout:
    """Return `async with`-able limit of `seconds`, scaled; raises `TimeoutError` when it passes."""
    return asyncio.timeout(seconds * TIMEOUT_SCALE)
