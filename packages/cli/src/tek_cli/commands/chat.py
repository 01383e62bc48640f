"""`tek-cli chat`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()


@app.command(cls=CliCommand, epilog=explain(Exit.OK, Exit.USAGE, Exit.INTERRUPTED))
def chat(  # noqa: PLR0913 - each is an option
    *,
    url: command_options.Url = None,
    session: command_options.SessionId = "",
    go_on: command_options.Continue = False,
    model: command_options.Model = "",
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="Print lines instead of drawing a screen, e.g. for screen readers. The default"
            " without a terminal and with TERM=dumb.",
        ),
    ] = False,
    trace: command_options.TraceFile = None,
) -> None:
    """Chat with the gateway (default).

    A terminal shows a full-screen chat. In a pipe, or with --plain, each line of standard input is
    a message; answers go to standard output, everything else to standard error.

    An outage does not end the chat: messages typed meanwhile are sent in order once the gateway is
    back, as are those that an earlier chat left unsent. Type /help for the commands.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.trace_file import tracing  # noqa: PLC0415 - starts fast
    from tek_cli.chat_mode import run_chat  # noqa: PLC0415 - starts fast

    first = None if go_on and not session else session
    with tracing(trace) as listeners:
        raise typer.Exit(run(lambda: run_chat(url, first, listeners, model=model, is_plain=plain)))
