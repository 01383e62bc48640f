"""Measure the CPU time, user and system, for each message that a client receives.

All receive the same log of answers, entries of about 120 bytes, from a sender that is always ahead:

- `websockets`: the library that a `Session` uses, and `json.loads`;
- `session`: a `Session` in resume mode, with a storage and every message decoded: it applies each
  entry once, moves and saves the cursor, and yields an event;
- `chat`: the client of both apps on top of that, and its view; it has no limit;
- `socket.io`: `python-socketio` over a WebSocket of aiohttp, in an environment of its own that
  uv creates.

Limits for `session`: 1.6 of `websockets`, and a third of `socket.io`.
"""

import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ENTRIES = 100_000
ROUNDS = 5
LIMIT_BARE = 1.6
LIMIT_SOCKET_IO = 1 / 3
HERE = Path(__file__).parent / "receiving"
UV = Path(__file__).parents[1] / "scripts" / "uv.sh"
_APART = (str(UV), "run", "--quiet", "--isolated", "--locked", "--only-group", "bench")

CLIENTS: dict[str, Sequence[str]] = {
    "websockets": (sys.executable, str(HERE / "bare.py")),
    "session": (sys.executable, str(HERE / "session.py")),
    "chat": (sys.executable, str(HERE / "chat.py")),
    "socket.io": (*_APART, "--python", sys.executable, "python", str(HERE / "socket_io.py")),
}


def microseconds(client: Sequence[str], port: str) -> float:
    """Return the CPU time of a message; a new process receives all of them."""
    command = [*client, port, str(ENTRIES)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own commands
    return float(told.stdout) / ENTRIES * 1e6


def measure(port: str) -> dict[str, float]:
    """Return the median of each client, taken in turns so that other load affects all alike."""
    times: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for _ in range(ROUNDS):
        for name, client in CLIENTS.items():
            times[name].append(microseconds(client, port))
    return {name: statistics.median(each) for name, each in times.items()}


def main() -> int:
    """Print the median of each client, and the two ratios that have a limit."""
    command = [sys.executable, str(HERE / "flood.py"), str(ENTRIES)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sender:
        try:
            medians = measure(sender.stdout.readline().strip() if sender.stdout else "")
        finally:
            sender.kill()
    for name, median in medians.items():
        print(f"{name:10} {median:6.1f} µs  {median / medians['websockets']:5.2f} x websockets")
    to_bare = medians["session"] / medians["websockets"]
    to_socket_io = medians["session"] / medians["socket.io"]
    print(f"session / websockets = {to_bare:.2f} (limit {LIMIT_BARE})")
    print(f"session / socket.io = {to_socket_io:.2f} (limit {LIMIT_SOCKET_IO:.2f})")
    return int(to_bare > LIMIT_BARE or to_socket_io > LIMIT_SOCKET_IO)


if __name__ == "__main__":
    sys.exit(main())
