"""What a document version is, and the review that belongs to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """The exact bytes under review. `sha256` (hex) and `length` (bytes) are known once the document was inspected."""

    container: str
    name: str
    etag: str
    sha256: str | None = None
    length: int | None = None
    content_type: str | None = None


def bare_etag(etag: str) -> str:
    """An ETag without the quotes that HTTP puts around it and Event Grid leaves out."""
    return etag.removeprefix("W/").strip('"')


def review_id(container: str, name: str, etag: str) -> str:
    """64 hex digits: the same for the same container, decoded blob name and ETag, whichever road announced it."""
    version = json.dumps([container, name, bare_etag(etag)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(version.encode()).hexdigest()
