"""The demo, run as `make demo` runs it."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tek_testing.deadlines import deadline

TEK_CLI = Path(sys.executable).parent / "tek-cli"
LIMIT = 30.0


async def test_the_demo_shows_a_gateway_killed_and_nothing_lost(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        TEK_CLI,
        "demo",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
    )
    try:
        async with deadline(LIMIT):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    shown = out.decode()
    assert process.returncode == 0, shown + errors.decode()
    assert "killed with SIGKILL" in shown
    assert re.search(r"^drops +1$", shown, re.MULTILINE)
    assert re.search(r"^lost +0$", shown, re.MULTILINE)
    assert re.search(r"^duplicated +0$", shown, re.MULTILINE)
    assert "after the restart the same" in shown
    assert files_in(tmp_path) == [], "the demo leaves the user's own folders alone"


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]
