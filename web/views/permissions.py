"""What a person may see and do in one review, by the rules of `compliance`. The judging half applies them again.

A message without a proof has whatever names its sender wrote. So it shows nobody a document: neither a delegation, in
whatever class, nor a decision under a name that is not in the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.at_once import gather_few
from adapters.ledger.store import StoredReview
from compliance.outcome import Answer, ReviewState, Vote
from compliance.people.delegation import Delegation
from compliance.people.identity import person_key
from compliance.people.levels import Level
from compliance.people.reviewers import voids
from compliance.refusal import Refusal
from compliance.review import Decision, Head
from compliance.rounds import people_asked
from compliance.transitions import record, withdraw
from contracts.proofs.submission_attestation import other_submitter_refusal
from web.door import Door
from web.principal import Role
from web.visitors import Visitor

_NOT_YET = "the document is not inspected yet; try again in a moment"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a person may do. Each refusal says why they may not; None if they may."""

    sees: bool  # else the review does not exist for them
    decision: Refusal | None
    withdrawal: Refusal | None
    evidence: bool
    read_log: bool


def permissions_of(
    visitor: Visitor, review: StoredReview, delegations: Sequence[Delegation], at: datetime
) -> Permissions:
    """Return what a person may see and do in a review. `delegations` are their standing ones."""
    decision = decision_refusal(visitor, review, delegations, at)
    withdrawal = _withdrawal_refusal(visitor, review.head, at)
    audits = visitor.has(Role.AUDITOR)
    sees = audits or is_concerned(visitor, review, delegations) or decision is None
    return Permissions(sees, decision, withdrawal, audits, audits)


async def standing_delegations(door: Door, visitor: Visitor) -> list[Delegation]:
    """List the delegations with a proof to a person that are in force, without those that a revocation has ended."""
    found = await gather_few([(lambda name=name: door.delegations.list_to(name)) for name in visitor.names])
    at, standing = door.now(), list[Delegation]()
    for delegation in (each for some in found for each in some):
        if delegation.starts <= at <= delegation.ends and delegation.level.reaches(Level.SIGN_IN):
            revocation = await door.revocations.find(delegation.by)
            if not (revocation and voids(revocation, delegation, at)):
                standing.append(delegation)
    return standing


def is_submitter(visitor: Visitor, head: Head) -> bool:
    """Return whether a person has handed in a document. A name is enough if nobody has proven that it is theirs."""
    if head.submission_proof and other_submitter_refusal(head.submission_proof, visitor.principal.sign_in):
        return False
    return visitor.known_as(*head.submitters) is not None


def believed(delegations: Sequence[Delegation], head: Head) -> list[Delegation]:
    """List those delegations whose proof counts in a review, which is at least a sign-in."""
    demanded = head.policy.proof if head.policy.proof.reaches(Level.SIGN_IN) else Level.SIGN_IN
    return [each for each in delegations if each.level_in(head.policy).reaches(demanded)]


def _has_decided(visitor: Visitor, review: StoredReview) -> bool:
    """Return whether a person has decided, in a place that names them or with a proof."""
    places = visitor.keys & _asked(review.head)
    mine = [
        row.decision
        for row in review.decisions
        if visitor.keys & {row.decision.sender, person_key(row.decision.reviewer)}
    ]
    return any(each.proof or each.person in places for each in mine)


def is_concerned(visitor: Visitor, review: StoredReview, delegations: Sequence[Delegation] = ()) -> bool:
    """Return whether a review concerns a person: as its submitter or reviewer, or as somebody's delegate."""
    head, keys = review.head, visitor.keys
    if is_submitter(visitor, head):
        return True
    if _has_decided(visitor, review):
        return True
    places = keys | {person_key(each.by) for each in believed(delegations, head)}
    if places & _asked(head):
        return True
    return visitor.has(Role.REVIEWER) and _is_open_to_anyone(head)


def _asked(head: Head) -> frozenset[str]:
    """Return the named people who were asked so far, and are not replaced, by `person_key`."""
    if not head.inspected:
        return frozenset()
    replaced = {person_key(change.replaced) for change in head.reassignments}
    stages = range(max(head.requested_stage, head.stage) + 1)
    names = [name for stage in stages for name in people_asked(head, stage)]
    return frozenset(person_key(name) for name in names if person_key(name) not in replaced or _has_place(head, name))


def _has_place(head: Head, name: str) -> bool:
    return any(person_key(name) in part.people for stage in head.policy.stages for part in stage.parts)


def _is_open_to_anyone(head: Head) -> bool:
    asked = head.policy.stages[: max(head.requested_stage, head.stage) + 1]
    return head.inspected and any(not part.reviewers for stage in asked for part in stage.parts)


def decision_refusal(
    visitor: Visitor, review: StoredReview, delegations: Sequence[Delegation], at: datetime
) -> Refusal | None:
    """Say why a person may not decide now, as the rules would judge an approval. None if they may."""
    head = review.head
    vote = Decision("-", Vote.APPROVE, visitor.name, "", "", at)
    standing = believed(delegations, head)
    ruling = record(head, review.decisions, vote, standing, other_names=visitor.other_names)
    if ruling is None:
        return Refusal(Answer.NOT_PERMITTED, _NOT_YET)
    if ruling.answer.refused:
        return Refusal(ruling.answer, ruling.explanation or "")
    if head.requested_stage < head.stage:
        return Refusal(
            Answer.STAGE_NOT_OPEN, "the reviewers of this stage are about to be asked; try again in a moment"
        )
    decided = ruling.transition.decision
    is_named = decided and any(
        decided.decision.person in part.people for part in head.policy.stages[head.stage].parts if part.reviewers
    )
    if not is_named and not visitor.has(Role.REVIEWER):
        return Refusal(Answer.NOT_PERMITTED, "the policy names nobody here, and you do not have the role Reviewer")
    return None


def _withdrawal_refusal(visitor: Visitor, head: Head, at: datetime) -> Refusal | None:
    by = visitor.known_as(*head.submitters)
    if by is None:
        return Refusal(Answer.NOT_PERMITTED, "only the person who has submitted the document can withdraw it")
    if refusal := other_submitter_refusal(head.submission_proof, visitor.principal.sign_in):
        return refusal
    if head.state is not ReviewState.OPEN:
        return Refusal(Answer.LATE, "the review was decided already; nothing can be withdrawn any more")
    ruling = withdraw(head, by, at, "")
    if ruling is None:
        return Refusal(Answer.NOT_PERMITTED, _NOT_YET)
    return Refusal(ruling.answer, ruling.explanation or "") if ruling.answer.refused else None
