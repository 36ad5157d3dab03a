"""Where the document of a review is, said only after looking, and why its bytes cannot be read there."""

from __future__ import annotations

from typing import Final

from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from cli.failures import CommandError, ExitCode
from compliance.outcome import ReviewState
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.names import ARCHIVED, PUBLISHED
from reviews.documents.comparing import Comparison, compare, place_of

_MOVED_TO: Final = (PUBLISHED, ARCHIVED)


async def whereabouts(documents: Documents, head: Head) -> str:
    """Return in words where the document is now, and whether it is still the one that the review was about."""
    path = place_of(head)
    if path is None:
        return f"nowhere: {_taken_back(head)}, and nothing of it is kept"
    why = _why_there(head)
    blob = await documents.current(path.container, path.name)
    if blob is None:
        return f"{why}gone: nothing lies at {path}"
    if path.container not in _MOVED_TO:
        return str(path) if blob.etag == head.document.etag else f"overwritten; {path} holds newer bytes"
    try:
        found = await compare(documents, head, blob)
    except DocumentChangedError:
        return f"{why}{path}, which is being changed right now"
    return f"{why}{path}{_remark(head, blob, found)}"


def _why_there(head: Head) -> str:
    if head.replaced_by:
        return f"replaced by review {head.replaced_by}; kept: "
    return f"{_taken_back(head)}; kept: " if head.retraction and head.retraction.done else ""


def _taken_back(head: Head) -> str:
    return f"taken back by {head.retraction.by}" if head.retraction else "taken back"


def _remark(head: Head, blob: Blob, found: Comparison) -> str:
    named = blob.named_review
    other = "" if named in (None, head.review_id) else f"; its metadata name review {named}"
    match found:
        case Comparison.SAME_ETAG:
            return ""
        case Comparison.SAME_BYTES:
            return other
        case Comparison.UNREADABLE:
            return f", written to since it was moved, and in the Archive tier: its bytes were not compared{other}"
        case Comparison.NEVER_HASHED:
            return f", written to since it was moved, and the document was never hashed: not compared{other}"
        case Comparison.OTHER_LENGTH | Comparison.OTHER_BYTES:
            return f", but with other bytes: somebody has changed it{other}"


async def blob_to_read(documents: Documents, head: Head) -> Blob:
    """Return the blob that should hold the bytes under review. Raises CommandError if they cannot be there."""
    path = place_of(head)
    if path is None:
        text = f"{_taken_back(head)}, and nothing of the document is kept: its published copy had been removed before"
        raise CommandError(text, ExitCode.NOT_FOUND)
    blob = await documents.current(path.container, path.name)
    if blob is None:
        raise CommandError(f"{path} is gone: {_why_gone(head, path)}", ExitCode.NOT_FOUND)
    if path.container not in _MOVED_TO and blob.etag != head.document.etag:
        raise CommandError(f"{path} was overwritten; the version under review is gone", ExitCode.NOT_FOUND)
    return blob


def _why_gone(head: Head, path: BlobPath) -> str:
    deleted = "somebody has deleted it; `compliance repair` puts that on record"
    if head.copy_lost:
        return "that is on record, see `compliance show`"
    if head.replaced_by:
        return f"the version was replaced by that of review {head.replaced_by} and kept there; {deleted}"
    if head.retraction:
        return f"the document was {_taken_back(head)} and kept there; {deleted}"
    if path.container in _MOVED_TO:
        return f"the document was moved there after its review; {deleted}"
    if head.state is ReviewState.CLOSED:
        return f"the document was deleted or renamed, and the review ended as {head.outcome}"
    return "the document was deleted, renamed, or is just being moved; see `compliance show`"


def other_bytes(head: Head, blob: Blob, sha256: str) -> str:
    """Return the text about bytes that are not those under review."""
    path = BlobPath(blob.container, blob.name)
    named = blob.named_review
    who = f"{path} holds the document of review {named} now" if named not in (None, head.review_id) else None
    changed = f"{path} was changed since" if head.state is ReviewState.CLOSED else str(path)
    return f"{who or changed}: its SHA-256 is {sha256}, that of the bytes under review is {head.document.sha256}"


def unreadable(blob: Blob, why: Exception) -> CommandError:
    """Return the error for a blob that storage does not let anybody read as it is."""
    path = BlobPath(blob.container, blob.name)
    text = f"{path} cannot be read: {why}. Bring it back with `az storage blob set-tier --tier Cool`, which takes hours"
    return CommandError(text)
