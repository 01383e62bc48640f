"""Commands run to their end, whatever is stuck."""

import asyncio
import os
import subprocess
import sys

import pytest

from tek_chat.local.process import RunningProcess
from tek_testing.deadlines import deadline

_STUCK = """
import asyncio, threading
from tek_cli.exit_codes import Exit
from tek_cli.actions.runner import run

async def main():
    asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    print("done")
    return Exit.TIMED_OUT

raise SystemExit(run(main))
"""


async def test_a_thread_that_is_stuck_does_not_keep_the_process_from_ending() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STUCK, stdout=asyncio.subprocess.PIPE
    )
    async with deadline(20):
        out, _ = await process.communicate()
    assert (process.returncode, out) == (7, b"done\n")


@pytest.mark.parametrize("has_pidfd", [True, False])
def test_a_process_is_told_to_stop_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, *, has_pidfd: bool
) -> None:
    if not has_pidfd:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    with subprocess.Popen(["/bin/sh", "-c", "exec sleep 60"]) as child:
        process = RunningProcess(child.pid)
        assert not process.wait(0)
        process.terminate()
        child.wait()
        assert process.wait(5)
        process.close()


def test_a_process_that_is_gone_cannot_be_held() -> None:
    with subprocess.Popen(["/bin/sh", "-c", ":"]) as child:
        child.wait()
    with pytest.raises(ProcessLookupError):
        RunningProcess(child.pid)
