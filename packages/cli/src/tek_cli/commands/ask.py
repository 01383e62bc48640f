"""`tek-cli ask`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()

_EPILOG = explain(
    *(code for code in Exit if code is not Exit.BROKEN_PIPE),
    failed="rejected, interrupted, stopped, or possibly not delivered",
)


@app.command(cls=CliCommand, epilog=_EPILOG)
def ask(  # noqa: PLR0913 - each is an option
    *,
    prompt: Annotated[
        str | None,
        typer.Argument(
            metavar="PROMPT",
            show_default=False,
            help="The question. Read from standard input if it is - or, in a pipe, left out.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON Lines, one event per line, `end` last.")
    ] = False,
    streams: Annotated[
        bool, typer.Option("--stream", help="Print the answer as it grows, even into a pipe.")
    ] = False,
    file: command_options.OutputFile = None,
    model: command_options.Model = "",
    approve: Annotated[
        str,
        typer.Option(
            "--approve",
            metavar="once|session|deny",
            callback=command_options.one_of(*command_options.DECISIONS),
            help="The reply to every tool that asks for approval.",
        ),
    ] = "deny",
    url: command_options.Url = None,
    session: command_options.SessionToAsk = "",
    wait: command_options.Wait = "30s",
    timeout: command_options.Timeout = None,
    trace: command_options.TraceFile = None,
) -> None:
    """Ask one question and print the answer.

    Standard output carries nothing but the answer: a terminal shows it as it grows, a pipe gets it
    whole at the end. If the connection breaks, the answer continues where it was, provided that
    the gateway can resume.
    """
    from tek_cli.actions.prompt_input import read_prompt  # noqa: PLC0415 - starts fast

    text = read_prompt(prompt)  # before the imports: a mistake is reported at once
    from tek_cli.actions.answering import AskRequest, OutputForm, answer  # noqa: PLC0415
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.trace_file import tracing  # noqa: PLC0415 - starts fast

    limit = None if timeout is None else read_duration(timeout)
    decision = command_options.DECISIONS[approve]
    request = AskRequest(text, url, session, read_duration(wait), limit, model, decision)
    form = OutputForm(as_json, streams, file)
    with tracing(trace) as listeners:
        raise typer.Exit(run(lambda: answer(request, form, listeners)))
