"""`compliance announce`: publish the completion event of a finished review again."""

from __future__ import annotations

import typer

from cli.answers import AnswerJson, TimeoutOption, end_with
from cli.json_output import prints_json
from cli.lookup import ReviewArgument, resolve_review_id
from cli.operators.command_message import OperatorOption, ReasonOption, order
from cli.session import JsonOption, Session, in_session


@prints_json(AnswerJson)
def announce(
    context: typer.Context,
    review: ReviewArgument,
    *,
    operator: OperatorOption,
    reason: ReasonOption,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Announce the outcome of a finished review again.

    Its completion event is published once more under the same id, for subscribers whom it has not reached. Only
    operators may: people who may send to the queue operator-commands. Who did it, and why, is in the audit trail.

    Exit code: 0 announced, 3 refused (the review is not finished), 4 no answer in time, 5 no such review, 1 the app
    failed.
    """

    async def send(session: Session) -> AnswerJson:
        review_id = await resolve_review_id(session.app.ledger, review)
        command = {"type": "AnnounceOutcomeV1", "reviewId": review_id, "by": operator, "reason": reason}
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)
