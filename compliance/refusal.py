"""The reasons for which a decision cannot count, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from compliance.document import bare_etag
from compliance.outcome import Answer, Outcome, ReviewState, Verdict, Vote
from compliance.people.identity import person_key, same_person
from compliance.policy import Policy
from compliance.review import Decision, EndedRight, Head
from compliance.verdict import Tally

# More than any review needs, even if minds may be changed. A review is read and judged as a whole.
MOST_DECISIONS: Final = 1000
MOST_OF_ONE_PERSON: Final = 20  # so that nobody can fill a review alone by changing their mind


class Refusal(NamedTuple):
    """An answer that refuses, with its text for people."""

    answer: Answer
    text: str


def refusal_of(head: Head, tally: Tally, decision: Decision) -> Refusal | None:
    """Say why this decision cannot be recorded now. None if it can.

    The caller checks first whether it was recorded before.
    """
    return (
        _late_refusal(head, decision) or _version_refusal(head, decision) or _permission_refusal(head, tally, decision)
    )


def over_refusal(head: Head) -> Refusal:
    """Say that nothing can count any more in a review that is decided, and why if no person decided it."""
    if head.verdict is Verdict.GONE or head.outcome is Outcome.GONE:
        text = "the document is gone: it was deleted or renamed while it waited, so nothing can count"
    elif head.verdict is Verdict.SUPERSEDE or head.outcome is Outcome.SUPERSEDED:
        text = "the document was replaced while it waited; its present version has a review of its own"
    else:
        text = f"the review was already decided ({head.verdict}); nothing more can count"
    return Refusal(Answer.LATE, text)


def _late_refusal(head: Head, decision: Decision) -> Refusal | None:
    if head.state is not ReviewState.OPEN:
        return over_refusal(head)
    if head.last_deadline and decision.enqueued_at > head.last_deadline:
        return Refusal(Answer.LATE, f"it arrived after the deadline {head.last_deadline.isoformat()}")
    return None


def _version_refusal(head: Head, decision: Decision) -> Refusal | None:
    document = head.document
    if decision.document_sha256 and decision.document_sha256 != document.sha256:
        return Refusal(Answer.WRONG_VERSION, f"the document under review has the SHA-256 {document.sha256}")
    if decision.etag and bare_etag(decision.etag) != bare_etag(document.etag):
        return Refusal(Answer.WRONG_VERSION, f"the document under review has the ETag {document.etag}")
    return None


def right_refusal(rights: Sequence[EndedRight], people: Iterable[str | None], at: datetime) -> Refusal | None:
    """Say why one of these people may not take part at this moment, if these rights have ended. None if all may."""
    for name in filter(None, people):
        for right in rights:
            if same_person(name, right.person) and right.holds_at(at):
                since = f"{right.starts.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
                text = f"the right of {name} to take part ended on {since}: {right.reason}"
                return Refusal(Answer.NOT_PERMITTED, text)
    return None


def _permission_refusal(head: Head, tally: Tally, decision: Decision) -> Refusal | None:
    policy, person = head.policy, decision.person
    people = (decision.reviewer, decision.known_as, decision.on_behalf_of)
    for at in (decision.enqueued_at, decision.received_at):  # the first is the word of the sender
        if refusal := right_refusal(head.ended_rights, people, at):
            return refusal
    if head.last_seq >= MOST_DECISIONS:
        text = f"the review has {MOST_DECISIONS} decisions already and holds no more; ask its submitter to withdraw it"
        return Refusal(Answer.NOT_PERMITTED, text)
    if tally.vote_counts.get(person, 0) >= MOST_OF_ONE_PERSON:
        who = decision.on_behalf_of or decision.reviewer
        return Refusal(
            Answer.NOT_PERMITTED, f"{who} has decided {MOST_OF_ONE_PERSON} times, the last of which counts; no more can"
        )
    if barred := _barred_person(head, decision):
        return Refusal(
            Answer.NOT_PERMITTED, f"nobody decides on a document {_relation(head, barred)}; ask another reviewer"
        )
    if person in tally.decided_before or (person in tally.votes and not policy.may_change_mind):
        return _repeat_refusal(decision.on_behalf_of or decision.reviewer)
    if tally.place_of(decision.sender) not in (None, person):
        return _repeat_refusal(decision.reviewer)
    if not policy.stages[tally.stage].admits(person):
        return _stage_refusal(head, tally, decision.on_behalf_of or decision.known_as or decision.reviewer)
    has_comment = bool(decision.comment and decision.comment.strip())
    if policy.comment_required_on_reject and decision.vote is Vote.REJECT and not has_comment:
        return Refusal(Answer.NOT_PERMITTED, "a rejection needs a comment; send it again with one")
    return None


def _barred_person(head: Head, decision: Decision) -> str | None:
    """Return the first person behind the decision who may not decide on this document, or None.

    People involved with the document can neither delegate nor be delegates, even if duties are not separated.
    """
    barred = head.involved if decision.on_behalf_of else head.barred
    people = (decision.reviewer, decision.known_as, decision.on_behalf_of)
    return next((name for name in people if name and person_key(name) in barred), None)


def _relation(head: Head, barred: str) -> str:
    if head.submitter and same_person(barred, head.submitter):
        return "of their own"
    if head.modifier and same_person(barred, head.modifier):
        return "they have changed"
    submitted = any(same_person(barred, name) for name in head.earlier_submitters)
    return f"of which they have {'submitted' if submitted else 'changed'} an earlier version"


def newer_policy_refusal(head: Head, current: Policy | None, reviewer: str) -> Refusal | None:
    """Say that a person is a reviewer only in the policy of today, which the review does not follow. None if not so."""
    person, kept = person_key(reviewer), head.policy
    if current is None or person in head.barred or any(stage.admits(person) for stage in kept.stages):
        return None
    if not any(stage.admits(person) for stage in current.stages):
        return None
    text = (
        f"this review keeps version {kept.version} of the policy, from before {reviewer} was a reviewer; "
        f"a new version of the document gets version {current.version}"
    )
    return Refusal(Answer.NOT_PERMITTED, text)


def _repeat_refusal(name: str) -> Refusal:
    return Refusal(Answer.NOT_PERMITTED, f"{name} has decided already; one person counts once")


def _stage_refusal(head: Head, tally: Tally, reviewer: str) -> Refusal:
    stages, person = head.policy.stages, person_key(reviewer)
    if later := next((stage for stage in stages[tally.stage + 1 :] if stage.admits(person)), None):
        text = f"{reviewer} decides in the stage {later.name}, which is not open yet; send it again when you are asked"
        return Refusal(Answer.STAGE_NOT_OPEN, text)
    if earlier := next((stage for stage in stages[: tally.stage] if stage.admits(person)), None):
        text = (
            f"the stage {earlier.name}, in which {reviewer} might have decided, is over; nothing more can count there"
        )
        return Refusal(Answer.NOT_PERMITTED, text)
    return Refusal(Answer.NOT_PERMITTED, f"{reviewer} is not a reviewer of this document class")
