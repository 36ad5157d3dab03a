"""`compliance doctor`: report what is stuck, why, and what to do."""

from __future__ import annotations

from datetime import timedelta

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import DURATION, json_option
from cli.session import in_session, reach_service_bus, reach_storage
from cli.terminal import print_json


@click.command(cls=Command)
@click.option(
    "--patience",
    default="15m",
    type=DURATION,
    metavar="TIME",
    help="What has been under way for less is not stuck; the sweep runs every five minutes.",
)
@click.option(
    "--published",
    is_flag=True,
    help="Also compare every published and archived copy with the ledger: by its ETag or, if somebody has written to "
    "it, by its bytes. This takes long if there are many.",
)
@click.option("--hash", "by_hash", is_flag=True, help="The same, but read every copy and compare its SHA-256.")
@click.option(
    "--skip",
    multiple=True,
    metavar="NAME",
    help="Leave this part out; NAME is its name in the report. May be repeated.",
)
@click.option(
    "--durable-api",
    envvar="COMPLIANCE_DURABLE_API",
    metavar="URL",
    help="The app's Durable Functions API, https://APP/runtime/webhooks/durabletask?code=KEY, to examine "
    "orchestrations. It holds a key, so set it in the environment.",
)
@json_option
@click.pass_context
def doctor(
    context: click.Context,
    *,
    patience: float,
    published: bool,
    by_hash: bool,
    skip: tuple[str, ...],
    durable_api: str | None,
    as_json: bool,
) -> None:
    """Report what is stuck, why, and what to do about it.

    It changes nothing. How long it takes depends on how many reviews are open.

    \b
    Exit codes:
      0  healthy
      1  there are findings
      2  no findings, but something could not be examined,
         or a setting is wrong

    Notes, such as the number of decisions that were refused and answered, change neither health nor exit code.

    \b
    Examples:
      compliance doctor
      compliance doctor --patience 1h --json
    """
    try:
        reach_storage(context)
        reach_service_bus(context)
    except CommandError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error  # nothing could be examined: no finding
    from cli.doctor.examination import Copies, examine, print_report

    report = in_session(
        context,
        lambda session: examine(
            session,
            timedelta(seconds=patience),
            skip or (),
            durable_api,
            Copies.chosen(published, by_hash),
            quiet=as_json,
        ),
    )
    if as_json:
        print_json(report)
    else:
        print_report(report)
    raise click.exceptions.Exit(report.health)
