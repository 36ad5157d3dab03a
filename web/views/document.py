"""The bytes of a document under review, and how they may be shown."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from adapters.blobs.documents import Blob
from adapters.blobs.pinned_blob import DocumentChangedError, DocumentUnreadableError, PinnedBlob
from adapters.content.types import contradicts_extension, extension_of
from adapters.front_door.read_log import Read
from adapters.ledger.lists.index_keys import due_key
from compliance.content import ContentFinding
from compliance.document import bare_etag
from contracts.names import ARCHIVED, PUBLISHED
from reviews.documents.comparing import compare, place_of
from web.door import Door
from web.problems import ProblemError, conflict, not_found
from web.views.one_review import Seen
from web.visitors import Visitor

MOST_AT_ONCE: Final = 16 << 20  # bytes of a whole document
MOST_IN_PART: Final = 4 << 20
_BEGINNING: Final = 4096
_TEXT: Final = "text/plain; charset=utf-8"
# What browsers show without running anything in it, by the extension that the gate has compared with the bytes.
_SHOWN: Final = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".txt": _TEXT,
    ".md": _TEXT,
    ".csv": _TEXT,
    ".log": _TEXT,
}
_NEVER_SHOWN: Final = frozenset(
    {
        ContentFinding.TYPE_MISMATCH,
        ContentFinding.OTHER_FORMAT,
        ContentFinding.MISLEADING_NAME,
        ContentFinding.MALWARE,  # which a page would open for whoever only looks at the review
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a document. `media_type` is None if they may only be saved, not shown."""

    content: bytes
    start: int
    length: int  # of the whole document
    sha256: str  # of the whole document
    media_type: str | None

    @property
    def is_whole(self) -> bool:
        """True if these are all bytes."""
        return len(self.content) == self.length


async def document_part(door: Door, seen: Seen, asked: tuple[int | None, int | None] | None) -> Part:
    """Read the document, or the part between two bytes; without the first, so many bytes from the end.

    A part may end earlier than requested. Before somebody gets it, `log_read` has to write it down. Raises
    ProblemError.
    """
    sha256 = seen.head.document.sha256
    if sha256 is None:
        raise conflict("not-inspected", "the document is not inspected, so nobody can see it")
    blob = await _blob(door, seen)
    pinned = PinnedBlob(door.documents, blob.container, blob.name, blob.etag)
    start, end = _range(asked, blob.length)
    try:
        content = await pinned.part(start, end - start) if end > start else b""
        beginning = content if start == 0 else await pinned.part(0, min(_BEGINNING, blob.length))
    except DocumentChangedError as error:
        raise _overwritten() from error
    except DocumentUnreadableError as error:
        raise conflict("unreadable", f"the document cannot be read: {error}") from error
    media_type = _media_type(seen, beginning[:_BEGINNING])
    if media_type == _TEXT and not (len(content) == blob.length and _is_utf_8(content)):
        media_type = None
    return Part(content, start, blob.length, sha256, media_type)


async def log_read(door: Door, visitor: Visitor, seen: Seen, part: Part) -> None:
    """Write down who is about to get a part of the document."""
    read = Read(seen.head.review_id, visitor.name, visitor.account, part.sha256, door.now())
    await door.read_log.add(read, due_key(seen.head), goes_on=part.start > 0)


def _range(asked: tuple[int | None, int | None] | None, length: int) -> tuple[int, int]:
    """Return the first byte of a part and the one after its last."""
    if asked is None or length <= MOST_IN_PART:
        if length > MOST_AT_ONCE:
            text = f"this document has {length:,} bytes: ask for parts of at most {MOST_IN_PART:,} (header Range)"
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", text)
        if asked is None:
            return 0, length
    first, last = asked
    if first is None:
        start, end = max(0, length - (last or 0)), length
    else:
        start, end = first, length if last is None else min(last + 1, length)
    if start >= end:
        headers = {"Content-Range": f"bytes */{length}"}
        text = f"the document has {length:,} bytes"
        raise ProblemError(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no-such-range", text, headers)
    return start, min(end, start + MOST_IN_PART)


async def _blob(door: Door, seen: Seen) -> Blob:
    """Return the blob that holds the bytes under review, wherever they lie now. Raises ProblemError."""
    path = place_of(seen.head)
    blob = await door.documents.current(path.container, path.name) if path else None
    if blob is None:
        raise not_found()
    if path and path.container not in (PUBLISHED, ARCHIVED):
        if blob.etag != bare_etag(seen.head.document.etag):
            raise _overwritten()
        return blob
    try:
        version = f"{seen.head.review_id} {path} {blob.etag}"
        if version not in door.same_copies:
            door.same_copies[version] = (await compare(door.documents, seen.head, blob)).is_same
        if not door.same_copies[version]:
            raise _overwritten()
    except DocumentChangedError as error:
        raise _overwritten() from error
    return blob


def _media_type(seen: Seen, beginning: bytes) -> str | None:
    """Return the type under which browsers may show the bytes. None if the gate's findings forbid it."""
    name = seen.head.document.name
    if any(finding.kind in _NEVER_SHOWN for finding in seen.head.findings) or contradicts_extension(name, beginning):
        return None
    return _SHOWN.get(extension_of(name))


def shown_type(seen: Seen) -> str | None:
    """Return the type under which a page may show a document, by its name and findings. None if it may only be saved.

    When its bytes are read, they decide.
    """
    document = seen.head.document
    is_suspect = any(finding.kind in _NEVER_SHOWN for finding in seen.head.findings)
    is_large = (document.length or 0) > MOST_AT_ONCE
    return None if is_suspect or is_large or not document.sha256 else _SHOWN.get(extension_of(document.name))


def _is_utf_8(content: bytes) -> bool:
    try:
        codecs.decode(content, "utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _overwritten() -> ProblemError:
    text = "the document was overwritten or removed: the bytes under review are not there any more"
    return ProblemError(HTTPStatus.PRECONDITION_FAILED, "overwritten", text)
