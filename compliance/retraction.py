"""Taking a published document back, after its review."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from compliance.history import AuditEvent
from compliance.outcome import Answer, Outcome, ReviewState, Verdict
from compliance.people.identity import person_key, same_person
from compliance.policy import Policy
from compliance.refusal import right_refusal
from compliance.review import Head, Retraction
from compliance.rulings import Ruling, Transition


def retract(head: Head | None, by: str, at: datetime, why: str) -> Ruling | None:
    """Take a published document back: nothing changes in its review but this.

    None if there is no such review (yet), or its document is about to be published.
    """
    if head is None or (head.state is ReviewState.DECIDED and head.verdict is Verdict.APPROVE):
        return None
    if head.outcome is not Outcome.APPROVED:
        ended = head.outcome or head.verdict
        text = f"nothing was published: the review ended as {ended}" if ended else "the review is still open"
        return Ruling(Transition(head), Answer.NOT_PERMITTED, text)
    if head.retraction:
        if same_person(head.retraction.by, by):
            return Ruling(Transition(head), Answer.RECORDED)
        return Ruling(Transition(head), Answer.LATE, f"{head.retraction.by} has taken the document back already")
    if refusal := right_refusal(head.ended_rights, (by,), at):
        return Ruling(Transition(head), refusal.answer, refusal.text)
    if not _may_retract(head.policy, by):
        text = f"the policy of this document class does not let {by} take a document back"
        return Ruling(Transition(head), Answer.NOT_PERMITTED, text)
    requested = replace(head, retraction=Retraction(by, at))
    return Ruling(Transition.audited(requested, AuditEvent.RETRACTION_REQUESTED, at, by, why), Answer.RECORDED)


def _may_retract(policy: Policy, person: str) -> bool:
    if policy.retractors:
        return any(same_person(person, name) for name in policy.retractors)
    return any(stage.admits(person_key(person)) for stage in policy.stages)


def finish_retraction(head: Head, location: str | None, copy_etag: str | None = None) -> Transition:
    """Note where a document is that was taken back, and the ETag of its copy there.

    `location` is None if its published copy had been replaced or removed before.
    """
    if head.retraction is None or head.retraction.done:
        return Transition(head)
    retracted = replace(head, retraction=replace(head.retraction, done=True), location=location, copy_etag=copy_etag)
    return Transition.audited(retracted, AuditEvent.DOCUMENT_RETRACTED, None)
