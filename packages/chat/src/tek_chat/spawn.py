"""Starting this machine's gateway so that it outlives whoever started it.

It must never decide whether one is needed: discovery does, under its lock.
"""

import json
import os
import select
import signal
import subprocess
from collections.abc import Sequence

from tek_gateway.runtime import data_dir
from tek_gateway.start import start_command

_READY_WITHIN = 10.0
"""Seconds; a gateway is ready in well under one."""


class GatewayNotStarted(OSError):
    """The gateway ended, or said nothing, instead of getting ready; the text is its own."""


def start_local(*, port: int, stop_when_idle: float | None = None) -> str:
    """Start a gateway and return its address; blocks until it is ready.

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
        return _ready_url(shell, command)


def _ready_url(shell: subprocess.Popen[bytes], command: Sequence[str]) -> str:
    if shell.stdout is None or shell.stderr is None:
        message = "no pipes to the gateway"
        raise GatewayNotStarted(message)
    if not select.select([shell.stdout], [], [], _READY_WITHIN)[0]:
        os.killpg(shell.pid, signal.SIGKILL)
        message = f"{' '.join(command)}: not ready within {_READY_WITHIN:g} s"
        raise GatewayNotStarted(message)
    line = shell.stdout.readline()
    if not line:
        said = shell.stderr.read().decode(errors="replace").strip()
        message = said.splitlines()[-1] if said else "the gateway ended at once"
        raise GatewayNotStarted(message)
    return str(json.loads(line)["url"])
