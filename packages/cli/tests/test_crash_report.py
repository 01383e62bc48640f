"""The log file, where it can be written and where it cannot."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tek_cli.actions.crash_report import report
from tek_testing.deadlines import deadline


def test_a_log_that_cannot_be_written_is_told_of(home: Path) -> None:
    (home / "state").write_text("no folder")
    told = report(RuntimeError("the details"))
    assert told.startswith("unexpected RuntimeError; cannot write the details to")
    assert "\n" not in told


async def test_what_fails_in_a_thread_goes_to_the_log_and_not_to_the_terminal(
    home: Path, tmp_path: Path
) -> None:
    script = tmp_path / "fail.py"
    script.write_text(
        "import threading\n"
        "from tek_cli.actions.crash_report import log_to_file\n"
        "class Unclean:\n"
        "    def __del__(self):\n"
        "        raise OSError('unclean')\n"
        "log_to_file()\n"
        "thread = threading.Thread(target=lambda: 1 / 0)\n"
        "thread.start()\n"
        "thread.join()\n"
        "del (it := [Unclean()])[0]\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, script, stderr=PIPE)
    async with deadline():
        _, told = await process.communicate()
    log = (home / "state" / "tek" / "log" / "tek-cli.log").read_text()
    assert (process.returncode, told) == (0, b"")
    assert "ZeroDivisionError" in log
    assert "unclean" in log
