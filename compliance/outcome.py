"""The words for what reviewers say, how far a review is, and how it ends."""

from __future__ import annotations

from enum import StrEnum


class ReviewState(StrEnum):
    """`open` -> `decided` -> `closed`, never back."""

    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"


class Vote(StrEnum):
    """One reviewer's word. A request for changes ends the review: it is rejected."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request_changes"


class Verdict(StrEnum):
    """The end that a decided review comes to. `close` turns it into an outcome, after the document was moved."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    GONE = "gone"


class Outcome(StrEnum):
    """How a review ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"  # its document was replaced
    GONE = "gone"  # its document was deleted or renamed
    FAILED = "failed"


class Reason(StrEnum):
    """The reason for an outcome that does not explain itself."""

    EMPTY = "empty"
    CONTENT_MISMATCH = "content_mismatch"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    ENCRYPTED = "encrypted"
    ARCHIVE_BOMB = "archive_bomb"
    MACROS = "macros"
    ACTIVE_CONTENT = "active_content"
    EXECUTABLE = "executable"
    EXTERNAL_CONTENT = "external_content"
    FORMULA = "formula"
    ATTACHMENT = "attachment"
    HIDDEN_MATTER = "hidden_matter"
    SENSITIVITY_LABEL = "sensitivity_label"
    OTHER_FORMAT = "other_format"
    MISLEADING_NAME = "misleading_name"
    RESTRICTED = "restricted"
    NOT_INSPECTED = "not_inspected"
    MALWARE = "malware"
    SCAN_MISSING = "scan_missing"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    INSPECTION_TIMEOUT = "inspection_timeout"
    NOT_AS_SUBMITTED = "not_as_submitted"
    HASH_MISMATCH = "hash_mismatch"
    TARGET_TAKEN = "target_taken"
    APPROVAL_UNREACHABLE = "approval_unreachable"
    CHANGES_REQUESTED = "changes_requested"


class Answer(StrEnum):
    """The answer to the sender of a decision."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    LATE = "late"
    UNKNOWN_REVIEW = "unknown_review"
    NOT_PERMITTED = "not_permitted"
    STAGE_NOT_OPEN = "stage_not_open"
    WRONG_VERSION = "wrong_version"
    ID_REUSED = "id_reused"
    PROOF_MISSING = "proof_missing"
    PROOF_INVALID = "proof_invalid"
    PROOF_REPLAYED = "proof_replayed"
    WRONG_PERSON = "wrong_person"
    MALFORMED = "malformed"
    NOT_PROCESSED = "not_processed"

    @property
    def refused(self) -> bool:
        """True if the decision cannot count."""
        return self not in (Answer.RECORDED, Answer.DUPLICATE)


_OUTCOMES = {
    Verdict.APPROVE: Outcome.APPROVED,
    Verdict.REJECT: Outcome.REJECTED,
    Verdict.EXPIRE: Outcome.EXPIRED,
    Verdict.WITHDRAW: Outcome.WITHDRAWN,
    Verdict.SUPERSEDE: Outcome.SUPERSEDED,
    Verdict.GONE: Outcome.GONE,
}


PREVENTING = (Outcome.SUPERSEDED, Outcome.GONE, Outcome.FAILED)  # the outcomes of reviews whose document was not moved


def outcome_of(verdict: Verdict) -> Outcome:
    """Return the outcome of a review whose verdict was carried out."""
    return _OUTCOMES[verdict]
