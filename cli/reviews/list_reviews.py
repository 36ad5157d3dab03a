"""`compliance list`: find reviews, unfinished or finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import ME, csv_option, fields_option, person_named
from cli.reports.periods import since_option, until_option
from cli.session import in_session, reach_storage
from cli.terminal import print_in_terminal, print_json, print_lines, say
from compliance.outcome import Outcome, ReviewState

if TYPE_CHECKING:
    from cli.json_output import Fields
    from cli.reviews.view import ReviewView

_UNFINISHED: Final = "unfinished"
_ALL: Final = "all"
_BY_DUE: Final = "due"
_OUTCOMES: Final = tuple(outcome.value for outcome in Outcome)
_STATES: Final = (_UNFINISHED, *(state.value for state in ReviewState), _ALL)


@click.command("list", cls=Command)
@click.option(
    "--state",
    type=click.Choice(_STATES),
    default=_UNFINISHED,
    metavar="STATE",
    help=f"{', '.join(_STATES[:-1])} or {_STATES[-1]}; decided are those whose document is being moved.",
)
@click.option(
    "--waiting-for",
    metavar="NAME",
    help=f"What this person may decide now, also in another's place; `me` is the NAME in {ME}.",
)
@click.option("--submitter", metavar="NAME", help="Submitted by this person.")
@click.option("--class", "document_class", metavar="CLASS", help="Of this document class.")
@click.option("--outcome", type=click.Choice(_OUTCOMES), metavar="OUTCOME", help=f"Finished as {', '.join(_OUTCOMES)}.")
@click.option("--name", "name_part", metavar="PART", help="Whose document's name contains this.")
@since_option
@until_option
@click.option("--overdue", is_flag=True, help="Only those that still wait after their first deadline.")
@click.option("--limit", type=click.IntRange(min=1), default=30, metavar="NUMBER", help="List so many at most.")
@click.option("--all", "everything", is_flag=True, help="List all, however many there are.")
@click.option(
    "--sort",
    type=click.Choice([_BY_DUE, "age", "name"]),
    default=_BY_DUE,
    metavar="ORDER",
    help="due, age or name; due is the soonest due first, finished reviews newest first.",
)
@fields_option
@csv_option
@click.pass_context
def list_reviews(
    context: click.Context,
    *,
    state: str,
    waiting_for: str | None,
    submitter: str | None,
    document_class: str | None,
    outcome: str | None,
    name_part: str | None,
    since: str | None,
    until: str | None,
    overdue: bool,
    limit: int,
    everything: bool,
    sort: str,
    fields: str | None,
    as_csv: bool,
) -> None:
    """List reviews, by default the unfinished ones.

    A review that nobody decides expires at its deadline. So it is overdue only if an escalation has extended the
    deadline, or while the app does not run.

    --since and --until select finished reviews by when they ended, and the others by when their reviewers were asked.

    In a terminal each review is one line, with as many digits of its id as other commands need. The last line says how
    many reviews there are. In a pipe the lines have no heading and seven columns, separated by tabs: id, state or
    outcome, document, class, submitter, approvals, and when it is due or has ended (UTC).

    \b
    Examples:
      compliance list --waiting-for ann@example.org
      compliance list --overdue
      compliance list --outcome approved --since 2026-10 --until 2026-10
      compliance list --state all --name annual-report
      compliance list --state all --csv --all > reviews.csv
    """
    from cli.local_time import LocalTime
    from cli.reports.periods import beginning, end

    time = LocalTime.here()
    period = beginning(since, time) if since else None, end(until, time) if until else None
    people = person_named(waiting_for), person_named(submitter)
    if outcome and state == _UNFINISHED:
        state = ReviewState.CLOSED
    finished = state in (ReviewState.CLOSED, _ALL)
    if finished and (waiting_for or overdue):
        text = "finished reviews wait for nobody and are not overdue; leave --state and --outcome out"
        raise CommandError(text, ExitCode.USAGE)
    chosen = None if fields is None else _fields(fields)
    reach_storage(context)
    from cli.reviews.list_lines import list_csv, list_lines, totals
    from cli.reviews.listing import Filters, find_reviews
    from reviews.finding import About, Order

    filters = Filters(
        unfinished=state != ReviewState.CLOSED,
        finished=finished,
        state=ReviewState(state) if state in [*ReviewState] and state != ReviewState.CLOSED else None,
        waiting_for=people[0],
        about=About(document_class, people[1], name_part),
        outcome=Outcome(outcome) if outcome else None,
        since=period[0],
        until=period[1],
        overdue=overdue,
        sort=None if sort == _BY_DUE else Order(sort),
    )
    found = in_session(context, lambda session: find_reviews(session, filters, time, None if everything else limit))
    if chosen is not None:
        print_json(_json(found.views, chosen))
    elif as_csv:
        click.echo(list_csv(found.views), nl=False)
    elif found.views:
        print_lines(lambda width: list_lines(found.views, time, width))
        print_in_terminal(totals(found.views, time, more=found.more))
    else:
        say("No such review was found.")
    if found.stopped:
        say(f"The search took too long: {found.stopped}. --all looks at all of them, --since and --until at fewer.")


# The models of the JSON are imported only for --json: they take a tenth of what a list takes.
def _fields(fields: str) -> Fields:
    from cli.json_output import Fields
    from cli.reviews.review_json import ReviewJson

    return Fields.named(ReviewJson, fields)


def _json(views: Sequence[ReviewView], fields: Fields) -> list[Mapping[str, object]]:
    from cli.reviews.review_json import review_json

    return [fields.of(review_json(view)) for view in views]
