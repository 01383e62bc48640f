"""Running a command's coroutine to its exit code.

It must never wait for a thread that is stuck, asking a name server say: Ctrl+C ends at once.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import typer

from reconnect_core import InvalidURL
from tek_chat import SettingsError
from tek_cli.actions.ask_outcome import CommandEnded
from tek_cli.actions.crash_report import log_to_file
from tek_cli.exit_codes import Exit

MENDABLE = (CommandEnded, InvalidURL, SettingsError)
"""What a user can do something about."""

_WORKER = "tek-cli-worker"
_PATIENCE = 0.2
"""Seconds that threads have to end by themselves."""


def run(command: Callable[[], Coroutine[object, object, Exit]]) -> Exit:
    """Run `command` on a new event loop; what a user can mend is one line and a code."""
    log_to_file()
    with asyncio.Runner() as runner:
        workers = ThreadPoolExecutor(thread_name_prefix=_WORKER)
        runner.get_loop().set_default_executor(workers)
        code = Exit.INTERRUPTED
        try:
            code = runner.run(command())
        except (KeyboardInterrupt, asyncio.CancelledError):
            pass  # the same code for both: the user, or the system, wants an end
        except MENDABLE as error:
            code = _told(error)
        finally:
            workers.shutdown(wait=False, cancel_futures=True)
            # Else the runner waits for the workers, whatever they wait for.
            runner.get_loop().set_default_executor(ThreadPoolExecutor())
    _leave_stuck_threads(code)
    return code


def run_at_once(command: Callable[[], Exit]) -> Exit:
    """Run `command`, which has nothing to wait for, with the same care."""
    log_to_file()
    try:
        return command()
    except MENDABLE as error:
        return _told(error)


def _told(error: Exception) -> Exit:
    """Show what a user can mend as one line; returns its code."""
    typer.echo(f"Error: {error}", err=True)
    return error.outcome.code if isinstance(error, CommandEnded) else Exit.USAGE


def _leave_stuck_threads(code: Exit) -> None:
    """End the process here if a worker would keep it from ending."""
    give_up_at = time.monotonic() + _PATIENCE
    for thread in threading.enumerate():
        if thread.name.startswith(_WORKER):
            thread.join(max(give_up_at - time.monotonic(), 0))
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
