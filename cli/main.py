"""The `compliance` command line: its general options, and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.decisions.decide import decide
from cli.decisions.delegate import delegate
from cli.decisions.keys import keys
from cli.decisions.retract import retract
from cli.decisions.withdraw import withdraw
from cli.doctor.command import doctor
from cli.documents.fetch import fetch
from cli.documents.submit import submit
from cli.evidence.verify import verify
from cli.evidence.write import evidence
from cli.failures import Commands
from cli.ledger.commands import ledger
from cli.operators.announce import announce
from cli.operators.repair import repair
from cli.operators.revoke import reassign, revoke
from cli.quarantine.commands import quarantine
from cli.reviews.list_reviews import list_reviews
from cli.reviews.policy import policy
from cli.reviews.show import show
from cli.reviews.watch import watch
from cli.session import Options

app = typer.Typer(
    cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None
)
app.command()(submit)
app.command()(decide)
app.command()(withdraw)
app.command()(retract)
app.command()(delegate)
app.command("list")(list_reviews)
app.command()(show)
app.command()(fetch)
app.command()(watch)
app.command()(announce)
app.command()(revoke)
app.command()(reassign)
app.command()(repair)
app.command()(doctor)
app.command()(verify)
app.command()(evidence)
app.add_typer(quarantine, name="quarantine")
app.add_typer(keys, name="keys")
app.add_typer(policy, name="policy")
app.add_typer(ledger, name="ledger")


@app.callback()
def compliance(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            envvar="COMPLIANCE_SETTINGS",
            metavar="FILE",
            help="A local.settings.json. By default the app's environment variables or, if none is set, "
            "./local.settings.json.",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show the traceback of a failure, and the logs of the SDKs.")
    ] = False,
) -> None:
    """Submit documents for review, decide on them, and follow them.

    \b
    Exit codes of all commands:
      0  done; approved, recorded, sound
      1  failed; standard error says why
      2  the command line or a setting is wrong
      3  refused, not approved, or evidence not sound
      4  no answer or no outcome in time
      5  no such review, file or message
    130  interrupted
    """
    context.obj = Options(settings, verbose)


def run() -> None:
    """Run the `compliance` command."""
    app()
