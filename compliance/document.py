"""A document version, and the id of its review."""

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
    """Return an ETag without the quotes that HTTP puts around it and Event Grid leaves out."""
    return etag.removeprefix("W/").strip('"')


def review_id(container: str, name: str, etag: str) -> str:
    """Return 64 hex digits, equal for equal container, decoded blob name and ETag, whichever trigger announced it.

    SHA-256 over JSON; not `contracts.digest`, because this package needs the standard library only.
    """
    version = json.dumps([container, name, bare_etag(etag)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(version.encode()).hexdigest()
