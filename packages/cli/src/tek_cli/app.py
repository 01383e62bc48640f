"""The commands as the command line knows them: names, options and help.

It must never do the work, nor import what does before it is asked for: `--help` is fast.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.auth import app as auth_app
from tek_cli.commands.config import app as config_app
from tek_cli.commands.gateway import app as gateway_app
from tek_cli.commands.outbox import app as outbox_app
from tek_cli.commands.sessions import app as sessions_app
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

app = typer.Typer(
    epilog=explain(*Exit),
    rich_markup_mode=None,  # plain help: it is read by pipes and screen readers, and starts fast
    pretty_exceptions_enable=False,
    add_completion=False,  # its two options would have every command's help import pydantic
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sessions_app, name="sessions")
app.add_typer(outbox_app, name="outbox")
app.add_typer(gateway_app, name="gateway")
app.add_typer(config_app, name="config")
app.add_typer(auth_app, name="auth")

_OWN_OPTIONS = frozenset({"-h", "--help", "--version"})


def with_default_command(argv: Sequence[str]) -> list[str]:
    """Return `argv` with the command that was left out: `tek-cli --url U` is a chat."""
    first = argv[0].partition("=")[0] if argv else "-"
    return ["chat", *argv] if first.startswith("-") and first not in _OWN_OPTIONS else [*argv]


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it
    if value:
        from tek_cli.version import VERSION  # noqa: PLC0415 - starts fast

        typer.echo(f"tek-cli {VERSION}")
        raise typer.Exit


@app.callback(add_help_option=False)
def root(
    *,
    show_help: command_options.Help = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Chat with a self-hosted AI gateway, across every restart of it.

    Without a command: chat.
    """
    del show_help, version


@app.command(
    short_help="Talk, line by line; what is done without a command.",
    epilog=explain(Exit.OK, Exit.USAGE, Exit.INTERRUPTED),
)
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
            help="Only ever add lines, for screen readers too; by itself where there is no"
            " terminal, or TERM is dumb.",
        ),
    ] = False,
    trace: command_options.TraceFile = None,
) -> None:
    """Talk: each line of standard input is a message, answers come on standard output.

    What a chat that was killed had left unsent is sent now.

    What happens to the connection and to a message is told on standard error. An outage never
    ends the chat; Enter on an empty line tries again at once. /help lists the commands.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.trace_file import tracing  # noqa: PLC0415 - starts fast
    from tek_cli.chat_mode import chat as command  # noqa: PLC0415 - starts fast

    first = None if go_on and not session else session
    with tracing(trace) as listeners:
        raise typer.Exit(run(lambda: command(url, first, listeners, model=model, is_plain=plain)))


@app.command(
    short_help="Ask once: standard output carries the answer alone.",
    epilog=explain(
        Exit.OK,
        Exit.FAILED,
        Exit.USAGE,
        Exit.UNREACHABLE,
        Exit.REFUSED,
        Exit.INCOMPATIBLE,
        Exit.SESSION_LOST,
        Exit.TIMED_OUT,
        Exit.INTERRUPTED,
    ),
)
def ask(  # noqa: PLR0913 - each is an option
    *,
    prompt: Annotated[
        str | None,
        typer.Argument(
            metavar="PROMPT|-",
            show_default=False,
            help="What to ask. With - or, in a pipe, without it, it is read from standard input.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON Lines, one event a line, `end` last.")
    ] = False,
    streams: Annotated[
        bool, typer.Option("--stream", help="Write the answer as it grows into a pipe, too.")
    ] = False,
    file: command_options.OutputFile = None,
    model: command_options.Model = "",
    approve: Annotated[
        str,
        typer.Option(
            "--approve",
            metavar="once|session|deny",
            callback=command_options.one_of(*command_options.DECISIONS),
            help="What to say to every tool that asks, since nobody else can.",
        ),
    ] = "deny",
    url: command_options.Url = None,
    session: command_options.SessionOfQuestion = "",
    wait: command_options.Wait = "30s",
    timeout: command_options.Timeout = None,
    trace: command_options.TraceFile = None,
) -> None:
    """Ask once: standard output carries the answer and nothing else.

    A terminal sees it grow; a pipe gets it whole, at the end. An answer that an outage has cut
    goes on, however often, where the gateway can resume it.
    """
    from tek_cli.actions.prompt_input import read_prompt  # noqa: PLC0415 - starts fast

    text = read_prompt(prompt)
    from tek_cli.actions.answering import Form, Question, answer  # noqa: PLC0415 - after what may be wrong
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.trace_file import tracing  # noqa: PLC0415 - starts fast

    limit = None if timeout is None else read_duration(timeout)
    decision = command_options.DECISIONS[approve]
    question = Question(text, url, session, read_duration(wait), limit, model, decision)
    form = Form(as_json, streams, file)
    with tracing(trace) as listeners:
        raise typer.Exit(run(lambda: answer(question, form, listeners)))


@app.command(
    short_help="Tell which gateway is used and whether it is there.",
    epilog=explain(Exit.OK, Exit.USAGE, Exit.UNREACHABLE),
)
def status(
    *,
    watch: Annotated[
        bool, typer.Option("-w", "--watch", help="Go on with a line for every change.")
    ] = False,
    as_json: command_options.Json = False,
    url: command_options.UrlToLookAt = None,
) -> None:
    """Tell which gateway would be used and whether it is there; starts none."""
    from tek_cli.actions.gateway_status import status as command  # noqa: PLC0415 - starts fast
    from tek_cli.actions.gateway_status import watch as watching  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    chosen = watching if watch else command
    raise typer.Exit(run(lambda: chosen(url, as_json=as_json)))


@app.command(
    short_help="Look for what is wrong, and say what mends it.",
    epilog=explain(
        Exit.OK,
        Exit.FAILED,
        Exit.USAGE,
        Exit.UNREACHABLE,
        Exit.REFUSED,
        Exit.INCOMPATIBLE,
    ),
)
def doctor(
    *, as_json: command_options.Json = False, url: command_options.UrlToLookAt = None
) -> None:
    """Check settings, discovery, DNS, TCP, TLS, HTTP, subprotocol, token and round trip.

    A line for each, with what mends it; starts no gateway.
    """
    from tek_cli.actions.check_report import doctor as command  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: command(url, as_json=as_json)))


@app.command(
    short_help="Print a script that completes the command line.",
    epilog=explain(Exit.OK, Exit.USAGE),
)
def completion(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="bash|zsh|fish",
            callback=command_options.one_of("bash", "zsh", "fish"),
            help="Which shell it is for.",
        ),
    ],
) -> None:
    """Print a script that completes the command line, for bash, zsh or fish.

    In ~/.bashrc or ~/.zshrc: eval "$(tek-cli completion bash)", or zsh.
    """
    from tek_cli.actions.shell_completion import script  # noqa: PLC0415 - starts fast

    typer.echo(script(shell), nl=False)


@app.command(
    short_help="Watch a gateway being killed, and the client come back.",
    epilog=explain(Exit.OK, Exit.FAILED, Exit.INTERRUPTED),
)
def demo() -> None:
    """Watch a real gateway being killed in the middle of an answer, and the client come back.

    It uses a gateway and folders of its own and ends by itself in about ten seconds. The exit
    code is 0 only if the session is the same and nothing was lost or doubled.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.demo import demo as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(command))
