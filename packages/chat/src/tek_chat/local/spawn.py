"""Starting this machine's gateway so that it outlives whoever started it.

It must never decide whether one is needed: discovery does, under its lock.
"""

import os
import select
import signal
import subprocess
from contextlib import suppress

import msgspec

from tek_local.runtime_file import data_dir
from tek_local.start_command import start_command
from tek_protocol import DecodeError, decode

_READY_WITHIN = 10.0
"""Seconds; a gateway is ready in well under one."""

_SAYS = "tek-gateway: error: "
"""How a gateway that cannot start begins to say why."""


class GatewayNotStarted(OSError):
    """The gateway ended, or said nothing, instead of getting ready; the text is its own."""


class _Ready(msgspec.Struct, frozen=True):
    """The first line of a gateway that can be dialled."""

    url: str


_READY: msgspec.json.Decoder[_Ready] = msgspec.json.Decoder(_Ready)


def start_local(
    *, port: int, stop_when_idle: float | None = None, ready_within: float = _READY_WITHIN
) -> str:
    """Start a gateway and return its address; blocks until it is ready, for that many seconds.

    It logs to `gateway.log` in its data folder. Raises `GatewayNotStarted`, or `OSError` if
    there is nothing to start.
    """
    data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    log_file = data_dir() / "gateway.log"
    command = start_command(port=port, stop_when_idle=stop_when_idle, log_file=log_file)
    # The shell ends at once, so that the gateway is no child of ours and leaves no zombie.
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
        message = said.splitlines()[-1].removeprefix(_SAYS) if said else "the gateway ended at once"
        raise GatewayNotStarted(message) from error


def _end(shell: subprocess.Popen[bytes]) -> None:
    """Kill what the shell has started: it is in the shell's process group."""
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGKILL)
