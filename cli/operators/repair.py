"""`compliance repair`: close a review whose ledger and storage contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import comment_option, json_option, operator_option, review_argument, timeout_option
from cli.session import Session, in_session, reach_storage
from contracts.names import ARCHIVED, PUBLISHED

if TYPE_CHECKING:
    from cli.answers import AnswerJson


@click.command(cls=Command)
@review_argument
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def repair(
    context: click.Context,
    *,
    review: str,
    operator: str,
    comment: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Close a review whose ledger and storage contradict each other.

    `compliance doctor` names such reviews after the ledger or storage was restored to an older state. What reviewers
    have decided according to the ledger is carried out. If the ledger has lost their decisions, the copy in storage
    counts, and the audit trail says that it does. If a document is still at its source although its review is over, it
    is moved to where the review says, or else to archived. If a moved document is gone for good, that is recorded.

    Only operators may: people who may send to the queue operator-commands. Who did it, and why, is in the audit trail.

    Exit code: 0 repaired, 3 refused (there is nothing to repair), 4 no answer in time, 5 no such review, 1 the app
    failed.

    \b
    Example:
      compliance repair 3f9a01 --as olga@example.org \\
        --comment 'The ledger was restored.'
    """
    reach_storage(context)
    from cli.answers import end_with
    from cli.operators.command_message import order

    async def send(session: Session) -> AnswerJson:
        command = {"type": "ReviewRepairV1", "by": operator, "reason": comment, **await _named(session, review)}
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)


async def _named(session: Session, review: str) -> dict[str, object]:
    """Return the fields that name a review, and its copy if the ledger has lost the review. Raises CommandError."""
    from cli.lookup import resolve_review_id
    from contracts.document_metadata import REVIEW_ID

    ledger, documents = session.ledger, session.documents
    try:
        review_id = await resolve_review_id(ledger, review)
        if await ledger.find(review_id):
            return {"reviewId": review_id}
    except CommandError as error:
        if error.code is not ExitCode.NOT_FOUND:
            raise
    digits = review.strip().lower()
    copies = {blob.name.partition("/")[0]: blob async for blob in documents.blobs(ARCHIVED, digits)}
    async for blob in documents.blobs(PUBLISHED):
        if (review_id := blob.metadata.get(REVIEW_ID, "")).startswith(digits):
            copies[review_id] = blob
    if len(copies) != 1:
        what = f"{len(copies)} copies name such reviews; give more digits" if copies else "no copy in storage names it"
        raise CommandError(f"there is no review {review} in the ledger, and {what}", ExitCode.NOT_FOUND)
    [(review_id, blob)] = copies.items()
    return {"reviewId": review_id, "copyAt": f"{blob.container}/{blob.name}"}
