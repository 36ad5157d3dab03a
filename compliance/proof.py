"""What a proof of identity must say so that the message it came with counts. The signature itself is checked elsewhere.

The broker's times are the clock: nothing here, and no sender, reads another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance.identity import same_person
from compliance.outcome import Answer
from compliance.refusal import Refusal
from compliance.review import Head, Transition

LONGEST_AGE: Final = timedelta(hours=1)  # from signing to the broker: time to sign on one machine and send from another
CLOCK_SKEW: Final = timedelta(minutes=5)  # how far a signer's clock may run ahead of the broker's


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says of a review: everything that makes the message count, and nothing else."""

    review_id: str
    decision_id: str | None  # a withdrawal has none: it takes effect once in a review
    decision: str
    reviewer: str  # of a withdrawal: the submitter
    document_sha256: str | None
    comment_sha256: str | None  # None where there is no comment


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """Whose a key is and for which messages it counts."""

    reviewer: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement whose signature was found right, when its signer says it was made, and the key's terms."""

    statement: Statement
    signed_at: datetime
    key: KeyTerms


def contradiction(
    said: Statement, signed: SignedStatement, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Why a rightly signed statement does not prove what a message says; None where it does.

    `first_enqueued` is when the broker took the message for the first time: age and validity are judged by it, so that
    a rotated key still vouches for what it signed in its time. `enqueued` is when it took this copy, which nobody but
    the broker can set: a revoked key is judged by it, whatever past the message claims.
    """
    for claimed, expected, what in (
        (signed.statement.review_id, said.review_id, "review"),
        (signed.statement.decision_id, said.decision_id, "decision (decisionId)"),
        (signed.statement.document_sha256, said.document_sha256, "document (documentSha256)"),
    ):
        if claimed != expected:
            return Refusal(Answer.PROOF_REPLAYED, f"the proof was made for another {what}; sign this very decision")
    for claimed, expected, what in (
        (signed.statement.decision, said.decision, "decision"),
        (signed.statement.reviewer, said.reviewer, "reviewer"),
        (signed.statement.comment_sha256, said.comment_sha256, "comment (commentSha256)"),
    ):
        if claimed != expected:
            return _invalid(f"the proof and the message differ in the {what}; sign what you send, send what you signed")
    return untrusted(said.reviewer, signed.signed_at, signed.key, first_enqueued, enqueued)


def untrusted(
    person: str, signed_at: datetime, key: KeyTerms, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Why what was signed with this key at that time does not count as this person's word; None where it does.

    The times are as in `contradiction`.
    """
    return _key_does_not_count(person, key, first_enqueued, enqueued) or _untimely(signed_at, first_enqueued)


def counted_if_proven(head: Head, transition: Transition, proven: Callable[[Head], Refusal | None]) -> Transition:
    """A transition that would write becomes a refusal where `proven` finds its sender unproven.

    Whatever writes nothing stays as it is and is not asked about: a repeated message is answered as it was the first
    time, whether or not its key still counts.
    """
    unproven = proven(head) if transition.writes else None
    if unproven is None:
        return transition
    return Transition(head, answer=unproven.answer, explanation=unproven.text)


def _key_does_not_count(person: str, key: KeyTerms, first_enqueued: datetime, enqueued: datetime) -> Refusal | None:
    if not same_person(key.reviewer, person):
        return _invalid("the proof is signed with another person's key; sign with a key of your own")
    if key.revoked_at and enqueued >= key.revoked_at:
        return _invalid(f"the key is revoked since {key.revoked_at.isoformat()}; sign again with a new one")
    if key.not_before and first_enqueued < key.not_before:
        return _invalid(f"the key counts from {key.not_before.isoformat()} on; sign with one that counts now")
    if key.not_after and first_enqueued > key.not_after:
        return _invalid(f"the key counted until {key.not_after.isoformat()}; sign again with a newer one")
    return None


def _untimely(signed_at: datetime, first_enqueued: datetime) -> Refusal | None:
    if first_enqueued - signed_at > LONGEST_AGE:
        return _invalid(f"it was signed more than {LONGEST_AGE} before it was sent; sign again, then send at once")
    if signed_at - first_enqueued > CLOCK_SKEW:
        return _invalid(f"it was signed more than {CLOCK_SKEW} after it was sent; set the signer's clock right")
    return None


def _invalid(text: str) -> Refusal:
    return Refusal(Answer.PROOF_INVALID, text)
