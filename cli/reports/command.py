"""`compliance report`: how many reviews ended how, and how long they took."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.commands import Command
from cli.options import FILE, csv_option, fields_option
from cli.reports.periods import first_day, last_day, since_option, until_option
from cli.session import in_session, reach_storage
from cli.terminal import print_json, print_lines, say

_BY: Final = ("class", "month", "reviewer")


@click.command(cls=Command)
@since_option
@until_option
@click.option(
    "--by", type=click.Choice(_BY), metavar="WHAT", default=_BY[0], help="A line for each class, month or reviewer."
)
@csv_option
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write a picture (SVG), too.")
@fields_option
@click.pass_context
def report(
    context: click.Context,
    *,
    since: str | None,
    until: str | None,
    by: str,
    as_csv: bool,
    output: Path | None,
    fields: str | None,
) -> None:
    """Count the reviews that ended, by default in the last 30 days.

    Days are in UTC. Median and `95 % in` are times between the request to reviewers and the decision that
    ended the review, estimated from counts. A review is overdue if it was over only after its first deadline.
    The quickest approvals among the newest 10,000 reviews are named, because a document that is approved in seconds may
    not have been read. With `--by reviewer` a review counts for everybody who has decided on it.

    \b
    Examples:
      compliance report --since 2026-10 --until 2026-10
      compliance report --since 365d --by month -o year.svg
      compliance report --by reviewer --csv > reviewers.csv
    """
    chosen = None
    if fields is not None:
        from cli.json_output import Fields
        from cli.reports.report_text import ReportJson

        chosen = Fields.named(ReportJson, fields)
    reach_storage(context)
    from cli.local_time import LocalTime
    from cli.reports.figures import Grouping
    from cli.reports.picture import picture_of
    from cli.reports.reading import read_report
    from cli.reports.report_text import report_csv, report_json, report_lines
    from cli.whole_file import whole_file

    today = LocalTime.here().now.date()
    days = first_day(since or "30d", today), last_day(until or "0d", today)
    found = in_session(context, lambda session: read_report(session, *days, Grouping(by), today))
    if chosen:
        print_json(chosen.of(report_json(found)))
    elif as_csv:
        click.echo(report_csv(found), nl=False)
    else:
        print_lines(lambda width: report_lines(found, width))
    if output:
        with whole_file(output) as picture:
            picture.write(picture_of(found.title, found.figures).encode())
        say(f"{output} has the picture.")
