"""Deciding on the bytes that the person has seen."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.document import bare_etag
from compliance.outcome import Answer, Vote
from compliance.people.levels import Act, Level, demanded_level
from compliance.review import Decision
from contracts.digest import text_digest
from contracts.messages.decisions import ChangesRequestedV1, DecisionSubmittedV1
from web.actions.sending import invalid, message_of, refused, send_about
from web.door import Door
from web.problems import ProblemError, conflict, not_allowed
from web.views.one_review import Seen
from web.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody has decided. The id makes it count once, however often it is sent."""

    decision_id: str
    vote: Vote
    document_sha256: str  # of the bytes that they have seen
    comment: str | None = None
    statement_sha256: str | None = None  # of the sentence that was shown beside the button


async def decide(door: Door, visitor: Visitor, seen: Seen, decided: Decided) -> None:
    """Send a decision, unless it was recorded before. Its answer comes later: `web.views.answers`.

    Raises ProblemError if it could not count.
    """
    if _was_recorded(visitor, seen, decided):
        return
    if refusal := seen.permissions.decision:
        raise refused(refusal)
    _check_rules(seen, decided)
    await check_bytes(door, seen, decided.document_sha256)
    fields = {
        "decisionId": decided.decision_id,
        "reviewId": seen.head.review_id,
        "reviewer": visitor.name,
        "comment": decided.comment,
        "documentSha256": decided.document_sha256,
    }
    message = (
        message_of(ChangesRequestedV1, {**fields, "type": "ChangesRequestedV1"})
        if decided.vote is Vote.REQUEST_CHANGES
        else message_of(DecisionSubmittedV1, {**fields, "type": "DecisionSubmittedV1", "decision": str(decided.vote)})
    )
    await send_about(door, visitor, seen, message, decided.decision_id)


async def check_bytes(door: Door, seen: Seen, sha256: str) -> None:
    """Raise ProblemError if somebody has seen other bytes than those under review, or if they were overwritten."""
    document = seen.head.document
    if sha256 != document.sha256:
        raise conflict("wrong-version", "these are not the bytes under review; look at the document again")
    blob = await door.documents.current(document.container, document.name)
    if blob is None or blob.etag != bare_etag(document.etag):
        raise conflict(
            "overwritten", "the document was overwritten or removed after you opened it; nothing was decided"
        )


def _was_recorded(visitor: Visitor, seen: Seen, decided: Decided) -> bool:
    """Return whether this very decision counts already. Raises ProblemError if another one has its id."""
    known = next((row.decision for row in seen.decisions if row.decision.decision_id == decided.decision_id), None)
    if known is None:
        return False
    if visitor.known_as(known.reviewer) and _is_same(known, decided):
        return True
    text = "this decisionId was used for another decision; send this one under an id of its own"
    raise conflict(Answer.ID_REUSED.replace("_", "-"), text)


def _is_same(known: Decision, decided: Decided) -> bool:
    sent = (decided.vote, decided.comment, decided.document_sha256)
    return sent == (known.vote, known.comment, known.document_sha256)


def _check_rules(seen: Seen, decided: Decided) -> None:
    policy = seen.head.policy
    if not Level.SIGN_IN.reaches(level := demanded_level(policy.proof, Act(decided.vote), policy.submitter_proof)):
        raise not_allowed(f"this document class needs a proof of the level {level}, which the front door cannot give")
    has_comment = bool(decided.comment and decided.comment.strip())
    if decided.vote is Vote.REJECT and policy.comment_required_on_reject and not has_comment:
        raise invalid("comment: a rejection needs one")
    if decided.vote is Vote.APPROVE and policy.statement and decided.statement_sha256 != text_digest(policy.statement):
        raise invalid("statementSha256: show the statement of this document class, and send its SHA-256")


def vote_of(text: object) -> Vote:
    """Return a vote by its name. Raises ProblemError if there is no such vote."""
    if not isinstance(text, str) or text not in [*Vote]:
        raise _unknown_vote()
    return Vote(text)


def _unknown_vote() -> ProblemError:
    return invalid(f"decision: must be one of {', '.join(Vote)}")
