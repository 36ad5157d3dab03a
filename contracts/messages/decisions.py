"""Messages on the queue `review-decisions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from compliance.people.delegation import LONGEST, Delegation
from compliance.people.identity import same_person
from compliance.people.levels import Level
from contracts.digest import digest_of
from contracts.messages.envelopes import read_object, refuse_wrapped
from contracts.messages.fields import (
    Comment,
    ETag,
    Identifier,
    Moment,
    Person,
    Proof,
    RequiredComment,
    ReviewId,
    Sha256,
)
from contracts.messages.parsing import excerpt, validate_message
from contracts.messages.strict_json import MalformedMessageError
from contracts.models import InboundModel

_REVIEW_ID: TypeAdapter[str] = TypeAdapter(ReviewId)
_DECISION_ID: TypeAdapter[str] = TypeAdapter(Identifier)


class _ReviewerMessage(InboundModel):
    decision_id: Identifier
    """Id of this decision, chosen by the sender: 1 to 128 printable characters. The same decision sent again has
    the same id and is answered `duplicate`; another decision needs another id."""
    review_id: ReviewId
    """Id of the review: 64 lowercase hexadecimal digits, as in `ReviewRequestedV1`."""
    reviewer: Person
    """Name of the person who decides: 1 to 256 printable characters, compared with the policy's names without
    regard to letter case and Unicode form."""
    document_sha256: Sha256 | None = None
    """SHA-256 of the bytes that the reviewer saw: 64 lowercase hexadecimal digits. If given, the decision counts
    for these bytes only."""
    etag: ETag | None = None
    """ETag of the blob that the reviewer saw, with or without quotes. If given, the decision counts for this
    version only."""
    proof: Proof | None = None
    """Proof of identity: a compact JWS over the decision, signed with the reviewer's key; at most 8192 characters.
    Some policies require it: docs/proofs.md."""

    def digest(self) -> str:
        """Hash everything that was sent: equal for a repeated decision, different for another one under the same id."""
        return digest_of(self.model_dump(mode="json", by_alias=True, exclude_none=True))


class DecisionSubmittedV1(_ReviewerMessage):
    """A reviewer's decision, on queue `review-decisions`."""

    type: Literal["DecisionSubmittedV1"] = "DecisionSubmittedV1"
    """Type of the message; a message without it is a `DecisionSubmittedV1`."""
    decision: Literal["approve", "reject"]
    """What the reviewer decides."""
    comment: Comment | None = None
    """Reason, for people: at most 4000 characters. Kept in the ledger, left out of every event and message. Some
    policies require it of a rejection."""
    decided_at: Annotated[str, StringConstraints(max_length=64)] | None = None
    """Time of the decision by the sender's clock, at most 64 characters. Not used: the broker's time counts."""


class ChangesRequestedV1(_ReviewerMessage):
    """A reviewer requests changes, which ends the review, on queue `review-decisions`."""

    type: Literal["ChangesRequestedV1"]
    """Type of the message."""
    comment: RequiredComment
    """What to change, for people: not blank, at most 4000 characters. Kept in the ledger, left out of every event
    and message."""

    @property
    def decision(self) -> Literal["request_changes"]:
        """The vote, in the place of `DecisionSubmittedV1.decision`."""
        return "request_changes"


class ReviewWithdrawnV1(InboundModel):
    """The submitter takes the document back, on queue `review-decisions`."""

    type: Literal["ReviewWithdrawnV1"]
    """Type of the message."""
    review_id: ReviewId
    """Id of the review: 64 lowercase hexadecimal digits."""
    by: Person
    """Name of the submitter, 1 to 256 printable characters; nobody else can withdraw the document."""
    reason: Comment
    """Reason, for people: at most 4000 characters. Kept in the audit trail."""
    proof: Proof | None = None
    """Proof of identity: a compact JWS over the withdrawal, signed with the submitter's key; at most 8192
    characters. Some policies require it: docs/proofs.md."""


class RetractionV1(InboundModel):
    """Somebody takes a published document back, on queue `review-decisions`."""

    type: Literal["RetractionV1"]
    """Type of the message."""
    review_id: ReviewId
    """Id of the review that approved the document: 64 lowercase hexadecimal digits."""
    by: Person
    """Name of the person who takes it back, 1 to 256 printable characters; the policy says who may."""
    reason: RequiredComment
    """Reason, for people: not blank, at most 4000 characters. Kept in the audit trail."""
    proof: Proof | None = None
    """Proof of identity: a compact JWS over the retraction, signed with the key of `by`; at most 8192 characters.
    Some policies require it: docs/proofs.md."""


class DelegationV1(InboundModel):
    """Somebody who is away has another decide in their place for a time, on queue `review-decisions`."""

    type: Literal["DelegationV1"]
    """Type of the message."""
    by: Person
    """Name of the person who is away: 1 to 256 printable characters."""
    to: Person
    """Name of the delegate, another person: 1 to 256 printable characters."""
    starts: Moment = Field(alias="from")
    """First moment of the delegation: ISO 8601 with a time zone. The broker's time of the delegate's decision
    counts."""
    until: Moment
    """Last moment of the delegation: ISO 8601 with a time zone, at most 366 days after `from`."""
    proof: Proof | None = None
    """Proof of identity: a compact JWS over the delegation, signed with the key of `by`; at most 8192 characters.
    Some policies require it: docs/proofs.md."""

    @field_validator("to")
    @classmethod
    def _check_delegate(cls, to: str, known: ValidationInfo) -> str:
        if same_person(to, known.data.get("by", "")):
            raise ValueError("must be another person than by")
        return to

    @field_validator("until")
    @classmethod
    def _check_period(cls, until: str, known: ValidationInfo) -> str:
        if starts := known.data.get("starts"):
            time = datetime.fromisoformat(until) - datetime.fromisoformat(starts)
            if time < timedelta(0):
                raise ValueError("must not be before from")
            if time > LONGEST:
                raise ValueError(f"must be at most {LONGEST.days} days after from")
        return until

    def delegation(
        self,
        enqueued_at: datetime,
        level: Level = Level.NONE,
        key_sets: tuple[str, ...] = (),
        signed_at: datetime | None = None,
    ) -> Delegation:
        """Return the delegation as the rules use it."""
        starts, ends = datetime.fromisoformat(self.starts), datetime.fromisoformat(self.until)
        return Delegation(
            self.by,
            self.to,
            starts.astimezone(UTC),
            ends.astimezone(UTC),
            enqueued_at,
            self.proof,
            level,
            key_sets,
            signed_at,
        )


AboutReview = DecisionSubmittedV1 | ChangesRequestedV1 | ReviewWithdrawnV1 | RetractionV1
Message = AboutReview | DelegationV1


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of a body: a message, or what is wrong with it, and the ids that it names, if well formed."""

    message: Message | MalformedMessageError
    review_id: str | None = None
    decision_id: str | None = None


def read_decision(body: bytes) -> Reading:
    """Read a message on `review-decisions`, which may be malformed."""
    try:
        fields = read_object(body)
    except MalformedMessageError as malformed:
        return Reading(malformed)
    try:
        message = _message_of(fields)
    except MalformedMessageError as malformed:
        message = malformed
    return Reading(
        message, _id_or_none(_REVIEW_ID, fields.get("reviewId")), _id_or_none(_DECISION_ID, fields.get("decisionId"))
    )


def parse_decision(body: bytes) -> Message:
    """Parse a message on `review-decisions`. Raises MalformedMessageError with what is wrong and where."""
    return _message_of(read_object(body))


def _message_of(fields: dict[str, Any]) -> Message:
    if "decisionId" not in fields and "reviewId" not in fields:
        refuse_wrapped(fields)
    match fields.get("type", "DecisionSubmittedV1"):
        case "DecisionSubmittedV1":
            return validate_message(DecisionSubmittedV1, fields)
        case "ChangesRequestedV1":
            return validate_message(ChangesRequestedV1, fields)
        case "ReviewWithdrawnV1":
            return validate_message(ReviewWithdrawnV1, fields)
        case "RetractionV1":
            return validate_message(RetractionV1, fields)
        case "DelegationV1":
            return validate_message(DelegationV1, fields)
        case other:
            raise MalformedMessageError(
                f"the type {excerpt(other)} is not known here; "
                "send DecisionSubmittedV1, ChangesRequestedV1, ReviewWithdrawnV1, RetractionV1 or DelegationV1"
            )


def _id_or_none(form: TypeAdapter[str], value: object) -> str | None:
    try:
        return form.validate_python(value, strict=True)
    except ValidationError:
        return None
