"""Run tasks in parallel, stream what they print, and replay those whose inputs have not changed.

The log of a task is its cache entry: .make/TASK/PKG/KEY.log exists only if the task passed on the
inputs and the command that KEY is the hash of.
"""

import asyncio
import os
import re
import signal
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeAlias

GRACE = 10.0
"""Seconds that an interrupted command has to end the processes that it started."""

Command: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Commands to run one after the other, as `name`, which is TASK@PKG.

    With an empty `key` the task is never cached. An exit code in `excused` counts as success, and
    its text is printed. `product` is a pattern of the file that the commands make: the task's log
    is valid only while that file exists.
    """

    name: str
    commands: tuple[Command, ...]
    key: str = ""
    excused: Mapping[int, str] = field(default_factory=dict[int, str])
    product: str = ""
    usual_seconds: float = 0.0

    @property
    def folder(self) -> Path:
        """Where the logs of this task are."""
        return Path(".make", *self.name.split("@"))

    @property
    def log(self) -> Path:
        """The log of this task on these inputs."""
        return self.folder / f"{self.key}.log"

    @property
    def is_cached(self) -> bool:
        """Whether the task has passed on these inputs, and what it made is still there."""
        is_made = not self.product or bool(self.made())
        return bool(self.key) and is_made and self.log.is_file()

    def made(self) -> list[Path]:
        """Return the files that match `product`."""
        return sorted(Path().glob(self.product)) if self.product else []

    def expected_seconds(self) -> float:
        """Return how long the newest kept run took, or else what is usual."""
        logs = sorted(self.folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
        took = re.search(r" in (\d+(?:\.\d+)?)s", last_line(logs[-1])) if logs else None
        return float(took[1]) if took else self.usual_seconds


@dataclass(frozen=True, slots=True)
class Result:
    """How a task ended; `summary` is the last line that it printed."""

    task: Task
    passed: bool
    summary: str


def last_line(log: Path) -> str:
    """Return the last line of a log, which is pytest's summary for a test."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else ""


def total(summaries: Iterable[str]) -> str:
    """Return the sum of pytest's summaries, such as `3 passed, 0 failed, 1 skipped`."""
    counts: Counter[str] = Counter()
    for summary in summaries:
        if re.search(r" in \d+(\.\d+)?s", summary):
            for count, outcome in re.findall(r"(\d+) ([a-z]+)", summary):
                counts[outcome] += int(count)
    failed = counts["failed"] + counts["error"] + counts["errors"]
    return f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped"


async def run_tasks(
    tasks: Sequence[Task], *, jobs: int, force: bool, keep_going: bool
) -> list[Result]:
    """Run `tasks`, at most `jobs` at once and the longest first, and return how each ended.

    Those that are cached are replayed, unless `force`. After a failure no further task starts,
    unless `keep_going`. SIGTERM cancels this, as Ctrl+C does.
    """
    if this := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    waiting: deque[Task] = deque()
    results: list[Result] = []
    for task in tasks:
        if task.is_cached and not force:
            results.append(Result(task, passed=True, summary=last_line(task.log)))
            announce(task.name, f"cached: {results[-1].summary}")
        else:
            waiting.append(task)
    waiting = deque(sorted(waiting, key=Task.expected_seconds, reverse=True))

    async def work() -> None:
        while waiting and (keep_going or all(result.passed for result in results)):
            results.append(await run_task(waiting.popleft()))

    async with asyncio.TaskGroup() as workers:
        for _ in range(jobs):
            workers.create_task(work())
    return results


async def run_task(task: Task) -> Result:
    """Run the commands of `task` until one fails, and keep its log only if none does."""
    task.folder.mkdir(parents=True, exist_ok=True)
    if task.product:
        # An older log would vouch for a file that is about to be replaced.
        for path in [*task.folder.glob("*.log"), *task.made()]:
            path.unlink()
    part = task.folder / f"{os.getpid()}.part"
    try:
        with part.open("w", encoding="utf-8") as log:
            passed = True
            for command in task.commands:
                code = await run_command(task.name, command, log)
                if code in task.excused:
                    record(task.name, task.excused[code], log)
                elif code:
                    passed = False
                    break
            for made in task.made() if passed else ():
                record(task.name, str(made), log)
        summary = last_line(part)
        if passed and task.key:
            part.replace(task.log)
    finally:
        part.unlink(missing_ok=True)
    return Result(task, passed, summary)


async def run_command(name: str, command: Command, log: TextIO) -> int:
    """Run `command` in a process group of its own, print its output, and return its exit code.

    If this is cancelled, the group is interrupted, as by Ctrl+C, and killed after `GRACE`.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
        limit=2**24,
    )
    if process.stdout is None:
        raise AssertionError
    try:
        while line := await process.stdout.readline():
            record(name, line.decode(errors="replace").rstrip("\r\n"), log)
        return await process.wait()
    finally:
        if process.returncode is None:
            await end_group(process)


async def end_group(process: asyncio.subprocess.Process) -> None:
    """Interrupt the group of `process`, and kill what is left of it after `GRACE`."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        async with asyncio.timeout(GRACE):
            await process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def record(name: str, line: str, log: TextIO) -> None:
    """Print a line of a task, and write it into its log."""
    announce(name, line)
    print(line, file=log, flush=True)


def announce(name: str, line: str) -> None:
    """Print a line about a task."""
    print(f"{name} | {line}", flush=True)
