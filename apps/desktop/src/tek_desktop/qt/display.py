"""Find the Qt platform that works here, before Qt tries one.

Qt aborts the process if it finds no display or lacks a library for it.
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
"""The Debian packages with the libraries that Qt needs and pip does not install."""


class NoDisplay(Exception):
    """No window can be opened; the text gives the reason and the fix in one line."""


def choose_platform(environment: Mapping[str, str]) -> str:
    """Return the first platform that works, as a value for QT_QPA_PLATFORM.

    Tries the platforms that QT_QPA_PLATFORM lists, separated by `;`, or else Wayland, then X11.
    Raises `NoDisplay` if none works.
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
    """Return why `platform` has no display server, or "" if it has one or needs none."""
    if platform.startswith("wayland"):
        there = _wayland_answers(environment)
    elif platform == "xcb":
        there = _x_answers(environment.get("DISPLAY", ""))
    else:
        return ""
    return "" if there else "no display: neither WAYLAND_DISPLAY nor DISPLAY names one that answers"


def _no_plugin(platform: str, plugins: Path) -> str:
    """Return why Qt cannot load its plugin for `platform`, or "" if it can."""
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
    """Return whether the X server at `display` accepts this process and its cookie."""
    if not display:
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # loading the plugin will fail and name the library
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(), None))
    refused = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not refused
