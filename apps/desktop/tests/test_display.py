"""Where there is no display, that is found out before Qt does."""

import socket
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tek_desktop.qt.display import NoDisplay, choose_platform


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "offscreen:configfile=x"])
def test_what_needs_no_display_is_taken_as_it_is(platform: str) -> None:
    assert choose_platform({"QT_QPA_PLATFORM": platform}) == platform


def test_the_first_that_works_is_taken() -> None:
    assert choose_platform({"QT_QPA_PLATFORM": "wayland;xcb;minimal;offscreen"}) == "minimal"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DISPLAY": ""},
        {"DISPLAY": ":4711"},
        {"DISPLAY": "nonsense"},
        {"WAYLAND_DISPLAY": "wayland-4711", "XDG_RUNTIME_DIR": "/nowhere"},
        {"WAYLAND_DISPLAY": "x" * 200, "XDG_RUNTIME_DIR": "/tmp"},  # noqa: S108 - nothing is there
        {"QT_QPA_PLATFORM": "xcb"},
    ],
)
def test_no_display_is_said_in_one_line(environment: dict[str, str]) -> None:
    with pytest.raises(NoDisplay, match=r"^no display: [^\n]*$"):
        choose_platform(environment)


def test_an_unknown_platform_is_named() -> None:
    with pytest.raises(NoDisplay, match="'telegraph'"):
        choose_platform({"QT_QPA_PLATFORM": "telegraph"})


@pytest.fixture
def wayland() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder) / "wayland-0"
        server.bind(str(path))
        server.listen()
        yield path


def test_a_wayland_socket_that_answers_is_a_display(wayland: Path) -> None:
    environment = {"WAYLAND_DISPLAY": wayland.name, "XDG_RUNTIME_DIR": str(wayland.parent)}
    try:
        assert choose_platform(environment) == "wayland"
    except NoDisplay as missing:  # the display is there, but not every library for it
        assert "apt install" in str(missing)  # noqa: PT017 - either is right
