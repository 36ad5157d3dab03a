"""`compliance revoke` and `reassign`: what to do when a reviewer leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.decisions.dates import FIRST_OF_THE_DAY, moment_of
from cli.options import comment_option, json_option, operator_option, review_argument, timeout_option
from cli.session import Session, in_session, reach_service_bus, reach_storage

if TYPE_CHECKING:
    from cli.answers import AnswerJson

_TIME = "a day or a time (ISO 8601; UTC if it has no zone)"


@click.command(cls=Command)
@click.argument("person", metavar="PERSON", help="The person's name, as policies spell it.")
@operator_option
@comment_option
@click.option("--from", "starts", metavar="TIME", help=f"From when on, {_TIME}; by default from now on.")
@click.option("--until", metavar="TIME", help=f"From when on the person has the right again, {_TIME}.")
@timeout_option
@json_option
@click.pass_context
def revoke(
    context: click.Context,
    *,
    person: str,
    operator: str,
    comment: str,
    starts: str | None,
    until: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """End a person's right to take part in reviews, for example because they leave.

    From that time on their decisions, requests for changes, withdrawals and retractions are refused with the reason, in
    reviews that are open now or opened later. So are decisions by them or in their place under a delegation. What they
    decided before stays. The answer names the open reviews in which they are a reviewer: give their open places to
    others with `compliance reassign`.

    To take it back, give the command again with --until; delegations stay ended. Only operators may: people who may
    send to the queue operator-commands.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 1 the app failed.

    \b
    Example:
      compliance revoke ana@example.org --as olga@example.org \\
        --from 2026-08-01 --comment 'Ana leaves.'
    """
    reach_service_bus(context)
    from cli.answers import end_with
    from cli.operators.command_message import order

    command = {"type": "RevokePersonV1", "person": person, "by": operator, "reason": comment}
    for name, text in (("from", starts), ("until", until)):
        if text is not None:
            command[name] = moment_of(text, FIRST_OF_THE_DAY)

    async def send(session: Session) -> AnswerJson:
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)


@click.command(cls=Command)
@review_argument
@click.argument("replaced", metavar="FROM", help="The reviewer who gives the place up.")
@click.argument("replacement", metavar="TO", help="The person who gets it.")
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def reassign(
    context: click.Context,
    *,
    review: str,
    replaced: str,
    replacement: str,
    operator: str,
    comment: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Give a reviewer's open place in a review to another person.

    TO is asked and counts where FROM counted: among all who must approve, in a group, in later stages. FROM must not
    have decided yet. TO must have no place in this review and must not have submitted or changed the document. The
    policy for other reviews stays as it is. The answer says for whom the review waits now. Only operators may: people
    who may send to the queue operator-commands.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 5 no such review, 1 the app failed.

    \b
    Example:
      compliance reassign 3f9a01 ana@example.org zoe@example.org \\
        --as olga@example.org --comment 'Ana has left.'
    """
    reach_storage(context)
    from cli.decisions.deciding import end_with_result
    from cli.decisions.review_message import Asked
    from cli.lookup import resolve_review_id
    from cli.operators.command_message import order
    from cli.reviews.view import ReviewView

    async def send(session: Session) -> Asked:
        review_id = await resolve_review_id(session.ledger, review)
        command = {
            "type": "ReassignPlaceV1",
            "reviewId": review_id,
            "replaced": replaced,
            "replacement": replacement,
            "by": operator,
            "reason": comment,
        }
        answer = await order(session, command, timeout)
        stored = await session.ledger.review(review_id)
        return Asked(review, ReviewView.of(stored) if stored else None, answer)

    end_with_result(in_session(context, send), as_json)
