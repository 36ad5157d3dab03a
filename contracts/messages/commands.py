"""Messages on the queue `operator-commands`. Whoever may send there is an operator."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints

from contracts.messages.fields import Person, ReviewId, check_not_blank
from contracts.messages.parsing import excerpt, validate_message
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.models import InboundModel

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(check_not_blank)]


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


Command = AnnounceOutcomeV1


def parse_command(body: bytes) -> Command:
    """Parse a message on `operator-commands`. Raises MalformedMessageError with what is wrong and where."""
    fields: dict[str, Any] = parse_object(body)
    match fields.get("type"):
        case "AnnounceOutcomeV1":
            return validate_message(AnnounceOutcomeV1, fields)
        case other:
            raise MalformedMessageError(f"the type {excerpt(other)} is not known here; send AnnounceOutcomeV1")
