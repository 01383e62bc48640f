"""Measure how long the commands take to start, compared with the least possible.

`tek-cli --version` is compared with importing typer, on which it is built; the limit is 1.5.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

RUNS = 20
LIMIT = 1.5
BIN = Path(sys.executable).parent
COMMANDS: dict[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "python -c 'import typer'": (sys.executable, "-c", "import typer"),
    "tek-cli --version": (str(BIN / "tek-cli"), "--version"),
    "tek-cli --help": (str(BIN / "tek-cli"), "--help"),
    "tek-desktop --version": (str(BIN / "tek-desktop"), "--version"),
    "tek-gateway --version": (str(BIN / "tek-gateway"), "--version"),
}


def seconds(command: Sequence[str]) -> float:
    """Return the seconds of one run."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    return time.perf_counter() - begin


def main() -> int:
    """Print the median of each command, taken in turns so that other load affects all alike."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    medians = {name: statistics.median(each) for name, each in times.items()}
    base = medians["python -c 'import typer'"]
    for name, median in medians.items():
        print(f"{name:26} {median * 1000:6.0f} ms  {median / base:5.2f} x import typer")
    ratio = medians["tek-cli --version"] / base
    print(f"tek-cli --version / import typer = {ratio:.2f} (limit {LIMIT})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
