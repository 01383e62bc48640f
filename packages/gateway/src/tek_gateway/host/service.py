"""A gateway as a service of its user: a systemd user unit or a launchd agent.

Nothing is started or stopped here: the file is written, and its user is told what to run.
"""

import plistlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tek_gateway.errors import CannotStart
from tek_local.start_command import start_command

LABEL = "tek.gateway"
UNIT = "tek-gateway.service"

STOP_LIMIT = 10
"""Seconds until the system kills a gateway that does not stop; it takes one."""

RESTART_DELAY = 2
"""Seconds between an end that was not asked for and the next start."""

_ENVIRONMENT = "%E/tek/gateway.env"


def unit(options: Sequence[str] = ()) -> str:
    """Return a systemd user unit for a gateway with `options`.

    Variables such as TEK_GATEWAY_TOKEN can be set in gateway.env in Tek's settings folder.
    """
    command = " ".join(_quoted(each) for each in [*start_command(), *options])
    return f"""[Unit]
Description=Tek gateway
StartLimitIntervalSec=0

[Service]
ExecStart={command}
EnvironmentFile=-{_ENVIRONMENT}
Restart=on-failure
RestartSec={RESTART_DELAY}
RestartPreventExitStatus=2
TimeoutStopSec={STOP_LIMIT}
UMask=0077
NoNewPrivileges=yes
LimitNOFILE=65536

[Install]
WantedBy=default.target
"""


def plist(options: Sequence[str] = (), log: Path | None = None) -> bytes:
    """Return a launchd agent for a gateway with `options`, whose errors go to `log`."""
    agent: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": [*start_command(), *options],
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": RESTART_DELAY,
        "ExitTimeOut": STOP_LIMIT,
        "Umask": 0o077,
        "SoftResourceLimits": {"NumberOfFiles": 65536},
    }
    if log is not None:
        agent["StandardErrorPath"] = str(log)
    return plistlib.dumps(agent)


def install(options: Sequence[str] = (), *, system: str = sys.platform) -> tuple[Path, str]:
    """Write the service of this user; return its file, and the command that starts it.

    Raises `CannotStart` where the system has no such service, or the file cannot be written.
    """
    home = Path.home()
    if system == "darwin":
        file = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        text = plist(options, home / "Library" / "Logs" / "tek-gateway.log")
        begin = f"launchctl bootstrap gui/$(id -u) '{file}'"
    elif system.startswith("linux"):
        file = home / ".config" / "systemd" / "user" / UNIT
        text = unit(options).encode()
        begin = f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}"
    else:
        reason = "only systemd and launchd are known here: run tek-gateway at login instead"
        raise CannotStart(reason)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    except OSError as error:
        reason = f"cannot write {file}: {error}"
        raise CannotStart(reason) from error
    return file, begin


def _quoted(argument: str) -> str:
    """Return `argument` as one word of a systemd command line."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace("%", "%%").replace("$", "$$") + '"'
