"""The `tek-cli` command: from the command line to an exit code.

It must never show a traceback. Importing it costs nothing, so that Ctrl+C is met from the start.
"""

import sys
from collections.abc import Sequence

PROGRAM = "tek-cli"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names and return its exit code."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _nobody_reads()
    except Exception as error:  # noqa: BLE001 - whatever it is, a user gets one line
        return _crashed(error)


def _run(argv: Sequence[str]) -> int:
    from tek_cli.app import app, with_default_command  # noqa: PLC0415 - under the handlers above

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
    """Stand in for what was closed before the start, lowest first: it gets the same number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open("/dev/null", mode))  # noqa: SIM115, PTH123 - stays open to the end


def _nobody_reads() -> int:
    """Let nothing try to write once more, at exit say."""
    import os  # noqa: PLC0415 - rarely needed

    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 141


def _crashed(error: Exception) -> int:
    from tek_cli.actions.crash_report import report  # noqa: PLC0415 - rarely needed

    print(f"Error: {report(error)}", file=sys.stderr)  # noqa: T201 - the command's own output
    return 1
