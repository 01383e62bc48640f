"""Starts a gateway on this computer that outlives the client.

`discovery` decides under its lock whether one is needed.
"""

import os
import select
import signal
import subprocess
from contextlib import suppress
from importlib.util import find_spec

import msgspec

from tek_local.runtime_file import data_dir
from tek_local.start_command import start_command
from tek_protocol import DecodeError, decode

_READY_WITHIN = 10.0
"""Seconds; a gateway is ready in well under one."""

_ERROR_PREFIX = "tek-gateway: error: "
"""The prefix of the error of a gateway that cannot start."""


_NOT_INSTALLED = (
    "No gateway is installed here. Install tek-gateway, or name a gateway with --url or TEK_URL."
)


class GatewayNotStarted(OSError):
    """The gateway did not get ready; the text is its own error if it gave one."""


class _Ready(msgspec.Struct, frozen=True):
    """The first line of output of a gateway that accepts connections."""

    url: str


_READY: msgspec.json.Decoder[_Ready] = msgspec.json.Decoder(_Ready)


def start_local(
    *, port: int, stop_when_idle: float | None = None, ready_within: float = _READY_WITHIN
) -> str:
    """Start a gateway and return its address; blocks for up to `ready_within` seconds.

    It logs to `gateway.log` in its data folder. Raises `GatewayNotStarted`, or `OSError` if the
    command does not exist.
    """
    if find_spec("tek_gateway") is None:
        raise GatewayNotStarted(_NOT_INSTALLED)
    data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    log_file = data_dir() / "gateway.log"
    command = start_command(port=port, stop_when_idle=stop_when_idle, log_file=log_file)
    # The shell ends at once, so that the gateway is not our child and leaves no zombie.
    with subprocess.Popen(  # noqa: S603 - our own interpreter and options
        ["/bin/sh", "-c", 'exec "$@" &', "sh", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as shell:
        return _ready_url(shell, ready_within)


def _ready_url(shell: subprocess.Popen[bytes], seconds: float) -> str:
    if shell.stdout is None or shell.stderr is None:
        message = "no pipes to the gateway"
        raise GatewayNotStarted(message)
    output = select.poll()
    output.register(shell.stdout, select.POLLIN)
    if not output.poll(seconds * 1000):
        _end(shell)
        message = f"the gateway was not ready within {seconds:g} s"
        raise GatewayNotStarted(message)
    try:
        return decode(shell.stdout.readline(), _READY).url
    except DecodeError as error:
        _end(shell)
        said = shell.stderr.read().decode(errors="replace").strip()
        message = (
            said.splitlines()[-1].removeprefix(_ERROR_PREFIX)
            if said
            else "the gateway ended at once"
        )
        raise GatewayNotStarted(message) from error


def _end(shell: subprocess.Popen[bytes]) -> None:
    """Kill the gateway, which is in the process group of the shell."""
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGKILL)
