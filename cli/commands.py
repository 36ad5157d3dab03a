"""Commands and groups of commands: each has the general options, before or after its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.options import FILE, Options

_WHOLE = 1_000  # characters, more than any first sentence has


class Command(click.Command):
    """A command with the general options."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += _general_options()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.UsageError if its result should have two forms."""
        as_json = ctx.params.get("as_json") or ctx.params.get("fields") is not None
        if as_json and ctx.params.get("as_csv"):
            raise click.UsageError("--csv and --json are two forms of one result: give one of them")
        ctx.ensure_object(Options).running = ctx.info_name
        return super().invoke(ctx)


class Group(click.Group):
    """A group of commands. Given alone, it prints its help."""

    command_class = Command

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params += _general_options()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first sentence of each command's help, which Click would shorten."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(_WHOLE)) for name, command in sorted(self.commands.items())]
            )


def _general_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--settings"],
            metavar="FILE",
            type=FILE,
            expose_value=False,
            callback=_keep_settings,
            help="The settings file; by default that of COMPLIANCE_SETTINGS.",
        ),
        click.Option(
            ["--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_keep_verbose,
            help="Show the traceback of a failure, and SDK logs.",
        ),
    ]


def _keep_settings(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file:
        context.ensure_object(Options).settings_file = file


def _keep_verbose(context: click.Context, _: click.Parameter, verbose: bool) -> None:
    if verbose:
        context.ensure_object(Options).verbose = True
