"""One run of the demo, from the first line to the verdict."""

import asyncio
import signal

from rich.console import Console

from tek_cli.demo.demo_outage import OutageDemo
from tek_cli.demo.demo_screen import DemoScreen
from tek_cli.exit_codes import Exit

_LIMIT = 28.0
"""Seconds; the demo takes about ten."""


async def run_demo() -> Exit:
    """Run the demo, show what was found, and return whether all was well."""
    console = Console()
    with DemoScreen(console) as screen:
        outage = OutageDemo(screen)
        _end_on_sigterm()
        try:
            async with asyncio.timeout(_LIMIT):
                report = await outage.run()
        except TimeoutError:
            console.print(f"✕ not finished after {_LIMIT:g} s: something hangs")
            return Exit.FAILED
    screen.summary(outage.timeline, report)
    return Exit.OK if report.is_kept else Exit.FAILED


def _end_on_sigterm() -> None:
    """Let SIGTERM cancel the demo, which then stops its gateway and deletes its folder."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
