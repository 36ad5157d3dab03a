"""The forms of fields in messages from others: identifiers, people, hashes, names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from compliance.people.identity import person_key
from contracts.blob_path import canonical_name

# C0 controls, DEL and C1 controls never belong in an identifier or a person's name, and blanks alone name nothing.
PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
_64_HEX_DIGITS: Final = r"^[0-9a-f]{64}$"
_GUID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
TWO_HEX_DIGITS: Final = r"^[0-9a-f]{2}$"
_ROOM: Final = timedelta(days=366)  # for time zones and periods that are added later
MEANING: Final = {
    PRINTABLE: "must be printable text, neither blank nor with control characters",
    _64_HEX_DIGITS: "must be 64 lowercase hexadecimal digits",
    _GUID: "must be a GUID in lower case, such as 3f0b6d1e-4f6a-4d0c-9d6e-2b7a5c1e8f40",
    TWO_HEX_DIGITS: "must be 2 lowercase hexadecimal digits",
}


def _check_visible(name: str) -> str:
    if not person_key(name):
        raise ValueError("must name somebody: nothing of it can be seen")
    return name


def check_not_blank(text: str) -> str:
    """Return the text. Raises ValueError if it has nothing but blanks."""
    if not text.strip():
        raise ValueError("must say something")
    return text


def check_room(moment: datetime) -> datetime:
    """Return a time that leaves room to be converted to other time zones. Raises ValueError for others."""
    try:
        in_utc = moment.astimezone(UTC)
        _ = in_utc - _ROOM, in_utc + _ROOM
    except OverflowError:
        raise ValueError("must be in the years 2 to 9998") from None
    return moment


def _check_zone(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("must have a time zone, such as 2026-03-02T09:30:00Z")
    check_room(moment)
    return text


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
Person = Annotated[
    str, StringConstraints(min_length=1, max_length=256, pattern=PRINTABLE), AfterValidator(_check_visible)
]
Guid = Annotated[str, StringConstraints(pattern=_GUID)]
ReviewId = Annotated[str, StringConstraints(pattern=_64_HEX_DIGITS)]
Sha256 = Annotated[str, StringConstraints(pattern=_64_HEX_DIGITS)]
ETag = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
Comment = Annotated[str, StringConstraints(max_length=4000)]
RequiredComment = Annotated[Comment, AfterValidator(check_not_blank)]
Proof = Annotated[str, StringConstraints(max_length=8192)]  # a compact JWS: contracts/proofs/decision_proof.py
Moment = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_zone)]  # ISO 8601 with a time zone
BlobName = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(canonical_name)]
