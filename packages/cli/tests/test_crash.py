"""The log file, where it can be written and where it cannot."""

from pathlib import Path

from tek_cli.crash import report


def test_a_log_that_cannot_be_written_is_told_of(home: Path) -> None:
    (home / "state").write_text("no folder")
    told = report(RuntimeError("the details"))
    assert told.startswith("something unforeseen happened: RuntimeError; its details cannot be")
    assert "\n" not in told
