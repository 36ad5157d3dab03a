"""Every transition of a review, each a pure function: the stored review in, what one transaction writes out.

A transition that was made already writes nothing and returns what is stored, so each may be asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from compliance.document import DocumentVersion, bare_etag
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, outcome_of
from compliance.policy import same_person
from compliance.review import AuditEvent, AuditRecord, Decision, Head, RecordedDecision, Transition
from compliance.verdict import verdict_of


def open_review(head: Head) -> Transition:
    """The first head of a review; inserted only where none exists."""
    return _write(head, AuditEvent.REVIEW_OPENED, None, head.submitter, head.policy.document_class)


def begin(head: Head, document: DocumentVersion, at: datetime, refused: Reason | None) -> Transition:
    """Fix what is under review, as it was inspected, and start the reviewers' time.

    Content that may not be reviewed, for the reason `refused`, is rejected at once.
    """
    if head.state is not ReviewState.OPEN or head.inspected:
        return Transition(head)
    begun = replace(head, document=document, requested_at=at, deadline=at + head.policy.deadline)
    if refused:
        begun = replace(begun, state=ReviewState.DECIDED, verdict=Verdict.REJECT, reason=refused)
    return _write(begun, AuditEvent.DOCUMENT_INSPECTED, at, None, refused or document.sha256)


def record(head: Head | None, recorded: Sequence[RecordedDecision], decision: Decision) -> Transition | None:
    """Count a decision or say why it cannot count. None: no such review (yet), or its document is not yet inspected."""
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    known = next((row.decision for row in recorded if row.decision.decision_id == decision.decision_id), None)
    if known:
        if known.digest != decision.digest:
            text = "this decisionId was used for another decision; send this one under an id of its own"
            return Transition(head, answer=Answer.ID_REUSED, explanation=text)
        again = Answer.RECORDED if known.message_id == decision.message_id else Answer.DUPLICATE
        return Transition(head, answer=again)
    if refusal := _refusal(head, recorded, decision):
        return refusal
    row = RecordedDecision(head.last_seq + 1, decision)
    verdict = verdict_of([*recorded, row], head.policy)
    counted = replace(head, last_seq=row.seq)
    if verdict:
        counted = replace(counted, state=ReviewState.DECIDED, verdict=verdict)
    written = _write(counted, AuditEvent.DECISION_RECORDED, decision.enqueued_at, decision.reviewer, decision.verdict)
    return replace(written, decision=row, answer=Answer.RECORDED)


def _refusal(head: Head, recorded: Sequence[RecordedDecision], decision: Decision) -> Transition | None:
    def refused(answer: Answer, text: str) -> Transition:
        return Transition(head, answer=answer, explanation=text)

    if head.state is not ReviewState.OPEN:
        return refused(Answer.LATE, f"the review was already decided ({head.verdict}); nothing more can count")
    if head.deadline and decision.enqueued_at > head.deadline:
        return refused(Answer.LATE, f"it arrived after the deadline {head.deadline.isoformat()}")
    document = head.document
    if decision.document_sha256 and decision.document_sha256 != document.sha256:
        return refused(Answer.WRONG_VERSION, f"the document under review has the SHA-256 {document.sha256}")
    if decision.etag and bare_etag(decision.etag) != bare_etag(document.etag):
        return refused(Answer.WRONG_VERSION, f"the document under review has the ETag {document.etag}")
    if not head.policy.may_decide(decision.reviewer):
        return refused(Answer.NOT_PERMITTED, f"{decision.reviewer} is not a reviewer of this document class")
    if head.policy.separation_of_duties and head.submitter and same_person(decision.reviewer, head.submitter):
        return refused(Answer.NOT_PERMITTED, "nobody decides on a document of their own; ask another reviewer")
    if any(same_person(decision.reviewer, row.decision.reviewer) for row in recorded):
        return refused(Answer.NOT_PERMITTED, f"{decision.reviewer} has decided already; one person counts once")
    says_why = bool(decision.comment and decision.comment.strip())
    if head.policy.comment_required_on_reject and decision.verdict is Verdict.REJECT and not says_why:
        return refused(Answer.NOT_PERMITTED, "a rejection needs a comment; send it again with one")
    return None


def withdraw(head: Head | None, by: str, at: datetime, why: str) -> Transition | None:
    """Take the document back before it is decided. None: no such review (yet), or not yet inspected."""
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    by_submitter = head.submitter is not None and same_person(by, head.submitter)
    if head.verdict is Verdict.WITHDRAW and by_submitter:
        return Transition(head, answer=Answer.RECORDED)
    over = head.state is not ReviewState.OPEN
    if over or (head.deadline and at > head.deadline):
        text = "the review is over" if over else "it arrived after the deadline"
        return Transition(head, answer=Answer.LATE, explanation=text)
    if not by_submitter:
        text = "only the submitter whom the document names can withdraw it"
        return Transition(head, answer=Answer.NOT_PERMITTED, explanation=text)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.WITHDRAW)
    return replace(_write(decided, AuditEvent.REVIEW_WITHDRAWN, at, by, why), answer=Answer.RECORDED)


def expire(head: Head, at: datetime) -> Transition:
    """Nobody decided in time. Whether decisions are still queued is the caller's to find out first."""
    if head.state is not ReviewState.OPEN:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.EXPIRE)
    return _write(decided, AuditEvent.DEADLINE_PASSED, at)


def supersede(head: Head) -> Transition:
    """Other bytes have taken the document's name. Whether they have is the caller's to find out first."""
    if head.state is not ReviewState.OPEN:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.SUPERSEDE)
    return _write(decided, AuditEvent.DOCUMENT_SUPERSEDED, None)


def close(
    head: Head,
    at: datetime | None,
    location: str | None,
    prevented: Outcome | None = None,
    reason: Reason | None = None,
) -> Transition:
    """Name the outcome, after the move: the verdict's, unless the move was prevented (`superseded` or `failed`).

    Raises ValueError while the review is open, and for any other outcome that is said to have prevented the move.
    """
    if prevented not in (None, Outcome.SUPERSEDED, Outcome.FAILED):
        raise ValueError(f"a move cannot be prevented by the outcome {prevented}")
    if head.state is ReviewState.CLOSED:
        return Transition(head)
    if head.verdict is None:
        raise ValueError(f"review {head.review_id} is still open and cannot be closed")
    outcome = prevented or outcome_of(head.verdict)
    closed = replace(
        head,
        state=ReviewState.CLOSED,
        outcome=outcome,
        location=location,
        reason=reason or head.reason,
        closed_at=at,
    )
    return _write(closed, AuditEvent.REVIEW_CLOSED, at, None, outcome)


def _write(
    head: Head, event: AuditEvent, at: datetime | None, who: str | None = None, detail: str | None = None
) -> Transition:
    seq = head.last_audit + 1
    return Transition(replace(head, last_audit=seq), audit=AuditRecord(seq, event, at, who, detail))
