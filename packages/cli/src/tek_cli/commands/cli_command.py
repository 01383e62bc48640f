"""A command whose help names its arguments without Python types."""

from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperCommand

if TYPE_CHECKING:
    # typer has no public name for the types that its methods take.
    from typer._click import Context, HelpFormatter


class CliCommand(TyperCommand):
    """A command with usage such as `show [OPTIONS] SESSION` or `drop [OPTIONS] [ID]...`.

    Typer's own would write `show [OPTIONS] {SESSION}` and `SESSION <str>`.
    """

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Return the words after the command's name in the usage line."""
        arguments = [each for each in self.get_params(ctx) if isinstance(each, TyperArgument)]
        return ["[OPTIONS]", *map(_usage, arguments)]

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the sections on arguments and options."""
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            if isinstance(param, TyperArgument):
                arguments.append((param.display_name_raw, param.help or ""))
            elif (record := param.get_help_record(ctx)) is not None:
                options.append(record)
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _usage(argument: TyperArgument) -> str:
    name = argument.display_name_raw
    name = name if argument.required else f"[{name}]"
    return name if argument.nargs == 1 else f"{name}..."
