"""Garbage is collected where the widgets live."""

import gc
import threading

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tek_desktop.qt.garbage import collect_garbage_in_this_thread, collect_if_due


class Witness:
    """A cycle that notes in which thread it is collected."""

    def __init__(self, threads: list[int]) -> None:
        self._itself, self._threads = self, threads

    def __del__(self) -> None:
        self._threads.append(threading.get_ident())


def allocate() -> None:
    """Make as many objects as would have Python collect many times."""
    kept = [[number] for number in range(20_000)]
    del kept


def test_another_thread_collects_nothing(application: QApplication) -> None:
    del application
    threads: list[int] = []
    with collect_garbage_in_this_thread():
        Witness(threads)
        elsewhere = threading.Thread(target=allocate)
        elsewhere.start()
        elsewhere.join()
        assert threads == []
        allocate_and_keep = [[number] for number in range(2_000)]
        collect_if_due()
        assert threads == [threading.get_ident()]
        del allocate_and_keep


def test_it_is_collected_while_the_event_loop_runs(application: QApplication) -> None:
    threads: list[int] = []
    with collect_garbage_in_this_thread():
        Witness(threads)
        kept = [[number] for number in range(2_000)]
        loop = QEventLoop(application)
        looks = QTimer(interval=10)
        looks.timeout.connect(lambda: loop.quit() if threads else None)
        looks.start()
        loop.exec()
        assert threads == [threading.get_ident()]
        del kept


def test_afterwards_python_collects_as_ever(application: QApplication) -> None:
    del application
    with collect_garbage_in_this_thread():
        assert not gc.isenabled()
    assert gc.isenabled()
