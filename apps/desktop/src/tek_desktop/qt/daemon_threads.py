"""Threads for what blocks: looking up a host name, say.

It must never hold up the end of the process: a name server may need half a minute to be silent.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class DaemonThreads(Executor):
    """A thread for each call, which the end of the process does not wait for."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start `fn` and return its result to be."""
        future: Future[T] = Future()
        call = partial(fn, *args, **kwargs)
        threading.Thread(target=_work, args=(call, future), name="blocking", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of Executor
        """Abandon what still runs."""


def _work(call: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the result
        future.set_exception(error)
