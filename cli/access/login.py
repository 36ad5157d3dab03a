"""`compliance login`: who is signed in, and what they may do."""

from __future__ import annotations

import click

from cli.commands import Command
from cli.failures import ExitCode
from cli.options import json_option
from cli.session import in_session, reach_storage
from cli.terminal import print_json


@click.command(cls=Command)
@json_option
@click.pass_context
def login(context: click.Context, *, as_json: bool) -> None:
    """Show who is signed in, and what they may do.

    The command has no password of its own. On Azure it takes the account of `az login`, `azd auth login` or Visual
    Studio Code, or a managed identity. Each right is tried by something that changes nothing; for a missing one it
    says which role grants it, on what, for which commands.

    Exit code: 0 every right is there, 1 nobody is signed in, 3 a right is missing or could not be tried.

    \b
    Examples:
      compliance login
      compliance login --settings contoso.json
    """
    reach_storage(context)
    from cli.access.account import print_access, read_access

    access = in_session(context, read_access)
    if as_json:
        print_json(access)
    else:
        print_access(access)
    raise click.exceptions.Exit(ExitCode.DONE if access.complete else ExitCode.REFUSED)
