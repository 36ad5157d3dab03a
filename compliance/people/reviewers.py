"""Changes to who may take part in a review: a person's right ends, or their place goes to another person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from compliance.history import AuditEvent
from compliance.outcome import Answer, ReviewState
from compliance.people.delegation import Delegation
from compliance.people.identity import person_key, same_person
from compliance.policy_changes import replace_reviewer
from compliance.refusal import Refusal, right_refusal
from compliance.review import EndedRight, Head, Reassignment, RecordedDecision
from compliance.rulings import Ruling, Transition
from compliance.verdict import Tally, tally_of

MOST_REASSIGNMENTS: Final = 20  # in one review, whose policy is kept in one column


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of a person's right in all reviews, by an operator."""

    right: EndedRight
    by: str
    enqueued_at: datetime  # the broker's time of the command; of two about one person the later counts


def voids(revocation: Revocation, delegation: Delegation, at: datetime) -> bool:
    """Return whether a delegation is over at this moment because of the revocation of one of its two people.

    It stays so if the person has their right back: they delegate again.
    """
    right = revocation.right
    return right.starts <= at and (right.ends is None or delegation.enqueued_at < right.ends)


def revocation_refusal(stored: Revocation | None, new: Revocation) -> Refusal | None:
    """Say why a new revocation cannot replace the stored one of the same person. None if it can."""
    if stored and stored.enqueued_at > new.enqueued_at:
        return Refusal(Answer.LATE, f"a later command about {new.right.person} counts; send it again if it is right")
    return None


def end_right(head: Head, revocation: Revocation, at: datetime) -> Transition:
    """Note a person's revocation in an open review. Does nothing if it is not in force yet at `at`.

    What the person decided before stays. If the revocation was changed since it was noted, the change is noted.
    """
    right = revocation.right
    others = tuple(each for each in head.ended_rights if not same_person(each.person, right.person))
    is_known = len(others) < len(head.ended_rights)
    if head.state is not ReviewState.OPEN or right in head.ended_rights or (right.starts > at and not is_known):
        return Transition(head)
    ended = replace(head, ended_rights=(*others, right))
    until = f" until {right.ends.isoformat()}" if right.ends else ""
    detail = f"{right.person} from {right.starts.isoformat()}{until}: {right.reason}"
    return Transition.audited(ended, AuditEvent.RIGHT_ENDED, at, revocation.by, detail)


def takes_part(head: Head, person: str) -> bool:
    """Return whether a person is a reviewer in any stage of a review, or their right in it was ended."""
    key = person_key(person)
    named = any(key in part.people for stage in head.policy.stages for part in stage.parts)
    return named or any(same_person(right.person, person) for right in head.ended_rights)


def reassign(head: Head, recorded: Sequence[RecordedDecision], change: Reassignment, at: datetime, by: str) -> Ruling:
    """Give the open place of a reviewer to another person, in the open stage and all later ones.

    The other person must not have a place in this review already, nor be kept from deciding on its document. What
    was decided before comes to the same.
    """
    if any(_is_same(change, each) for each in head.reassignments) and takes_part(head, change.replacement):
        return Ruling(Transition(head), Answer.RECORDED)
    if head.state is not ReviewState.OPEN:
        return Ruling(Transition(head), Answer.LATE, f"the review was already decided ({head.verdict})")
    tally = tally_of(recorded, head.policy, head.barred)
    if why := _why_not_given_up(head, tally, change.replaced) or _why_not_taken(head, tally, change.replacement, at):
        return Ruling(Transition(head), Answer.NOT_PERMITTED, why)
    policy = replace_reviewer(head.policy, tally.stage, change.replaced, change.replacement)
    reassigned = replace(head, policy=policy, reassignments=(*head.reassignments, change))
    detail = f"{change.replaced} -> {change.replacement}: {change.reason}"
    return Ruling(Transition.audited(reassigned, AuditEvent.PLACE_REASSIGNED, at, by, detail), Answer.RECORDED)


def _is_same(one: Reassignment, other: Reassignment) -> bool:
    return same_person(one.replaced, other.replaced) and same_person(one.replacement, other.replacement)


def _why_not_given_up(head: Head, tally: Tally, person: str) -> str | None:
    key = person_key(person)
    if len(head.reassignments) >= MOST_REASSIGNMENTS:
        return f"{MOST_REASSIGNMENTS} places of this review were reassigned already; no more can be"
    if tally.place_of(key):
        return f"{person} has decided already; what was decided stays"
    is_awaited = any(key in part.people for stage in head.policy.stages[tally.stage :] for part in stage.parts)
    if not is_awaited or key in head.barred:
        return f"{person} has no open place in this review"
    return None


def _why_not_taken(head: Head, tally: Tally, person: str, at: datetime) -> str | None:
    key = person_key(person)
    if key in head.barred:
        return f"{person} submitted or changed the document, and nobody decides on their own; name another person"
    if tally.place_of(key) or any(key in part.people for stage in head.policy.stages for part in stage.parts):
        return f"{person} has a place in this review already, and one person has one place; name another person"
    refusal = right_refusal(head.ended_rights, (person,), at)
    return refusal.text if refusal else None
