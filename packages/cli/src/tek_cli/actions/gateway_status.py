"""`tek-cli status`: which gateway a chat would use, and whether it is reachable.

Unlike a chat, it does not start one.
"""

from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime

import typer

from reconnect_core import Phase, RequestFailed
from tek_chat import Origin, View
from tek_chat.local.control import find_gateway
from tek_chat.local.discovery import find_local
from tek_chat.local.health import Health, read_health_at
from tek_chat.setup import Setup, read_setup
from tek_chat.view import status_line
from tek_cli.actions.await_view import until
from tek_cli.durations import say_duration
from tek_cli.exit_codes import Exit
from tek_protocol import DecodeError, encode

_SETTLED = frozenset({Phase.ONLINE, Phase.WAITING, Phase.BLOCKED})


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """The state of a gateway; fields that it did not report are None. `uptime` is in seconds."""

    origin: str
    url: str | None = None
    reachable: bool = False
    reason: str = ""
    version: str | None = None
    uptime: float | None = None
    sessions: int | None = None


async def show_status(url: str | None, *, as_json: bool) -> Exit:
    """Print the state of the gateway that a chat would use."""
    setup = read_setup(url)
    if not setup.url:
        return await show_local_status(as_json=as_json)
    return _print_state(await _look(setup), as_json=as_json)


async def watch_status(url: str | None, *, as_json: bool) -> Exit:
    """Print the state of the gateway, and a line for every change, until Ctrl+C."""
    setup = read_setup(url)
    setup = setup if setup.url else setup.found_by(_local)
    last = View()
    async with setup.client(session_id="", keeps=False) as client, aclosing(client.views()) as all_:
        async for view in all_:
            if view.connection != last.connection and (line := status_line.entered(last, view)):
                typer.echo(_watched(view, line, as_json=as_json))
            last = view
    return Exit.OK


async def _local() -> str:
    if (url := await find_local()) is None:
        message = "no gateway is running on this computer"
        raise OSError(message)
    return url


def _watched(view: View, line: status_line.StatusLine, *, as_json: bool) -> str:
    connection = view.connection
    if not as_json:
        return f"{datetime.now().astimezone():%H:%M:%S} {line}"
    line_as_json = {
        "v": 1,
        "ts": connection.since,
        "phase": str(connection.phase),
        "reachable": connection.phase is Phase.ONLINE,
        "gateway": connection.gateway,
        "attempt": connection.attempt,
        "retryAt": connection.retry_at,
        "reason": connection.reason,
        "mend": connection.mend,
    }
    return encode(line_as_json)


async def show_local_status(*, as_json: bool) -> Exit:
    """Print the state of the gateway on this computer."""
    found = await find_gateway()
    if found is None:
        reason = "not running; `tek-cli chat` and `tek-cli gateway start` start it"
        return _print_state(GatewayStatus(Origin.LOCAL, reason=reason), as_json=as_json)
    return _print_state(
        _from_health(Origin.LOCAL, found.runtime.url, found.health), as_json=as_json
    )


async def _look(setup: Setup) -> GatewayStatus:
    """Try the WebSocket once; take the details from `/health` if the gateway has it."""
    url, origin = setup.url, setup.address.origin
    async with setup.client(session_id="", keeps=False) as client:
        view = await until(client, lambda view: view.connection.phase in _SETTLED)
        connection = view.connection
        if connection.phase is not Phase.ONLINE:
            mend = f"; {connection.mend}" if connection.mend else ""
            return GatewayStatus(origin, url, reason=f"{connection.reason}{mend}")
        health = await read_health_at(url)
        if health is not None:
            return _from_health(origin, url, health)
        sessions = None
        with suppress(RequestFailed, DecodeError):
            sessions = len(await client.sessions())
        return GatewayStatus(origin, url, reachable=True, sessions=sessions)


def _from_health(origin: Origin, url: str, health: Health) -> GatewayStatus:
    return GatewayStatus(
        origin,
        url,
        reachable=True,
        version=health.version,
        uptime=health.uptime,
        sessions=health.sessions,
    )


def _print_state(seen: GatewayStatus, *, as_json: bool) -> Exit:
    if as_json:
        typer.echo(encode({"v": 1, **asdict(seen)}))
    else:
        for name, value in _rows(seen):
            typer.echo(f"{name:<9} {value}")
    return Exit.OK if seen.reachable else Exit.UNREACHABLE


def _rows(seen: GatewayStatus) -> list[tuple[str, str]]:
    state = "reachable" if seen.reachable else f"not reachable: {seen.reason}"
    lines = [("gateway", f"{seen.url} ({seen.origin})" if seen.url else seen.origin)]
    lines.append(("state", state))
    if seen.version is not None:
        lines.append(("version", seen.version))
    if seen.uptime is not None:
        lines.append(("uptime", say_duration(seen.uptime)))
    if seen.sessions is not None:
        lines.append(("sessions", str(seen.sessions)))
    return lines
