"""Exceptions that nothing else catches: logged in full, and shown to the user once each.

The window and the connection stay open.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType

_logger = logging.getLogger(__name__)


class UnexpectedErrors:
    """Calls `show` with one line for each error that has not been shown before."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._shown: set[str] = set()

    @contextmanager
    def installed(self) -> Generator[None]:
        """Report exceptions in slots and in callbacks of the running loop, until the block ends."""
        loop, excepthook = asyncio.get_running_loop(), sys.excepthook
        loop.set_exception_handler(self._report_from_loop)
        sys.excepthook = self._report_from_slot
        try:
            yield
        finally:
            sys.excepthook = excepthook
            loop.set_exception_handler(None)

    @contextmanager
    def reported(self) -> Generator[None]:
        """Report an exception of the block, and continue after it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - one error must not end a task that repeats
            self.report(error)

    def report(self, error: BaseException) -> None:
        """Log `error`, and show it unless it was shown before."""
        _logger.error("unexpected error", exc_info=error)
        line = f"{type(error).__name__}: {error}".rstrip(": ")
        if line not in self._shown:
            self._shown.add(line)
            self._show(line)

    def _report_from_slot(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace  # both are in the error
        self.report(error)

    def _report_from_loop(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, object]
    ) -> None:
        del loop
        error = context.get("exception")
        self.report(error if isinstance(error, BaseException) else RuntimeError(context["message"]))
