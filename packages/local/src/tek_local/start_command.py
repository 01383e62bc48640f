"""The command that starts a gateway as a child process."""

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
    """Return the argv of a gateway; None leaves an option at the gateway's default.

    `port` 0 takes any free port, and `stop_when_idle` is in seconds. A gateway that outlives the
    process that started it needs a `log_file`, since nobody reads its standard error. Spawn it
    with `start_new_session=True`, so that closing the terminal does not end it.
    """
    chosen = {
        "--port": port,
        "--data-dir": data_dir,
        "--stop-when-idle": stop_when_idle,
        "--log-file": log_file,
        "--model": model,
    }
    pairs = [f"{name}={value}" for name, value in chosen.items() if value is not None]
    # -P keeps files in the current folder from shadowing modules.
    return [sys.executable, "-P", "-m", "tek_gateway", *pairs]
