"""Running a command to its exit code.

Ctrl+C ends the process at once, even while a thread is stuck, e.g. in a DNS query.
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

USER_ERRORS = (CommandEnded, InvalidURL, SettingsError)
"""Errors that the user can fix: reported as one line, without a traceback."""

_WORKER = "tek-cli-worker"
_JOIN_LIMIT = 0.2
"""Seconds for threads to end by themselves."""


def run(command: Callable[[], Coroutine[object, object, Exit]]) -> Exit:
    """Run `command` on a new event loop; a user error becomes one line and an exit code."""
    log_to_file()
    with asyncio.Runner() as runner:
        workers = ThreadPoolExecutor(thread_name_prefix=_WORKER)
        runner.get_loop().set_default_executor(workers)
        code = Exit.INTERRUPTED
        try:
            code = runner.run(command())
        except (KeyboardInterrupt, asyncio.CancelledError):
            pass  # asked to end, by the user or by the system
        except USER_ERRORS as error:
            code = _report(error)
        finally:
            workers.shutdown(wait=False, cancel_futures=True)
            # Otherwise the runner would wait for the workers.
            runner.get_loop().set_default_executor(ThreadPoolExecutor())
    _leave_stuck_threads(code)
    return code


def run_at_once(command: Callable[[], Exit]) -> Exit:
    """Run a `command` that needs no event loop, with the same error handling."""
    log_to_file()
    try:
        return command()
    except USER_ERRORS as error:
        return _report(error)


def _report(error: Exception) -> Exit:
    """Print a user error as one line; returns its exit code."""
    typer.echo(f"Error: {error}", err=True)
    return error.outcome.code if isinstance(error, CommandEnded) else Exit.USAGE


def _leave_stuck_threads(code: Exit) -> None:
    """Exit here if a worker thread would keep the process from ending."""
    give_up_at = time.monotonic() + _JOIN_LIMIT
    for thread in threading.enumerate():
        if thread.name.startswith(_WORKER):
            thread.join(max(give_up_at - time.monotonic(), 0))
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
