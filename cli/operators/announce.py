"""`compliance announce`: publish the completion event of a finished review again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.options import comment_option, json_option, operator_option, review_argument, timeout_option
from cli.session import Session, in_session, reach_storage

if TYPE_CHECKING:
    from cli.answers import AnswerJson


@click.command(cls=Command)
@review_argument
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def announce(
    context: click.Context,
    *,
    review: str,
    operator: str,
    comment: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Announce the outcome of a finished review again.

    Its completion event is published once more under the same id, for subscribers whom it has not reached. Only
    operators may: people who may send to the queue operator-commands. Who did it, and why, is in the audit trail.

    Exit code: 0 announced, 3 refused (the review is not finished), 4 no answer in time, 5 no such review, 1 the app
    failed.

    \b
    Example:
      compliance announce 3f9a01 --as olga@example.org \\
        --comment 'The archive was down.'
    """
    reach_storage(context)
    from cli.answers import end_with
    from cli.lookup import resolve_review_id
    from cli.operators.command_message import order

    async def send(session: Session) -> AnswerJson:
        review_id = await resolve_review_id(session.ledger, review)
        command = {"type": "AnnounceOutcomeV1", "reviewId": review_id, "by": operator, "reason": comment}
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)
