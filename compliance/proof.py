"""The terms on which a proof of identity counts for the message it came with. Signatures are verified elsewhere.

The broker's times are the only clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance.outcome import Answer
from compliance.people.identity import same_person
from compliance.refusal import Refusal

LONGEST_AGE: Final = timedelta(hours=1)  # from signing to the broker: time to sign on one machine and send from another
CLOCK_SKEW: Final = timedelta(minutes=5)  # how far a signer's clock may run ahead of the broker's


@dataclass(frozen=True, slots=True)
class Statement:
    """A person's signed words on a review: everything that makes the message count, and nothing else."""

    review_id: str
    decision_id: str | None  # None for a withdrawal, which takes effect once in a review
    decision: str
    reviewer: str  # for a withdrawal the submitter
    document_sha256: str | None
    comment_sha256: str | None  # None if there is no comment


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """The owner of a key, and the times for which it counts."""

    reviewer: str | None  # None for a key of the front door, which vouches for others
    not_before: datetime | None = None
    not_after: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement whose signature was verified, with the signer's time and the key's terms."""

    statement: Statement
    signed_at: datetime
    key: KeyTerms


def contradiction(
    expected: Statement, signed: SignedStatement, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Say why a verified statement does not prove a message, whose statement would be `expected`. None if it does.

    `first_enqueued` is the broker's time of the first copy of the message: age and validity are judged by it, so that
    a rotated key still vouches for what it signed in its time. `enqueued` is the broker's time of this copy, which
    nobody else can set: revocation is judged by it, whatever past the message claims.
    """
    return difference(expected, signed.statement) or trust_refusal(
        expected.reviewer, signed.signed_at, signed.key, first_enqueued, enqueued
    )


def difference(expected: Statement, signed: Statement) -> Refusal | None:
    """Say in what a statement differs from the expected one. None if in nothing."""
    for signed_value, expected_value, what in (
        (signed.review_id, expected.review_id, "review"),
        (signed.decision_id, expected.decision_id, "decision (decisionId)"),
        (signed.document_sha256, expected.document_sha256, "document (documentSha256)"),
    ):
        if signed_value != expected_value:
            return Refusal(Answer.PROOF_REPLAYED, f"the proof was made for another {what}; sign this very decision")
    for signed_value, expected_value, what in (
        (signed.decision, expected.decision, "decision"),
        (signed.reviewer, expected.reviewer, "reviewer"),
        (signed.comment_sha256, expected.comment_sha256, "comment (commentSha256)"),
    ):
        if signed_value != expected_value:
            return _invalid(f"the proof and the message differ in the {what}; sign what you send, send what you signed")
    return None


def trust_refusal(
    person: str, signed_at: datetime, key: KeyTerms, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Say why a signature with this key at that time does not count as this person's. None if it does.

    The times are as in `contradiction`.
    """
    return _key_refusal(person, key, first_enqueued, enqueued) or time_refusal(signed_at, first_enqueued)


def counts_for(key: KeyTerms, person: str, first_enqueued: datetime, enqueued: datetime) -> bool:
    """Return whether a key is this person's and counts for a message. The times are as in `contradiction`."""
    return _key_refusal(person, key, first_enqueued, enqueued) is None


def _key_refusal(person: str, key: KeyTerms, first_enqueued: datetime, enqueued: datetime) -> Refusal | None:
    if key.reviewer is None or not same_person(key.reviewer, person):
        return _invalid("the proof is signed with another person's key; sign with a key of your own")
    return validity_refusal(key, first_enqueued, enqueued)


def validity_refusal(key: KeyTerms, first_enqueued: datetime, enqueued: datetime) -> Refusal | None:
    """Say why a key does not count for a message of these times, which are as in `contradiction`. None if it does."""
    if key.revoked_at and enqueued >= key.revoked_at:
        return _invalid(f"the key is revoked since {key.revoked_at.isoformat()}; sign again with a new one")
    if key.not_before and first_enqueued < key.not_before:
        return _invalid(f"the key counts from {key.not_before.isoformat()} on; sign with one that counts now")
    if key.not_after and first_enqueued > key.not_after:
        return _invalid(f"the key counted until {key.not_after.isoformat()}; sign again with a newer one")
    return None


def time_refusal(signed_at: datetime, first_enqueued: datetime) -> Refusal | None:
    """Say why a signature of this time is too old, or ahead of a message's first copy. None if it is not."""
    if first_enqueued - signed_at > LONGEST_AGE:
        return _invalid(f"it was signed more than {LONGEST_AGE} before it was sent; sign again, then send at once")
    if signed_at - first_enqueued > CLOCK_SKEW:
        return _invalid(f"it was signed more than {CLOCK_SKEW} after it was sent; set the signer's clock right")
    return None


def _invalid(text: str) -> Refusal:
    return Refusal(Answer.PROOF_INVALID, text)
