"""The input history: kept for its owner only, and gone through with Up and Down."""

import json
import stat
from pathlib import Path

from tek_cli.screen.input_history import InputHistory


def test_the_history_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    InputHistory.read(path).add("one\nline")
    again = InputHistory.read(path)
    again.add("two")
    again.add("two")
    again.add("  ")
    assert InputHistory.read(path).entries == ["one\nline", "two"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_going_back_keeps_the_draft(tmp_path: Path) -> None:
    history = InputHistory(tmp_path / "h", ["a", "b"], 2)
    assert [history.older("draft"), history.older(""), history.older("")] == ["b", "a", None]
    assert [history.newer(), history.newer(), history.newer()] == ["b", "draft", None]


def test_a_history_that_cannot_be_read_or_kept_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text('"good"\nbad\n{"no": "text"}\n')
    assert InputHistory.read(path).entries == ["good"]
    path.unlink()
    path.mkdir()
    history = InputHistory.read(path)
    history.add("x")
    assert history.entries == ["x"]


def test_the_history_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(f"{json.dumps(str(number))}\n" for number in range(1200)))
    history = InputHistory.read(path)
    history.add("last")
    assert len(InputHistory.read(path).entries) == 1000
