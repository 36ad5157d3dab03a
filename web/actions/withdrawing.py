"""Taking a document back before it is decided."""

from __future__ import annotations

from compliance.people.levels import Act
from contracts.digest import hashed_id
from contracts.messages.decisions import ReviewWithdrawnV1
from web.actions.sending import message_of, refused, send_about
from web.door import Door
from web.views.one_review import Seen
from web.visitors import Visitor


async def withdraw(door: Door, visitor: Visitor, seen: Seen, withdrawal_id: str, reason: str) -> str:
    """Send a withdrawal, unless it was answered before. Returns the id under which it is answered.

    Raises ProblemError if it could not count.
    """
    answer_id = hashed_id(Act.WITHDRAW, withdrawal_id)
    sign_in, review_id = visitor.principal.sign_in, seen.head.review_id
    if await door.ledger.answers.find(review_id, answer_id, sign_in):
        return answer_id
    if refusal := seen.permissions.withdrawal:
        raise refused(refusal)
    by = visitor.known_as(*seen.head.submitters)
    fields = {"type": "ReviewWithdrawnV1", "reviewId": review_id, "by": by, "reason": reason}
    await send_about(door, visitor, seen, message_of(ReviewWithdrawnV1, fields), withdrawal_id)
    return answer_id
