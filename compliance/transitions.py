"""Every transition of a review, each a pure function: the stored review in, the content of one transaction out.

A transition that was made before writes nothing and returns what is stored, so each may be repeated.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from compliance.content import Finding
from compliance.document import DocumentVersion
from compliance.history import AuditEvent
from compliance.outcome import PREVENTING, Answer, Outcome, Reason, ReviewState, Verdict, outcome_of
from compliance.people.delegation import Delegation, delegated_decision
from compliance.people.identity import same_person
from compliance.people.known import name_in_review
from compliance.policy_changes import require_approvals
from compliance.refusal import over_refusal, refusal_of, right_refusal
from compliance.review import Decision, Head, RecordedDecision
from compliance.rulings import Ruling, Transition
from compliance.schedule import Later, schedule_of
from compliance.verdict import Tally, count_decision, tally_of

MOST_NOTES: Final = 100  # in one review: they come after its end, too, and belong to its evidence


def open_review(head: Head) -> Transition:
    """Open a review with its first head; it is inserted only if the review has none."""
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

    The review is rejected at once if the content may not be reviewed, for the reason `refused` or because of a finding,
    and if approval is out of reach from the start, for example if the only reviewer has submitted the document.
    Other findings may require more approvals. `later` adds the policy's times to a moment, in business time if the
    policy has a calendar.
    """
    if head.state is not ReviewState.OPEN or head.inspected:
        return Transition(head)
    refused = refused or head.policy.content.refusal(findings)
    policy = require_approvals(head.policy, head.policy.content.approvals(findings))
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
        begun = _with_tally(begun, tally_of((), policy, head.barred))
    return Transition.audited(begun, AuditEvent.DOCUMENT_INSPECTED, at, None, begun.reason or document.sha256)


def record(
    head: Head | None,
    recorded: Sequence[RecordedDecision],
    decision: Decision,
    delegations: Sequence[Delegation] = (),
    tally: Tally | None = None,
    *,
    other_names: Sequence[str] = (),
) -> Ruling | None:
    """Count a decision or say why it cannot count.

    None if there is no such review (yet) or its document is not inspected yet. `delegations` are those to the reviewer;
    `tally` is that of `recorded`, if the caller has it; `other_names` are the reviewer's, who is one person by all of
    them. No decision is of a time before the request to reviewers,
    whatever its message claims.
    """
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    known = next((row.decision for row in recorded if row.decision.decision_id == decision.decision_id), None)
    if known:
        return _answer_again(head, known, decision)
    decision = _sent_after_request(head, decision)
    tally = tally or tally_of(recorded, head.policy, head.barred)
    decision = name_in_review(head, tally, decision, other_names)
    if refusal := refusal_of(head, tally, decision):
        delegated = delegated_decision(head, tally, decision, delegations)
        if not isinstance(delegated, Decision):
            refusal = delegated if delegated and refusal.answer is not Answer.STAGE_NOT_OPEN else refusal
            return Ruling(Transition(head), refusal.answer, refusal.text)
        decision = delegated
    row = RecordedDecision(head.last_seq + 1, decision)
    counted = _with_tally(replace(head, last_seq=row.seq), count_decision(tally, decision, head.policy, head.barred))
    transition = Transition.audited(
        counted, AuditEvent.DECISION_RECORDED, decision.enqueued_at, decision.reviewer, decision.vote
    )
    return Ruling(replace(transition, decision=row), Answer.RECORDED)


def _sent_after_request(head: Head, decision: Decision) -> Decision:
    sent = head.since_request(decision.enqueued_at)
    copied = decision.copy_enqueued_at
    return replace(decision, enqueued_at=sent, copy_enqueued_at=copied if copied and copied > sent else None)


def _answer_again(head: Head, known: Decision, decision: Decision) -> Ruling:
    if known.digest != decision.digest:
        text = "this decisionId was used for another decision; send this one under an id of its own"
        return Ruling(Transition(head), Answer.ID_REUSED, text)
    same_message = known.message_id == decision.message_id
    return Ruling(Transition(head), Answer.RECORDED if same_message else Answer.DUPLICATE)


def _with_tally(head: Head, tally: Tally) -> Head:
    if tally.verdict is None:
        return replace(head, stage=tally.stage)
    return replace(head, stage=tally.stage, state=ReviewState.DECIDED, verdict=tally.verdict, reason=tally.reason)


def withdraw(head: Head | None, by: str, at: datetime, why: str) -> Ruling | None:
    """Take the document back before it is decided.

    None if there is no such review (yet) or its document is not inspected yet.
    """
    if head is None or (head.state is ReviewState.OPEN and not head.inspected):
        return None
    by_submitter = any(same_person(by, submitter) for submitter in head.submitters)
    if head.verdict is Verdict.WITHDRAW and by_submitter:
        return Ruling(Transition(head), Answer.RECORDED)
    at = head.since_request(at)
    if head.state is not ReviewState.OPEN:
        answer, text = over_refusal(head)
        if head.outcome is Outcome.APPROVED:
            text += "; take its document back with a RetractionV1, as `compliance retract` does"
        return Ruling(Transition(head), answer, text)
    if head.last_deadline and at > head.last_deadline:
        return Ruling(Transition(head), Answer.LATE, "it arrived after the deadline")
    if not by_submitter:
        text = (
            "only the submitter whom the document names can withdraw it"
            if head.submitters
            else "the document names no submitter, so nobody can withdraw it; ask a reviewer to reject it"
        )
        return Ruling(Transition(head), Answer.NOT_PERMITTED, text)
    if refusal := right_refusal(head.ended_rights, (by,), at):
        return Ruling(Transition(head), refusal.answer, refusal.text)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.WITHDRAW)
    return Ruling(Transition.audited(decided, AuditEvent.REVIEW_WITHDRAWN, at, by, why), Answer.RECORDED)


def expire(head: Head, at: datetime) -> Transition:
    """End a review that nobody decided in time. The caller checks first that no timely decision is still queued.

    Before the deadline, and before reviewers were asked, nothing expires.
    """
    if head.state is not ReviewState.OPEN or head.last_deadline is None or at < head.last_deadline:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.EXPIRE)
    return Transition.audited(decided, AuditEvent.DEADLINE_PASSED, at)


def supersede(head: Head) -> Transition:
    """End a review whose document's name has other bytes now. The caller checks first that it has."""
    if head.state is not ReviewState.OPEN:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.SUPERSEDE)
    return Transition.audited(decided, AuditEvent.DOCUMENT_SUPERSEDED, None)


def vanish(head: Head) -> Transition:
    """End a review whose document's name has no bytes any more. The caller checks first that it has none."""
    if head.state is not ReviewState.OPEN:
        return Transition(head)
    decided = replace(head, state=ReviewState.DECIDED, verdict=Verdict.GONE)
    return Transition.audited(decided, AuditEvent.DOCUMENT_GONE, None)


def restart(head: Head) -> Transition:
    """Note that the review's orchestration was lost and is started again from what the ledger holds.

    Restarts in a row, with nothing in between, are one record, because a restart may fail and be repeated.
    """
    if head.state is ReviewState.CLOSED or (head.last_restart and head.last_restart == head.last_audit):
        return Transition(head)
    return Transition.audited(replace(head, last_restart=head.last_audit + 1), AuditEvent.REVIEW_RESTARTED, None)


def note(head: Head, event: AuditEvent, at: datetime, who: str | None, detail: str | None) -> Transition:
    """Note what an operator did, if that changes nothing else of the review and it has not too many notes already."""
    if head.notes >= MOST_NOTES:
        return Transition(head)
    return Transition.audited(replace(head, notes=head.notes + 1), event, at, who, detail)


def close(
    head: Head,
    at: datetime | None,
    location: str | None,
    prevented: Outcome | None = None,
    reason: Reason | None = None,
    *,
    copy_etag: str | None = None,
) -> Transition:
    """Name the outcome, after the move: the verdict's, unless the move was `prevented`.

    `copy_etag` is that of the blob at `location`, if a copy was made.
    A prevented move has a `reason` of its own, or none: that of the verdict no longer says why the review ended so.
    Raises ValueError if the review is open, and for an outcome in `prevented` that prevents no move.
    """
    if prevented not in (None, *PREVENTING):
        raise ValueError(f"a move cannot be prevented by the outcome {prevented}")
    if head.state is ReviewState.CLOSED:
        return Transition(head)
    if head.verdict is None:
        raise ValueError(f"review {head.review_id} is still open and cannot be closed")
    outcome = prevented or outcome_of(head.verdict)
    at = head.in_order(at) if at else None
    closed = replace(
        head,
        state=ReviewState.CLOSED,
        outcome=outcome,
        location=location,
        copy_etag=copy_etag,
        reason=reason if prevented else head.reason,
        closed_at=at,
    )
    return Transition.audited(closed, AuditEvent.REVIEW_CLOSED, at, None, outcome)
