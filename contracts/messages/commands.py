"""Messages on the queue `operator-commands`. Whoever may send there is an operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from contracts.messages.envelopes import read_object, refuse_wrapped
from contracts.messages.fields import (
    TWO_HEX_DIGITS,
    Guid,
    Identifier,
    Moment,
    Person,
    ReviewId,
    Sha256,
    check_not_blank,
)
from contracts.messages.parsing import excerpt, validate_message
from contracts.messages.strict_json import MalformedMessageError
from contracts.models import InboundModel

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(check_not_blank)]
ShortReason = Annotated[Reason, StringConstraints(max_length=200)]


class ReviewCommand(InboundModel):
    """The fields of every command about one review."""

    review_id: ReviewId
    """Id of the review: 64 lowercase hexadecimal digits."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept in the audit trail."""
    reason: Reason
    """Reason, for people: 1 to 1000 characters. Kept in the audit trail."""


class AnnounceOutcomeV1(ReviewCommand):
    """Have the outcome of a finished review announced again, on queue `operator-commands`."""

    type: Literal["AnnounceOutcomeV1"]
    """Type of the message."""


class RevokePersonV1(InboundModel):
    """End a person's right to take part in reviews, on queue `operator-commands`."""

    type: Literal["RevokePersonV1"]
    """Type of the message."""
    person: Person
    """Name of the person: 1 to 256 printable characters."""
    starts: Moment | None = Field(default=None, alias="from")
    """From when on the right has ended: ISO 8601 with a time zone. If absent: unchanged if `until` is given and the
    person is revoked already, else the broker's time of this message."""
    until: Moment | None = None
    """From when on the person has the right again: ISO 8601 with a time zone; absent if never."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept in the audit trail."""
    reason: ShortReason
    """Reason, for people: 1 to 200 characters. Kept in the audit trail, and told to the person."""


class BindPersonV1(InboundModel):
    """Bind a name to a person's account, on queue `operator-commands`."""

    type: Literal["BindPersonV1"]
    """Type of the message."""
    person: Person
    """Name of the person, as policies spell it: 1 to 256 printable characters."""
    tenant_id: Guid
    """Id of the person's tenant, the claim `tid`: a GUID in lower case."""
    object_id: Guid
    """Id of the person in the tenant, the claim `oid`: a GUID in lower case."""
    replace: bool = False
    """True to take the name from another account that has it, and to give another name to an account that has one. The
    account keeps its earlier names, so that the person stays one in open reviews."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept with the binding."""
    reason: ShortReason
    """Reason, for people: 1 to 200 characters. Kept with the binding."""


class UnbindPersonV1(InboundModel):
    """Take a name from the account that has it, on queue `operator-commands`."""

    type: Literal["UnbindPersonV1"]
    """Type of the message."""
    person: Person
    """Name of the person: 1 to 256 printable characters."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept with the change."""
    reason: ShortReason
    """Reason, for people: 1 to 200 characters. Kept with the change."""


class ReassignPlaceV1(InboundModel):
    """Give the open place of a reviewer to another person, on queue `operator-commands`."""

    type: Literal["ReassignPlaceV1"]
    """Type of the message."""
    review_id: ReviewId
    """Id of the review: 64 lowercase hexadecimal digits."""
    replaced: Person
    """Name of the reviewer whose place it is: 1 to 256 printable characters."""
    replacement: Person
    """Name of the person who gets it: 1 to 256 printable characters."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept in the audit trail."""
    reason: ShortReason
    """Reason, for people: 1 to 200 characters. Kept in the audit trail."""


class QuarantineHandledV1(InboundModel):
    """An operator takes a message off a quarantine, on queue `operator-commands`: recorded before anything is done."""

    type: Literal["QuarantineHandledV1"]
    """Type of the message."""
    step_id: Identifier
    """Id of this step, chosen by the sender: 1 to 128 printable characters. The same step sent again has the same
    id and is recorded once."""
    action: Literal["replay", "discard"]
    """What is done to the message: sent to its own queue again, or deleted."""
    queue: Literal["decisions-quarantine", "submissions-quarantine", "commands-quarantine"]
    """Queue that holds the message."""
    quarantined_id: Sha256
    """Id of the message as `compliance quarantine list` shows it: 64 lowercase hexadecimal digits."""
    sequence_number: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    """Number that the broker gave the message in that queue; if absent, its first 10,000 messages are searched."""
    by: Person
    """Name of the operator: 1 to 256 printable characters. Kept in the audit trail."""
    reason: Reason
    """Reason, for people: 1 to 1000 characters. Kept in the audit trail."""
    edited: bool = False
    """True if the body was corrected before it is sent again."""
    review_id: ReviewId | None = None
    """Id of the review that the message is about, 64 lowercase hexadecimal digits; absent if the message names none
    that can be read. An edited message may be about another review than before."""


class ReviewRepairV1(ReviewCommand):
    """Have a review that storage contradicts closed as its decisions or its copy say, on queue `operator-commands`."""

    type: Literal["ReviewRepairV1"]
    """Type of the message."""
    copy_at: Annotated[str, StringConstraints(min_length=1, max_length=1100)] | None = None
    """Container and name, as `container/name`, of the published or archived copy that names the review, if the ledger
    has lost the review and its document is in no incoming container."""


class ReindexLedgerV1(InboundModel):
    """Have the lists of reviews written anew, on queue `operator-commands`, for example after an import."""

    type: Literal["ReindexLedgerV1"]
    """Type of the message."""
    ids_starting_with: Annotated[str, StringConstraints(pattern=TWO_HEX_DIGITS)]
    """First two digits of the ids of the reviews that are listed: lowercase hexadecimal."""
    by: Person
    """Name of the operator: 1 to 256 printable characters."""


Command = (
    AnnounceOutcomeV1
    | RevokePersonV1
    | BindPersonV1
    | UnbindPersonV1
    | ReassignPlaceV1
    | QuarantineHandledV1
    | ReviewRepairV1
    | ReindexLedgerV1
)


def parse_command(body: bytes) -> Command:
    """Parse a message on `operator-commands`. Raises MalformedMessageError with what is wrong and where."""
    fields = read_object(body)
    match fields.get("type"):
        case "AnnounceOutcomeV1":
            return validate_message(AnnounceOutcomeV1, fields)
        case "RevokePersonV1":
            return validate_message(RevokePersonV1, fields)
        case "BindPersonV1":
            return validate_message(BindPersonV1, fields)
        case "UnbindPersonV1":
            return validate_message(UnbindPersonV1, fields)
        case "ReassignPlaceV1":
            return validate_message(ReassignPlaceV1, fields)
        case "QuarantineHandledV1":
            return validate_message(QuarantineHandledV1, fields)
        case "ReviewRepairV1":
            return validate_message(ReviewRepairV1, fields)
        case "ReindexLedgerV1":
            return validate_message(ReindexLedgerV1, fields)
        case other:
            refuse_wrapped(fields)
            known = (
                "AnnounceOutcomeV1, RevokePersonV1, BindPersonV1, UnbindPersonV1, ReassignPlaceV1, "
                "QuarantineHandledV1, ReviewRepairV1 or ReindexLedgerV1"
            )
            text = f"the type {excerpt(other)} is not known here; send {known}"
            raise MalformedMessageError(text)
