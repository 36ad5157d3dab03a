"""Every transition of a review, each a pure function: the stored review in, what one transaction writes out.

A transition that was made already writes nothing and returns what is stored, so each may be asked for again.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from compliance.content import Finding
from compliance.delegation import Delegation, in_place_of_another
from compliance.document import DocumentVersion
from compliance.identity import same_person
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, outcome_of
from compliance.refusal import refusal_of
from compliance.review import AuditEvent, Decision, Head, RecordedDecision, Transition
from compliance.schedule import Later, schedule_of
from compliance.tightening import tightened
from compliance.verdict import Progress, advanced, progress_of


def open_review(head: Head) -> Transition:
    """The first head of a review; inserted only where none exists."""
    return Transition.audited(head, AuditEvent.REVIEW_OPENED, None, head.submitter, head.policy.document_class)


def begin(
    head: Head,
    document: DocumentVersion,
    at: datetime,
    refused: Reason | None,
    later: Later = operator.add,
    *,
    findings: tuple[Finding, ...] = (),
) -> Transition:
    """Fix what is under review, as it was inspected, and start the reviewers' time.

    Content that may not be reviewed, for the reason `refused` or because of a finding, is rejected at once; so is a
    document whose approval is out of reach before anybody was asked, such as when the only reviewer has submitted it.
    Other findings may ask for more approvals. `later` adds the policy's times to a moment where they are business time.
    """
    if head.state is not ReviewState.OPEN or head.inspected:
        return Transition(head)
    refused = refused or head.policy.content.refusal(findings)
    policy = tightened(head.policy, head.policy.content.approvals(findings))
    schedule = schedule_of(policy, at, later)
    begun = replace(
        head,
        document=document,
        policy=policy,
        findings=findings,
        requested_at=at,
        schedule=schedule,
        deadline=schedule.deadline,
    )
    if refused:
        begun = replace(begun, state=ReviewState.DECIDED, verdict=Verdict.REJECT, reason=refused)
    else:
        begun = _brought_to(begun, progress_of((), policy, head.barred))
    return Transition.audited(begun, AuditEvent.DOCUMENT_INSPECTED, at, None, begun.reason or document.sha256)


def record(
    head: Head | None,
    recorded: Sequence[RecordedDecision],
    decision: Decision,
    delegations: Sequence[Delegation] = (),
    so_far: Progress | None = None,
) -> Transition | None:
    """Count a decision or say why it cannot count. None: no such review (yet), or its document is not yet inspected.

    `delegations` are those to the reviewer; `so_far` is what `recorded` comes to, where the caller knows.
    """
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    known = next((row.decision for row in recorded if row.decision.decision_id == decision.decision_id), None)
    if known:
        if known.digest != decision.digest:
            text = "this decisionId was used for another decision; send this one under an id of its own"
            return Transition(head, answer=Answer.ID_REUSED, explanation=text)
        again = Answer.RECORDED if known.message_id == decision.message_id else Answer.DUPLICATE
        return Transition(head, answer=again)
    progress = so_far or progress_of(recorded, head.policy, head.barred)
    if refusal := refusal_of(head, progress, decision):
        delegated = in_place_of_another(head, progress, decision, delegations)
        if not isinstance(delegated, Decision):
            refusal = delegated if delegated and refusal.answer is not Answer.STAGE_NOT_OPEN else refusal
            return Transition(head, answer=refusal.answer, explanation=refusal.text)
        decision = delegated
    row = RecordedDecision(head.last_seq + 1, decision)
    counted = _brought_to(replace(head, last_seq=row.seq), advanced(progress, decision, head.policy, head.barred))
    written = Transition.audited(
        counted, AuditEvent.DECISION_RECORDED, decision.enqueued_at, decision.reviewer, decision.verdict
    )
    return replace(written, decision=row, answer=Answer.RECORDED)


def _brought_to(head: Head, progress: Progress) -> Head:
    """An open review as far as its decisions bring it."""
    if progress.verdict is None:
        return replace(head, stage=progress.stage)
    return replace(
        head, stage=progress.stage, state=ReviewState.DECIDED, verdict=progress.verdict, reason=progress.reason
    )


def withdraw(head: Head | None, by: str, at: datetime, why: str) -> Transition | None:
    """Take the document back before it is decided. None: no such review (yet), or not yet inspected."""
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    by_submitter = head.submitter is not None and same_person(by, head.submitter)
    if head.verdict is Verdict.WITHDRAW and by_submitter:
        return Transition(head, answer=Answer.RECORDED)
    over = head.state is not ReviewState.OPEN
    if over or (head.last_deadline and at > head.last_deadline):
        text = "the review is over" if over else "it arrived after the deadline"
        return Transition(head, answer=Answer.LATE, explanation=text)
    if not by_submitter:
        text = "only the submitter whom the document names can withdraw it"
        return Transition(head, answer=Answer.NOT_PERMITTED, explanation=text)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.WITHDRAW)
    return replace(Transition.audited(decided, AuditEvent.REVIEW_WITHDRAWN, at, by, why), answer=Answer.RECORDED)


def expire(head: Head, at: datetime) -> Transition:
    """Nobody decided in time. Whether decisions are still queued is the caller's to find out first.

    Before the deadline, and while reviewers were not asked yet, nothing expires.
    """
    if head.state is not ReviewState.OPEN or head.last_deadline is None or at < head.last_deadline:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.EXPIRE)
    return Transition.audited(decided, AuditEvent.DEADLINE_PASSED, at)


def supersede(head: Head) -> Transition:
    """Other bytes have taken the document's name. Whether they have is the caller's to find out first."""
    if head.state is not ReviewState.OPEN:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.SUPERSEDE)
    return Transition.audited(decided, AuditEvent.DOCUMENT_SUPERSEDED, None)


def restart(head: Head) -> Transition:
    """The review's orchestration was lost and is started again from what the ledger holds.

    Restarts in a row, with nothing in between, are one record: whoever starts it may fail and come again.
    """
    if head.state is ReviewState.CLOSED or (head.last_restart and head.last_restart == head.last_audit):
        return Transition(head)
    return Transition.audited(replace(head, last_restart=head.last_audit + 1), AuditEvent.REVIEW_RESTARTED, None)


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
    return Transition.audited(closed, AuditEvent.REVIEW_CLOSED, at, None, outcome)
