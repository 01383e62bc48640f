"""`tek-cli doctor`: the checks of `tek_chat.doctor`, a line each. It must never check anything."""

from contextlib import aclosing
from dataclasses import asdict

import typer

from tek_chat.doctor import Check, CheckName, CheckState, examine
from tek_cli.exit_codes import Exit
from tek_protocol import encode

_CODES = {
    CheckName.SETTINGS: Exit.USAGE,
    CheckName.UPGRADE: Exit.INCOMPATIBLE,
    CheckName.SUBPROTOCOL: Exit.INCOMPATIBLE,
    CheckName.AUTH: Exit.REFUSED,
    CheckName.ROUND_TRIP: Exit.FAILED,
}


async def doctor(url: str | None, *, as_json: bool) -> Exit:
    """Examine, and show each check as it ends; returns what the first that failed means."""
    code = Exit.OK
    async with aclosing(examine(url)) as checks:
        async for check in checks:
            if check.state is CheckState.FAILED and code is Exit.OK:
                code = _CODES.get(check.name, Exit.UNREACHABLE)
            typer.echo(encode({"v": 1, **asdict(check)}) if as_json else _line(check))
    return code


def _line(check: Check) -> str:
    told = ": ".join(filter(None, [str(check.state), check.detail]))
    line = f"{check.mark} {check.name:<12}  {told}"
    return f"{line}; {check.mend}" if check.mend else line
