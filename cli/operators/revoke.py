"""`compliance revoke` and `reassign`: what to do when a reviewer leaves."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import AnswerJson, TimeoutOption, end_with
from cli.decisions.delegate import FIRST_OF_THE_DAY, moment_of
from cli.json_output import prints_json
from cli.lookup import ReviewArgument, resolve_review_id
from cli.operators.command_message import OperatorOption, ReasonOption, order
from cli.session import JsonOption, Session, in_session

_TIME = "a day or a time (ISO 8601; UTC if it has no zone)"


@prints_json(AnswerJson)
def revoke(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The person's name, as policies spell it.")],
    *,
    operator: OperatorOption,
    reason: ReasonOption,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help=f"From when on, {_TIME}; by default from now on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help=f"From when on the person has the right again, {_TIME}.")
    ] = None,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """End a person's right to take part in reviews, for example because they leave.

    From that time on their decisions, changes asked for, withdrawals and retractions are refused with the reason, in
    reviews that are open now or opened later, and so are decisions by and for them under a delegation. What they
    decided before stays. The answer names the open reviews in which they are a reviewer: give their open places to
    others with `compliance reassign`.

    To take it back, give the command again with --until; delegations stay ended. Only operators may: people who may
    send to the queue operator-commands.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 1 the app failed.
    """
    command = {"type": "RevokePersonV1", "person": person, "by": operator, "reason": reason}
    for name, text in (("from", starts), ("until", until)):
        if text is not None:
            command[name] = moment_of(text, FIRST_OF_THE_DAY)

    async def send(session: Session) -> AnswerJson:
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)


@prints_json(AnswerJson)
def reassign(
    context: typer.Context,
    review: ReviewArgument,
    replaced: Annotated[str, typer.Argument(metavar="FROM", help="The reviewer who gives the place up.")],
    replacement: Annotated[str, typer.Argument(metavar="TO", help="The person who gets it.")],
    *,
    operator: OperatorOption,
    reason: ReasonOption,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Give a reviewer's open place in a review to another person.

    TO is asked and counts where FROM counted: among all who must approve, in a group, in later stages. FROM must not
    have decided yet. TO must have no place in this review and must not have submitted or changed the document. The
    policy for other reviews stays as it is. Only operators may: people who may send to the queue operator-commands.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 5 no such review, 1 the app failed.
    """

    async def send(session: Session) -> AnswerJson:
        command = {
            "type": "ReassignPlaceV1",
            "reviewId": await resolve_review_id(session.app.ledger, review),
            "replaced": replaced,
            "replacement": replacement,
            "by": operator,
            "reason": reason,
        }
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)
