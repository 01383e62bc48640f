"""What every test of the desktop client is given: no display, a home of its own, and silence.

A warning in the log, a message from Qt or an exception in a slot fails the test it comes from.
"""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before any test loads Qt

import keyring
import pytest
from keyring.backends import fail
from PySide6.QtCore import QEvent, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from tek_desktop.application import make_application
from tek_desktop.qt.event_loop import make_loop

UNSUPPORTED = "This plugin does not support "
"""How Qt begins to tell what the platform without a screen cannot do."""

OWN_HOME = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every async test here on the loop that the client itself runs on."""
    return {"qt": lambda: make_loop(_application())}


def _application() -> QApplication:
    """Return the one application object of this process."""
    known = QApplication.instance()
    return known if isinstance(known, QApplication) else make_application()


@pytest.fixture
def application() -> Generator[QApplication]:
    """Return the application object, for widgets outside of an event loop."""
    yield (known := _application())
    known.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True, scope="module")
def _garbage() -> Generator[None]:
    """Collect no loop or widget of an earlier test in a thread that waits for a process."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("TEK_") and "TEST" not in each]:
        monkeypatch.delenv(name)
    for name in OWN_HOME:
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    keyring.set_keyring(fail.Keyring())


@pytest.fixture(autouse=True)
def _silence(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    said: list[str] = []

    def qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if message.startswith(UNSUPPORTED):
            return
        said.append(f"Qt: {kind.name} {context.category}: {message}")

    def slot(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind, trace
        said.append(f"an exception in a slot: {error!r}")

    handler, hook = qInstallMessageHandler(qt), sys.excepthook
    sys.excepthook = slot
    yield
    sys.excepthook = hook
    qInstallMessageHandler(handler)
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    said += [each.getMessage() for each in records if each.levelno >= logging.WARNING]
    assert said == []
