"""The runtime file, whatever is in it."""

import json
import os
import stat
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tek_local.runtime_file import (
    RuntimeFile,
    config_dir,
    data_dir,
    read_runtime,
    remove_runtime,
    runtime_path,
    write_runtime,
)

HERE = RuntimeFile(pid=7, port=3271, started_at="2026-01-01T00:00:00.000+00:00", instance="abc")


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "tek" / "runtime.json"

    write_runtime(file, HERE)

    assert read_runtime(file) == HERE


def test_the_file_has_the_names_of_the_wire_and_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "tek" / "runtime.json"

    write_runtime(file, HERE)

    assert json.loads(file.read_text()) == {
        "pid": 7,
        "port": 3271,
        "startedAt": "2026-01-01T00:00:00.000+00:00",
        "instance": "abc",
        "host": "127.0.0.1",
        "tls": False,
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_writing_replaces_a_link_instead_of_following_it(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    file = tmp_path / "runtime.json"
    file.symlink_to(victim)

    write_runtime(file, HERE)

    assert victim.read_text() == "precious"
    assert not file.is_symlink()


def test_only_its_own_instance_removes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "runtime.json"
    write_runtime(file, HERE)

    remove_runtime(file, "another")
    assert read_runtime(file) == HERE

    remove_runtime(file, "abc")
    assert not file.exists()
    remove_runtime(file, "abc")


@pytest.mark.parametrize(
    "change",
    [
        {"pid": 0},
        {"pid": -1},
        {"pid": 2**40},
        {"pid": "7"},
        {"pid": True},
        {"pid": None},
        {"port": 0},
        {"port": 65536},
        {"port": 1.5},
        {"startedAt": 7},
        {"instance": ""},
        {"instance": "x" * 65},
        {"host": ""},
        {"host": "a b"},
        {"host": "evil.example/path"},
        {"host": "user@evil.example"},
    ],
)
def test_a_hostile_value_gives_none(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "runtime.json"
    write_runtime(file, HERE)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    assert read_runtime(file) is None


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_content_gives_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "runtime.json"
    file.write_bytes(content)

    assert read_runtime(file) is None


def test_what_is_no_file_of_a_sane_size_gives_none(tmp_path: Path) -> None:
    write_runtime(tmp_path / "padded", HERE)
    with (tmp_path / "padded").open("ab") as file:
        file.write(b" " * 5000)
    os.mkfifo(tmp_path / "pipe")

    assert read_runtime(tmp_path / "missing") is None
    assert read_runtime(tmp_path) is None
    assert read_runtime(tmp_path / "pipe") is None
    assert read_runtime(tmp_path / "padded") is None
    assert read_runtime(Path("a\0b")) is None
    assert read_runtime(Path("/dev/zero")) is None


def test_unknown_fields_are_tolerated(tmp_path: Path) -> None:
    file = tmp_path / "runtime.json"
    write_runtime(file, HERE)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"new": [1]}))

    assert read_runtime(file) == HERE


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "ws://127.0.0.1:3271/gateway"),
        ("0.0.0.0", "ws://127.0.0.1:3271/gateway"),  # noqa: S104 - only named
        ("::", "ws://[::1]:3271/gateway"),
        ("::1", "ws://[::1]:3271/gateway"),
        ("box.local", "ws://box.local:3271/gateway"),
    ],
)
def test_the_address_can_be_dialled_from_this_machine(host: str, url: str) -> None:
    assert RuntimeFile(7, 3271, "now", "abc", host).url == url


def test_the_file_lies_beside_the_settings() -> None:
    assert runtime_path() == config_dir() / "runtime.json"
    assert config_dir() == Path(platformdirs.user_config_dir("tek"))
    assert data_dir() == Path(platformdirs.user_data_dir("tek")) / "gateway"
