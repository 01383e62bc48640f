"""How to start a gateway as a child process: all that a client needs to know about one.

It must never start anything itself, nor import the server.
"""

import sys
from pathlib import Path


def start_command(
    *,
    port: int | None = None,
    data_dir: Path | None = None,
    stop_when_idle: float | None = None,
    log_file: Path | None = None,
    model: str | None = None,
) -> list[str]:
    """Return the argv of a gateway; what is None is left to the gateway.

    `port` 0 takes any free port and `stop_when_idle` is in seconds. A gateway that outlives the
    process that started it wants a `log_file`, since nobody reads its standard error, and
    `start_new_session=True` where it is spawned, so that closing the terminal leaves it alone.
    """
    chosen = {
        "--port": port,
        "--data-dir": data_dir,
        "--stop-when-idle": stop_when_idle,
        "--log-file": log_file,
        "--model": model,
    }
    pairs = [f"{name}={value}" for name, value in chosen.items() if value is not None]
    # -P: a file in the folder where the user happens to be must not stand in for a module.
    return [sys.executable, "-P", "-m", "tek_gateway", *pairs]
