"""`tek-cli demo`: an outage on purpose, with real processes, for everyone to see."""

import asyncio
import signal

from rich.console import Console

from tek_cli.demo.demo_screen import Show
from tek_cli.demo.outage import Play
from tek_cli.exit_codes import Exit

_ENDS_WITHIN = 28.0
"""Seconds; it takes about ten."""


async def demo() -> Exit:
    """Play, show the findings, and judge them."""
    console = Console()
    with Show(console) as show:
        play = Play(show)
        _end_on_sigterm()
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                report = await play.run()
        except TimeoutError:
            console.print(f"✕ not over after {_ENDS_WITHIN:g} s: something hangs")
            return Exit.FAILED
    show.summary(play.timeline, report)
    return Exit.OK if report.is_kept else Exit.FAILED


def _end_on_sigterm() -> None:
    """Leave no gateway and no folder behind when this process is told to stop."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
