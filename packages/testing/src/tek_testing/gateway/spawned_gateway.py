"""One run of a gateway as a child process: spawn it, and read its first line."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from tek_protocol import decode

NO_OLLAMA = "127.0.0.1:1"
"""An address without an Ollama."""

ALONE = {"OLLAMA_HOST": NO_OLLAMA, "TEK_GATEWAY_CONFIG": ""}
"""Environment that makes a gateway independent of the machine's Ollama and configuration."""


class Ready(msgspec.Struct, frozen=True):
    """The line that a gateway prints once it accepts connections."""

    event: Literal["ready"]
    url: str
    pid: int
    port: int
    instance: str
    version: str


_READY: msgspec.json.Decoder[Ready] = msgspec.json.Decoder(Ready)


def environment_in(home: Path) -> dict[str, str]:
    """Return the environment variables that make a program keep all its files in `home`."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def spawn(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start `command` with `environment` added to ours; its standard error is appended to `log`."""
    with log.open("ab") as errors:
        return subprocess.Popen(  # noqa: S603 - this very Python, and options of the test's own
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Ctrl+C in the terminal stops the tests, which then end this process.
            start_new_session=True,
        )


def read_ready(process: subprocess.Popen[bytes]) -> Ready:
    """Wait for the first line of `process`; raises `DecodeError` if it is not that of a gateway."""
    if process.stdout is None:
        reason = "the process was spawned without a pipe"
        raise ValueError(reason)
    with process.stdout as output:
        return decode(output.readline(), _READY)
