"""`compliance show`: everything about one review, now or at a moment of its past."""

from __future__ import annotations

import click

from cli.commands import Command
from cli.options import fields_option, named_review_argument
from cli.session import in_session, reach_storage
from cli.terminal import print_json, print_lines


@click.command(cls=Command)
@named_review_argument
@click.option("--at", metavar="TIME", help="Show it as it was then (ISO 8601; local time if it has no zone).")
@fields_option
@click.pass_context
def show(context: click.Context, *, review: str, at: str | None, fields: str | None) -> None:
    """Show everything about one review.

    It begins with one sentence that says for whom the review waits and until when, or how it ended and why. If a
    document has several reviews, the newest is shown, and the others are listed below it.

    Times are those of the app or the broker; if neither has one, storage's time is shown, marked with *. Refused
    messages are in the timeline while they are in quarantine, if you may read the quarantine.

    With --at the review is rebuilt as it was then, from its audit trail, which is verified first. A decision counts
    from when the broker accepted it, but not before anything that was recorded earlier. A TIME without a fraction of a
    second means the end of that second.

    \b
    Examples:
      compliance show 3f9a01
      compliance show annual-report.pdf
      compliance show 3f9a01 --at 2026-03-02T09:30
      compliance show 3f9a01 --json outcome,reason,decisions
    """
    chosen = None
    if fields is not None:
        from cli.json_output import Fields
        from cli.reviews.review_json import FullReviewJson

        chosen = Fields.named(FullReviewJson, fields)
    reach_storage(context)
    from cli.local_time import LocalTime
    from cli.reviews.past import parse_moment, read_past
    from cli.reviews.reading import read_review
    from cli.reviews.review_json import full_review_json
    from cli.reviews.review_text import review_in_full

    time = LocalTime.here()
    moment = parse_moment(at, time.zone) if at else None
    view = in_session(
        context, lambda session: read_past(session, review, moment) if moment else read_review(session, review)
    )
    if chosen:
        print_json(chosen.of(full_review_json(view)))
    else:
        print_lines(lambda width: review_in_full(view, time, width))
