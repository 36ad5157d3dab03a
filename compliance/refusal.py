"""Why a decision cannot count, with what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple

from compliance.document import bare_etag
from compliance.identity import identity_of, same_person
from compliance.outcome import Answer, ReviewState, Verdict
from compliance.review import Decision, Head
from compliance.verdict import Progress

# More than people are asked, where minds may be changed too. A review is read and judged as a whole.
MOST_DECISIONS: Final = 1000
MOST_OF_ONE_PERSON: Final = 20  # so that nobody can fill a review alone by changing their mind


class Refusal(NamedTuple):
    """The answer, and its text for people."""

    answer: Answer
    text: str


def refusal_of(head: Head, progress: Progress, decision: Decision) -> Refusal | None:
    """Why this decision cannot be recorded now, or None. Whether it was recorded before is the caller's to find out."""
    return _too_late(head, decision) or _about_other_bytes(head, decision) or _not_permitted(head, progress, decision)


def _too_late(head: Head, decision: Decision) -> Refusal | None:
    if head.state is not ReviewState.OPEN:
        return Refusal(Answer.LATE, f"the review was already decided ({head.verdict}); nothing more can count")
    if head.last_deadline and decision.enqueued_at > head.last_deadline:
        return Refusal(Answer.LATE, f"it arrived after the deadline {head.last_deadline.isoformat()}")
    return None


def _about_other_bytes(head: Head, decision: Decision) -> Refusal | None:
    document = head.document
    if decision.document_sha256 and decision.document_sha256 != document.sha256:
        return Refusal(Answer.WRONG_VERSION, f"the document under review has the SHA-256 {document.sha256}")
    if decision.etag and bare_etag(decision.etag) != bare_etag(document.etag):
        return Refusal(Answer.WRONG_VERSION, f"the document under review has the ETag {document.etag}")
    return None


def _not_permitted(head: Head, progress: Progress, decision: Decision) -> Refusal | None:
    policy, person = head.policy, decision.person
    if head.last_seq >= MOST_DECISIONS:
        text = f"the review has {MOST_DECISIONS} decisions already and holds no more; ask its submitter to withdraw it"
        return Refusal(Answer.NOT_PERMITTED, text)
    if progress.words.get(person, 0) >= MOST_OF_ONE_PERSON:
        who = decision.on_behalf_of or decision.reviewer
        return Refusal(
            Answer.NOT_PERMITTED, f"{who} has decided {MOST_OF_ONE_PERSON} times, the last of which counts; no more can"
        )
    if barred := _barred(head, decision):
        relation = "of their own" if head.submitter and same_person(barred, head.submitter) else "they have changed"
        return Refusal(Answer.NOT_PERMITTED, f"nobody decides on a document {relation}; ask another reviewer")
    if person in progress.decided_before or (person in progress.said and not policy.may_change_mind):
        return _decided(decision.on_behalf_of or decision.reviewer)
    if progress.place_of(identity_of(decision.reviewer)) not in (None, person):
        return _decided(decision.reviewer)
    if not policy.stages[progress.stage].admits(person):
        return _of_another_stage(head, progress, decision.on_behalf_of or decision.reviewer)
    says_why = bool(decision.comment and decision.comment.strip())
    if policy.comment_required_on_reject and decision.verdict is Verdict.REJECT and not says_why:
        return Refusal(Answer.NOT_PERMITTED, "a rejection needs a comment; send it again with one")
    return None


def _barred(head: Head, decision: Decision) -> str | None:
    """Whoever of the people behind a decision is too near to the document.

    A delegation never reaches those who are, nor is it theirs to give, even where duties are not separated.
    """
    near = head.involved if decision.on_behalf_of else head.barred
    people = (decision.reviewer, decision.on_behalf_of)
    return next((name for name in people if name and identity_of(name) in near), None)


def _decided(name: str) -> Refusal:
    return Refusal(Answer.NOT_PERMITTED, f"{name} has decided already; one person counts once")


def _of_another_stage(head: Head, progress: Progress, reviewer: str) -> Refusal:
    stages, person = head.policy.stages, identity_of(reviewer)
    if later := next((stage for stage in stages[progress.stage + 1 :] if stage.admits(person)), None):
        text = f"{reviewer} decides in the stage {later.name}, which is not open yet; send it again when you are asked"
        return Refusal(Answer.STAGE_NOT_OPEN, text)
    if earlier := next((stage for stage in stages[: progress.stage] if stage.admits(person)), None):
        text = (
            f"the stage {earlier.name}, in which {reviewer} might have decided, is over; nothing more can count there"
        )
        return Refusal(Answer.NOT_PERMITTED, text)
    return Refusal(Answer.NOT_PERMITTED, f"{reviewer} is not a reviewer of this document class")
