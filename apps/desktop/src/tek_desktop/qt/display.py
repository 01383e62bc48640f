"""Which of Qt's platforms works here, found out before Qt is asked to use it.

A Qt that finds no display, or lacks a library for it, ends the process with an abort. It must
never leave that to Qt, nor start a program to find out.
"""

import ctypes
import socket
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

_NATIVE = {"darwin": "cocoa", "win32": "windows"}

_LIBRARIES = (
    "libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0"
)
"""What Qt needs of a Debian system, and pip does not bring."""


class NoDisplay(Exception):
    """No window can be opened; the text says why, and what to do, in one line."""


def choose_platform(environment: Mapping[str, str]) -> str:
    """Return the first platform that works, as QT_QPA_PLATFORM has it; raises `NoDisplay`.

    QT_QPA_PLATFORM, a list with `;` between, is honoured; else Wayland comes before X11.
    """
    named = environment.get("QT_QPA_PLATFORM", "")
    if sys.platform in _NATIVE:
        return named or _NATIVE[sys.platform]
    plugins = _find_plugins()
    problems: list[str] = []
    for platform in (named or "wayland;xcb").split(";"):
        name = platform.partition(":")[0]
        problem = _no_server(name, environment) or _no_plugin(name, plugins)
        if not problem:
            return platform
        problems.append(problem)
    raise NoDisplay("; ".join(dict.fromkeys(problems)))


def _find_plugins() -> Path:
    try:
        from PySide6.QtCore import QLibraryInfo  # noqa: PLC0415 - may fail

        import_module("PySide6.QtWidgets")  # needs more libraries
    except ImportError as error:
        raise NoDisplay(_cannot_load(error)) from error
    return Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"


def _cannot_load(error: Exception) -> str:
    return f"Qt cannot be loaded: {error}; on Debian or Ubuntu: apt install {_LIBRARIES}"


def _no_server(platform: str, environment: Mapping[str, str]) -> str:
    """Return why `platform` has nothing to draw on, "" if it has, or needs none."""
    if platform.startswith("wayland"):
        there = _wayland_answers(environment)
    elif platform == "xcb":
        there = _x_answers(environment.get("DISPLAY", ""))
    else:
        return ""
    return "" if there else "no display: neither WAYLAND_DISPLAY nor DISPLAY leads to one"


def _no_plugin(platform: str, plugins: Path) -> str:
    """Return why Qt cannot load its part for `platform`, "" if it can."""
    files = sorted(plugins.glob(f"libq{platform.partition('-')[0]}*.so"))
    if not files:
        return f"Qt has no platform {platform!r}"
    try:
        ctypes.CDLL(str(files[0]))
    except OSError as error:
        return _cannot_load(error)
    return ""


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(Path(environment.get("XDG_RUNTIME_DIR", "/")) / name))
        except OSError:
            return False
    return True


def _x_answers(display: str) -> bool:
    """Return whether `display` lets this process in, cookie and all."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # the plugin needs it as well, and says so by its name
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(), None))
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not refused
