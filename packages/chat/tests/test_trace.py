"""One line an event, whoever reads it."""

import json
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconnect_core import (
    Blocked,
    Closed,
    Connecting,
    Connection,
    Event,
    Online,
    Phase,
    Queued,
    Received,
    SessionLost,
    Unreadable,
    Waiting,
)
from tek_chat import Trace
from tek_chat.trace import trace_line
from tek_protocol import read_envelope

DOWN = Connection(Phase.WAITING, 1.0, 2, 8.5, "connection refused", queued=1, session_id="s")


def heard(text: str) -> Received:
    return Received(read_envelope('{"type":"x"}'), text)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_every_event_is_a_line(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace")
    trace.write(SessionLost("s"))
    trace.write(Queued("m", {"content": "zwölf\n"}))
    trace.close()
    lines = [json.loads(line) for line in (tmp_path / "trace").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["sessionlost", "queued"]
    assert lines[1]["message"] == {"content": "zwölf\n"}


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (Waiting(DOWN, 7.5), {"event": "waiting", "delay": 7.5}),
        (Blocked(DOWN, 60.0), {"event": "blocked", "delay": 60.0}),
        (Connecting(DOWN), {"event": "connecting"}),
        (Online(DOWN), {"event": "online"}),
        (Closed(DOWN), {"event": "closed"}),
    ],
)
def test_a_phase_tells_the_state_of_the_connection(event: Event, fields: dict[str, object]) -> None:
    assert trace_line(event, 3.0) == fields | {
        "t": 3.0,
        "attempt": 2,
        "retry_at": 8.5,
        "reason": "connection refused",
        "queued": 1,
        "uncertain": 0,
        "session_id": "s",
    }


def test_a_message_is_whole_and_one_that_cannot_be_read_is_its_text() -> None:
    assert trace_line(heard('{"type":"x","a":[1]}'), 0.0)["message"] == {"type": "x", "a": [1]}
    assert trace_line(heard('{"a":1e999}'), 0.0)["message"] == '{"a":1e999}'
    assert trace_line(Unreadable(3, "a binary frame"), 0.0) == {
        "t": 0.0,
        "event": "unreadable",
        "size": 3,
        "reason": "a binary frame",
    }


def test_no_depth_of_nesting_ends_the_trace(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace")
    depths = range(700, 1000)
    for depth in depths:
        trace.write(heard(f'{{"a":{"[" * depth}{"]" * depth}}}'))
    trace.close()
    assert len((tmp_path / "trace").read_text().splitlines()) == len(depths)


def test_what_is_too_deep_to_be_written_is_told_in_short(tmp_path: Path) -> None:
    deep: list[object] = []
    for _ in range(2_000):
        deep = [deep]
    trace = Trace(tmp_path / "trace")
    trace.write(Queued("m", {"content": deep}))
    trace.close()
    line = json.loads((tmp_path / "trace").read_text())
    assert (line["event"], line["message"]) == ("queued", "nested too deeply")


@pytest.mark.parametrize("before", [None, 0o644])
def test_only_its_owner_can_read_it(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "trace"
    if before is not None:
        path.touch(before)
    Trace(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_trace_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for _ in range(2):
        trace = Trace(tmp_path / "trace")
        trace.write(SessionLost("s"))
        trace.close()
    assert len((tmp_path / "trace").read_text().splitlines()) == 2


def test_a_file_that_cannot_be_had_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Trace(tmp_path / "nowhere" / "trace")
    with pytest.raises(IsADirectoryError):
        Trace(tmp_path)
    with pytest.raises(PermissionError):
        Trace(Path("/proc/self/comm"))  # a file that cannot be made private


def test_a_closed_trace_takes_events_and_drops_them(tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace")
    trace.close()
    trace.close()
    trace.write(SessionLost("s"))
    assert (tmp_path / "trace").read_text() == ""


def test_a_pipe_may_be_read_later(pipe: Path) -> None:
    trace = Trace(pipe)
    trace.write(SessionLost("s"))
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert json.loads(os.read(reader, 4096))["event"] == "sessionlost"
    trace.close()
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_line_longer_than_a_pipe_waits_for_its_reader(pipe: Path) -> None:
    trace = Trace(pipe)
    with ThreadPoolExecutor() as threads:
        line = threads.submit(_first_line, pipe)
        trace.write(SessionLost("s" * 1_000_000))
        assert len(json.loads(line.result())["session_id"]) == 1_000_000
    trace.close()


def _first_line(pipe: Path) -> str:
    with pipe.open() as file:
        return file.readline()


def test_a_pipe_that_nobody_reads_ends_the_trace_and_nothing_else(
    pipe: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trace = Trace(pipe)
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))  # a reader that has come and gone
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            trace.write(SessionLost("s" * 4_000))
    assert [record.getMessage() for record in caplog.records] == ["the trace has ended: no reader"]
    trace.close()


def test_a_full_disk_ends_the_trace_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    trace = Trace(Path("/dev/full"))
    with caplog.at_level(logging.WARNING):
        trace.write(SessionLost("s"))
        trace.write(SessionLost("s"))
    assert [record.getMessage() for record in caplog.records] == [
        "the trace has ended: No space left on device"
    ]
