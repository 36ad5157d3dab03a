"""Blob metadata of documents: set by the uploader in `pending`, by the app on published and archived copies.

Metadata holds ASCII only, so values are percent-encoded UTF-8: `Zo%C3%AB` is Zoë. Plain ASCII stays as it is.
https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from pydantic import TypeAdapter, ValidationError

from contracts.messages.fields import Person
from contracts.messages.strict_json import MalformedMessageError

# Names are C# identifiers; storage keeps them in any case.
DOCUMENT_CLASS: Final = "documentclass"
SUBMITTER: Final = "submitter"
MODIFIER: Final = "modifier"  # who changed the document last

# Set by the app on the copy that it publishes or archives: the review, and the last record of its audit trail by number
# and digest. The copy is made before the review is closed, so that record is the decision, not the closing.
REVIEW_ID: Final = "reviewid"
AUDIT_RECORD: Final = "auditrecord"
AUDIT_DIGEST: Final = "auditdigest"
# Also set by the app, so that a copy says what it is a copy of if the ledger was restored to an older state.
VERDICT: Final = "verdict"  # that the copy carries out
DOCUMENT_CONTAINER: Final = "documentcontainer"  # with the next one and the document's name: what the review's id is of
DOCUMENT_ETAG: Final = "documentetag"
DOCUMENT_SHA256: Final = "documentsha256"
NAME_BEGINS: Final = "documentnamebegins"  # in base64 of UTF-8: the beginning for which `archived` has no room
REPLACES: Final = "replaces"  # the review whose published copy this one took the place of
SET_BY_APP: Final = frozenset(
    {
        REVIEW_ID,
        AUDIT_RECORD,
        AUDIT_DIGEST,
        VERDICT,
        DOCUMENT_CONTAINER,
        DOCUMENT_ETAG,
        DOCUMENT_SHA256,
        NAME_BEGINS,
        REPLACES,
    }
)

_VALUE: TypeAdapter[str] = TypeAdapter(Person)


def metadata_of(document_class: str | None, submitter: str | None, modifier: str | None = None) -> dict[str, str]:
    """Make the metadata of a document to upload. Raises MalformedMessageError for a value that the app would refuse."""
    values = {DOCUMENT_CLASS: document_class, SUBMITTER: submitter, MODIFIER: modifier}
    metadata = {name: quote(value, safe="@+,:") for name, value in values.items() if value is not None}
    for name in metadata:
        metadata_value(metadata, name)
    return metadata


def metadata_value(metadata: Mapping[str, str], name: str) -> str | None:
    """Read a value that an uploader has set. Raises MalformedMessageError if it is no printable text of 1 to 256."""
    if name not in metadata:
        return None
    try:
        return _VALUE.validate_python(unquote(metadata[name], errors="strict"))
    except (UnicodeDecodeError, ValidationError) as error:
        raise MalformedMessageError(
            f"the blob metadata {name} is not 1 to 256 printable characters (beyond ASCII: percent-encoded UTF-8)"
        ) from error
