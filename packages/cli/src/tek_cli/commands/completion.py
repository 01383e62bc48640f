"""`tek-cli completion`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()


@app.command(cls=CliCommand, epilog=explain(Exit.OK, Exit.USAGE))
def completion(
    context: typer.Context,
    shell: Annotated[
        str,
        typer.Argument(
            metavar="SHELL",
            callback=command_options.one_of("bash", "zsh", "fish"),
            help="bash, zsh or fish.",
        ),
    ],
) -> None:
    """Print a completion script for bash, zsh or fish.

    Bash and zsh: add `eval "$(tek-cli completion bash)"` (or zsh) to ~/.bashrc or ~/.zshrc.
    Fish: add `tek-cli completion fish | source` to ~/.config/fish/config.fish.
    """
    from tek_cli.actions.shell_completion import completion_script  # noqa: PLC0415 - starts fast

    root = context.find_root()
    typer.echo(completion_script(shell, root.command, root.info_name or ""), nl=False)
