"""The event loop keeps its promises, and Qt's bindings their references."""

import asyncio
import os
import signal
import sys
import threading
import time
from importlib.metadata import requires

from PySide6.QtWidgets import QApplication, QWidget

from tek_desktop.qt.event_loop import make_loop
from tek_testing.deadlines import deadline


async def test_a_timer_is_never_early_and_hardly_late() -> None:
    async def overshoot(seconds: float) -> float:
        began = time.monotonic()
        await asyncio.sleep(seconds)
        return time.monotonic() - began - seconds

    # Qt's coarse timers, which qasync asks for, miss these by up to 5 %, early as well as late.
    waits = [0.05 + 0.0173 * step for step in range(20)]
    async with deadline():
        missed = await asyncio.gather(*map(overshoot, waits))
    assert min(missed) >= -0.001


async def test_void_calls_and_timers_keep_the_references_to_none() -> None:
    """PySide6 6.12.0 drops one in every void call, until CPython 3.11 aborts."""
    calls = 5_000
    widget = QWidget()
    before = sys.getrefcount(None)
    for number in range(calls):
        widget.setToolTip(str(number))
    for _ in range(calls):
        await asyncio.sleep(0)
    assert abs(sys.getrefcount(None) - before) < calls / 10
    widget.deleteLater()


def test_the_broken_release_is_not_asked_for_where_it_breaks() -> None:
    asked = [each for each in requires("tek-desktop") or [] if each.startswith("pyside6")]
    assert sum("<6.12" in each and "python_full_version < '3.12'" in _plain(each) for each in asked)


def _plain(requirement: str) -> str:
    quoted = requirement.replace('"', "'")
    return quoted.replace("python_version", "python_full_version")


async def test_a_signal_wakes_the_loop() -> None:
    came = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, came.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    async with deadline():
        await came.wait()
    loop.remove_signal_handler(signal.SIGUSR1)


async def test_what_blocks_runs_beside_the_loop() -> None:
    async with deadline():
        threads = await asyncio.gather(*(asyncio.to_thread(threading.get_ident) for _ in range(20)))
    assert threading.get_ident() not in threads


async def test_what_fails_beside_the_loop_fails_where_it_is_awaited() -> None:
    result = await asyncio.gather(asyncio.to_thread(int, "no number"), return_exceptions=True)
    assert isinstance(result[0], ValueError)


def test_the_end_does_not_wait_for_what_blocks(application: QApplication) -> None:
    released = threading.Event()

    async def leave_blocked() -> None:
        blocked = asyncio.ensure_future(asyncio.to_thread(released.wait))
        await asyncio.sleep(0)
        blocked.cancel()

    began = time.monotonic()
    with asyncio.Runner(loop_factory=lambda: make_loop(application)) as runner:
        runner.run(leave_blocked())
    assert time.monotonic() - began < 5
    released.set()
