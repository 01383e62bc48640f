"""The `tek-cli` command: from the command line to an exit code, without a traceback.

It imports nothing heavy, so that the handler of Ctrl+C is in place from the start.
"""

import sys
from collections.abc import Sequence

PROGRAM = "tek-cli"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` and return its exit code."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _closed_output()
    except Exception as error:  # noqa: BLE001 - any error becomes one line
        return _crashed(error)


def _run(argv: Sequence[str]) -> int:
    from tek_cli.app import app, with_default_command  # noqa: PLC0415 - inside the handlers above

    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # an answer may hold what the terminal cannot show
    try:
        app(args=with_default_command(argv), prog_name=PROGRAM)
    except SystemExit as ended:
        sys.stdout.flush()
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _open_streams() -> None:
    """Open /dev/null for streams that were closed; the lowest first, to get the same descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open("/dev/null", mode))  # noqa: SIM115, PTH123 - stays open to the end


def _closed_output() -> int:
    """Redirect the output to /dev/null, so that nothing fails to flush it at exit."""
    import os  # noqa: PLC0415 - rarely needed

    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 141


def _crashed(error: Exception) -> int:
    from tek_cli.actions.crash_report import report  # noqa: PLC0415 - rarely needed

    print(f"Error: {report(error)}", file=sys.stderr)  # noqa: T201 - the command's own output
    return 1
