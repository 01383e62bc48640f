"""`tek-cli doctor`: prints the checks of `tek_chat.doctor`, one line each."""

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


async def print_checks(url: str | None, *, as_json: bool) -> Exit:
    """Print each check as it finishes; return the exit code of the first that failed."""
    code = Exit.OK
    async with aclosing(examine(url)) as checks:
        async for check in checks:
            if check.state is CheckState.FAILED and code is Exit.OK:
                code = _CODES.get(check.name, Exit.UNREACHABLE)
            typer.echo(encode({"v": 1, **asdict(check)}) if as_json else _line(check))
    return code


def _line(check: Check) -> str:
    result = ": ".join(filter(None, [str(check.state), check.detail]))
    line = f"{check.mark} {check.name:<13}  {result}"
    return f"{line}; {check.mend}" if check.mend else line
