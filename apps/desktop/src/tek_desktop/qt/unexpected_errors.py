"""What nobody caught: logged in full, and told to the user once.

It must never raise, nor end the conversation: the window and the connection go on.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType

_logger = logging.getLogger(__name__)


class UnexpectedErrors:
    """Calls `show` with a line for every fault that was not shown before."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._shown: set[str] = set()

    @contextmanager
    def watched(self) -> Generator[None]:
        """Take in what escapes from slots and from callbacks of the running loop, meanwhile."""
        loop, slots = asyncio.get_running_loop(), sys.excepthook
        loop.set_exception_handler(self._escaped)
        sys.excepthook = self._raised
        try:
            yield
        finally:
            sys.excepthook = slots
            loop.set_exception_handler(None)

    @contextmanager
    def caught(self) -> Generator[None]:
        """Take in whatever the block raises, and go on behind it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - one fault must not end what is repeated
            self.report(error)

    def report(self, error: BaseException) -> None:
        """Log `error`, and show it if it is news."""
        _logger.error("unforeseen", exc_info=error)
        line = f"{type(error).__name__}: {error}".rstrip(": ")
        if line not in self._shown:
            self._shown.add(line)
            self._show(line)

    def _raised(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace  # the error knows both
        self.report(error)

    def _escaped(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        del loop
        error = context.get("exception")
        self.report(error if isinstance(error, BaseException) else RuntimeError(context["message"]))
