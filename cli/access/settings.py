"""`compliance settings`: the file that makes the command work for somebody else."""

from __future__ import annotations

from pathlib import Path

import click

from cli.commands import Group
from cli.options import FILE
from cli.session import read_settings
from cli.terminal import say


@click.group(cls=Group)
def settings() -> None:
    """Hand out the settings of the command.

    \b
    Whoever deployed the app:
      compliance settings export -o contoso.json
    Everybody else:
      compliance login --settings contoso.json
      export COMPLIANCE_SETTINGS=~/contoso.json
    """


@settings.command("export")
@click.option(
    "-o",
    "--output",
    type=FILE,
    default="-",
    metavar="FILE",
    help="A new file to write, or - for standard output.",
)
@click.pass_context
def export(context: click.Context, *, output: Path) -> None:
    """Write a settings file to hand out.

    It names the storage account, the Service Bus namespace and the environment, and holds no secret: whoever uses it
    signs in. The keys of a stack on this machine are in it, because it has no accounts; they open nothing else. Any
    other key is refused.

    Exit code: 0 written, 2 the file exists already, or a setting is missing or holds a key.

    \b
    Example:
      compliance settings export -o contoso.json
    """
    from cli.access.handing_out import handed_out
    from cli.whole_file import check_output, whole_file

    check_output(output, as_json=False)
    content, remark = handed_out(*read_settings(context))
    with whole_file(output) as file:
        file.write(content.encode())
    say(remark)
