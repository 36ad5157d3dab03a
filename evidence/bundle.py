"""One review's evidence as a ZIP file, which anybody can read and verify without the system.

The same evidence gives the same bytes: nothing is compressed and nothing is dated, so they depend neither on a
library's version nor on a clock. `evidence.zip_layout` says where each of them is.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from contracts.digest import canonical
from evidence.chain import Json, StoredRecord
from evidence.checks import Evidence
from evidence.zip_layout import Entry, directory, local_header

FORMAT: Final = "document-compliance-evidence-1"

MANIFEST: Final = "manifest.json"
PAGE: Final = "index.html"
REVIEW: Final = "review.json"
POLICY: Final = "policy.json"
RECORDS: Final = "records.jsonl"
DECISIONS: Final = "decisions.jsonl"
EVENT: Final = "completion-event.json"
COPY: Final = "copy.json"
KEYS: Final = "verification-keys.json"
ATTESTATION_KEYS: Final = "attestation-keys.json"
DOCUMENT: Final = "document.bin"  # not its own name, which a stranger chose

MOST_BYTES: Final = 8 * 1024**2  # of a file about the whole review, and of the page
# Of a file with a line for each record or decision: a review has 1000 decisions at most, each with a comment and two
# proofs, whose longest forms in JSON have 45 KB.
MOST_BYTES_OF_LINES: Final = 64 * 1024**2
MOST_DOCUMENT_BYTES: Final = 2**31 - 2**27  # the limit of ZIP without ZIP64, less room for the rest
_BLOCK: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Bundle:
    """The content of a bundle, except the page and the document's bytes."""

    review: Json  # evidence.head_facts.head_content without its policy
    policy: Json
    records: tuple[Json, ...]  # {record, digest, storedAt}
    decisions: tuple[Json, ...]  # evidence.chain.decision_content
    event: Json | None = None  # the completion event as it was received
    copy: Json | None = None  # {location, metadata} of the published or archived blob
    keys: Json | None = None  # the JWK Set that the policy names
    attestation_keys: Json | None = None  # the JWK Set of the front door


def bundle_of(evidence: Evidence, keys: Json | None, attestation_keys: Json | None = None) -> Bundle:
    """Take the evidence that a bundle holds."""
    return Bundle(
        review={name: value for name, value in evidence.head.items() if name != "policy"},
        policy=evidence.head["policy"],
        records=tuple(
            {"record": record.content, "digest": record.digest, "storedAt": record.stored_at}
            for record in evidence.records
        ),
        decisions=evidence.decisions,
        event=evidence.event,
        copy=evidence.copy,
        keys=keys,
        attestation_keys=attestation_keys,
    )


def evidence_in(bundle: Bundle, document_sha256: str | None) -> Evidence:
    """Return the evidence in a bundle. `document_sha256` is that of the document's bytes, if they are in it."""
    return Evidence(
        review_id=bundle.review["reviewId"],
        head={**bundle.review, "policy": bundle.policy},
        records=tuple(
            StoredRecord(stored["record"], stored["digest"], stored["storedAt"]) for stored in bundle.records
        ),
        decisions=bundle.decisions,
        event=bundle.event,
        copy=bundle.copy,
        document_sha256=document_sha256,
    )


def write_bundle(out: IO[bytes], bundle: Bundle, page: str, document: IO[bytes] | None) -> None:
    """Write the ZIP file. Raises ValueError if a file in it is larger than `read_bundle` accepts."""
    files = {PAGE: page.encode(), **_files(bundle)}
    listed = {name: manifest_entry([content]) for name, content in files.items()}
    if document:
        listed[DOCUMENT] = manifest_entry(blocks(document))
        document.seek(0)
    for name, entry in listed.items():
        if entry["bytes"] > most_bytes_of(name):
            raise ValueError(f"{name} would have {entry['bytes']} bytes; a bundle holds {most_bytes_of(name)} at most")
    files[MANIFEST] = canonical({"format": FORMAT, "files": listed})
    entries = [Entry(name, zlib.crc32(files[name]), len(files[name])) for name in in_order(files)]
    for entry in entries:
        out.write(local_header(entry) + files[entry.name])
    if document:
        entries.append(Entry(DOCUMENT, _crc32(document), listed[DOCUMENT]["bytes"]))
        document.seek(0)
        out.write(local_header(entries[-1]))
        out.writelines(blocks(document))
    out.write(directory(entries))


def in_order(names: Iterable[str]) -> list[str]:
    """Sort the names of files as they follow each other in a bundle: the document, which may be large, is the last."""
    return sorted(names, key=lambda name: (name == DOCUMENT, name))


def most_bytes_of(name: str) -> int:
    """Return how large a file of a bundle may be."""
    if name == DOCUMENT:
        return MOST_DOCUMENT_BYTES
    return MOST_BYTES_OF_LINES if name in (RECORDS, DECISIONS) else MOST_BYTES


def manifest_entry(content: Iterable[bytes]) -> Json:
    """Return what the manifest says of a file: its SHA-256 and length."""
    digest, length = hashlib.sha256(), 0
    for block in content:
        digest.update(block)
        length += len(block)
    return {"sha256": digest.hexdigest(), "bytes": length}


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file block by block, from its current position."""
    while block := file.read(_BLOCK):
        yield block


def _files(bundle: Bundle) -> dict[str, bytes]:
    keys = {KEYS: bundle.keys, ATTESTATION_KEYS: bundle.attestation_keys}
    optional = {EVENT: bundle.event, COPY: bundle.copy, **keys}
    return {
        REVIEW: canonical(bundle.review),
        POLICY: canonical(bundle.policy),
        RECORDS: b"".join(canonical(record) + b"\n" for record in bundle.records),
        DECISIONS: b"".join(canonical(decision) + b"\n" for decision in bundle.decisions),
    } | {name: canonical(content) for name, content in optional.items() if content is not None}


def _crc32(content: IO[bytes]) -> int:
    crc32 = 0
    for block in blocks(content):
        crc32 = zlib.crc32(block, crc32)
    return crc32
