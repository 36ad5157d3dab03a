"""Reading a bundle of evidence from a stranger: everything is bounded before it is read, nothing is unpacked.

A bundle holds nothing compressed, so it is never larger than its own file. ZIP64 is refused, so the size of the
directory is where it is looked for. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16
"""

from __future__ import annotations

import struct
import zipfile
from typing import IO, Annotated, Any, Final

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from contracts import evidence_bundle as names
from contracts.audit_chain import Json, canonical
from contracts.chain_check import Moment
from contracts.evidence_bundle import Bundle, blocks, listed, most_bytes_of
from contracts.strict_json import MalformedMessageError, parse_object

_NEEDED: Final = frozenset({names.MANIFEST, names.PAGE, names.REVIEW, names.POLICY, names.RECORDS, names.DECISIONS})
_KNOWN: Final = _NEEDED | {names.EVENT, names.COPY, names.KEYS, names.DOCUMENT}
_MOST_DIRECTORY_BYTES: Final = 64 * 1024
_END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR_BYTES: Final = 20


class BundleError(Exception):
    """The file is no bundle of evidence, or not a whole one; the text says why."""


class _Shape(BaseModel):
    """Only what checking relies on; the audit trail vouches for all the rest."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", strict=True)


class _Document(_Shape):
    container: str
    name: str
    etag: str
    sha256: str | None = None


class _Review(_Shape):
    review_id: str
    last_audit: int
    audit_digest: str
    document: _Document
    location: str | None = None
    withdrawal_proof: str | None = None


class _Policy(_Shape):
    document_class: str
    version: str
    sha256: str


class _Record(_Shape):
    record: dict[str, Any]
    digest: str
    stored_at: Moment


class _Decision(_Shape):
    seq: int
    decision_id: str
    verdict: str
    reviewer: str
    enqueued_at: Moment
    comment: str | None = None
    proof: str | None = None


class _Copy(_Shape):
    location: str
    metadata: dict[str, str]


class _Completion(_Shape):
    audit_records: int
    audit_digest: str


class _Event(_Shape):
    id: str
    type: str
    data: _Completion


class _File(_Shape):
    sha256: str
    bytes: Annotated[int, Field(ge=0)]


class _Manifest(_Shape):
    format: str
    files: dict[str, _File]


def read_bundle(file: IO[bytes]) -> tuple[Bundle, str, str | None]:
    """What a ZIP file holds, its page, and the SHA-256 of the document's bytes where they are in it.

    Raises BundleError.
    """
    _refuse_large_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise BundleError(f"it is no ZIP file as this program writes them: {error}") from error


def _refuse_large_directory(file: IO[bytes]) -> None:
    """zipfile reads the directory whole, so its end is looked at first."""
    before_end = file.seek(0, 2) - _END_OF_DIRECTORY.size
    if before_end < _ZIP64_LOCATOR_BYTES:
        raise BundleError("it is too short for a ZIP file")
    file.seek(before_end - _ZIP64_LOCATOR_BYTES)
    locator = file.read(_ZIP64_LOCATOR_BYTES)
    signature, *_, entries, directory_bytes, _, _ = _END_OF_DIRECTORY.unpack(file.read(_END_OF_DIRECTORY.size))
    if signature != b"PK\x05\x06":
        raise BundleError("it does not end as a ZIP file without a comment does: it is none, or its end is missing")
    if locator.startswith(b"PK\x06\x07") or entries > len(_KNOWN) or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise BundleError(f"its directory is larger than that of a bundle, which holds {len(_KNOWN)} files at most")


def _read(archive: zipfile.ZipFile) -> tuple[Bundle, str, str | None]:
    entries = archive.infolist()
    found = [entry.filename for entry in entries]
    if unknown := sorted(set(found) - _KNOWN):
        raise BundleError(f"it holds {unknown[0][:80]!r}, which no bundle has")
    if len(found) != len(set(found)):
        raise BundleError("it holds a file twice")
    if missing := sorted(_NEEDED - set(found)):
        raise BundleError(f"it lacks {', '.join(missing)}")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED:
            raise BundleError(f"{entry.filename} is compressed; bundles are not")
        if entry.file_size > most_bytes_of(entry.filename):
            raise BundleError(
                f"{entry.filename} claims {entry.file_size} bytes; {most_bytes_of(entry.filename)} is most"
            )
    contents = {name: archive.read(name) for name in found if name != names.DOCUMENT}
    hashed = {name: listed([content]) for name, content in contents.items() if name != names.MANIFEST}
    if names.DOCUMENT in found:
        with archive.open(names.DOCUMENT) as document:
            hashed[names.DOCUMENT] = listed(blocks(document))
    _hold_against(_object(names.MANIFEST, contents[names.MANIFEST], _Manifest), hashed)
    return _bundle(contents), contents[names.PAGE].decode(), hashed.get(names.DOCUMENT, {}).get("sha256")


def _hold_against(manifest: Json, hashed: dict[str, Json]) -> None:
    if manifest["format"] != names.FORMAT:
        raise BundleError(f"its format is {str(manifest['format'])[:80]!r}; this program reads {names.FORMAT}")
    said: dict[str, Json] = manifest["files"]
    for name in sorted(said.keys() | hashed.keys()):
        if said.get(name) != hashed.get(name):
            raise BundleError(f"{name[:80]!r} is not the file that {names.MANIFEST} names")


def _bundle(contents: dict[str, bytes]) -> Bundle:
    def one(name: str, shape: type[_Shape]) -> Json | None:
        return _object(name, contents[name], shape) if name in contents else None

    def many(name: str, shape: type[_Shape]) -> tuple[Json, ...]:
        lines = contents[name].split(b"\n")
        if lines.pop():
            raise BundleError(f"{name} does not end with a line feed: its end is missing")
        return tuple(_object(f"{name}, line {number}", line, shape) for number, line in enumerate(lines, start=1))

    return Bundle(
        review=_object(names.REVIEW, contents[names.REVIEW], _Review),
        policy=_object(names.POLICY, contents[names.POLICY], _Policy),
        records=many(names.RECORDS, _Record),
        decisions=many(names.DECISIONS, _Decision),
        event=one(names.EVENT, _Event),
        copy=one(names.COPY, _Copy),
        keys=one(names.KEYS, _Shape),
    )


def _object(name: str, content: bytes, shape: type[_Shape]) -> Json:
    """The JSON object in a file, in the one form in which it can have been written."""
    try:
        found = parse_object(content, names.MOST_BYTES)
        shape.model_validate(found)
        if canonical(found) == content:
            return found
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, wrong["loc"])) for wrong in error.errors()}))
        raise BundleError(f"{name} is not what a bundle holds there: {places[:200]}") from error
    except (MalformedMessageError, rfc8785.CanonicalizationError) as error:
        raise BundleError(f"{name} is not what a bundle holds there: {error}") from error
    raise BundleError(f"{name} is not RFC 8785 canonical JSON")
