"""Reading a bundle that a stranger may have made: every size is checked before reading, nothing is unpacked to disk.

Nothing in a bundle is compressed, so its content is never larger than its file. ZIP64 is refused, so the end of the
file says how large the directory is. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Final

import rfc8785
from pydantic import ValidationError

from contracts.digest import canonical
from contracts.messages.strict_json import MalformedMessageError, parse_object
from evidence import bundle as names
from evidence import bundle_shapes as shapes
from evidence.bundle import Bundle, blocks, in_order, manifest_entry, most_bytes_of
from evidence.chain import Json
from evidence.chain_check import Fault, FaultKind
from evidence.zip_layout import Entry, directory, local_header

_NEEDED: Final = frozenset({names.MANIFEST, names.PAGE, names.REVIEW, names.POLICY, names.RECORDS, names.DECISIONS})
_KNOWN: Final = _NEEDED | {names.EVENT, names.COPY, names.KEYS, names.ATTESTATION_KEYS, names.DOCUMENT}
_MOST_DIRECTORY_BYTES: Final = 64 * 1024
_END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR_BYTES: Final = 20
_DIRECTORY: Final = "the directory of the ZIP file"
_MOST_SHOWN: Final = 80  # characters of a name
# Raised by `zipfile` for an archive that is damaged, encrypted or of a kind that it cannot read.
_UNREADABLE: Final = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


class BundleError(Exception):
    """The file is not a bundle of evidence; the text says why."""


class AlteredBundleError(Exception):
    """The bundle was altered; `fault` says which file is wrong, and how."""

    def __init__(self, name: str, wrong: FaultKind, text: str) -> None:
        self.fault = Fault(name[:_MOST_SHOWN], wrong, text)
        super().__init__(str(self.fault))


def read_bundle(file: IO[bytes]) -> tuple[Bundle, str | None]:
    """Read a bundle; return it with the SHA-256 of the document's bytes, None if they are not in it.

    Raises BundleError if it has no manifest of a bundle; AlteredBundleError if a file is not as the manifest says, or
    any byte is not the one that writing the same files gives.
    """
    _refuse_large_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            read = _read(archive)
            _check_layout(file, archive.infolist())
            return read
    except _UNREADABLE as error:
        raise BundleError(f"it is not a ZIP file as this program writes them: {error}") from error


def _refuse_large_directory(file: IO[bytes]) -> None:
    """Refuse a directory that is too large, by its end record, before `zipfile` reads all of it."""
    before_end = file.seek(0, 2) - _END_OF_DIRECTORY.size
    if before_end < _ZIP64_LOCATOR_BYTES:
        raise BundleError("it is too short for a ZIP file")
    file.seek(before_end - _ZIP64_LOCATOR_BYTES)
    locator = file.read(_ZIP64_LOCATOR_BYTES)
    signature, *_, entries, directory_bytes, _, _ = _END_OF_DIRECTORY.unpack(file.read(_END_OF_DIRECTORY.size))
    if signature != b"PK\x05\x06":
        raise BundleError("it does not end like a ZIP file without a comment: it is another kind of file, or cut off")
    if locator.startswith(b"PK\x06\x07") or entries > len(_KNOWN) or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise BundleError(f"its directory is larger than that of a bundle, which holds {len(_KNOWN)} files at most")


def _read(archive: zipfile.ZipFile) -> tuple[Bundle, str | None]:
    entries = archive.infolist()
    manifest = _manifest(archive, [entry for entry in entries if entry.filename == names.MANIFEST])
    expected: dict[str, Json] = manifest["files"]
    others = [entry for entry in entries if entry.filename != names.MANIFEST]
    _check_names(expected, [entry.filename for entry in others])
    contents = {
        entry.filename: _read_file(archive, entry, expected) for entry in others if entry.filename != names.DOCUMENT
    }
    for entry in others:
        if entry.filename == names.DOCUMENT:
            _check_document(archive, entry, expected)
    return _bundle(contents), expected.get(names.DOCUMENT, {}).get("sha256")


def _manifest(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Json:
    """Read the manifest, which makes a ZIP file a bundle. Raises BundleError."""
    if len(entries) != 1:
        raise BundleError(f"it holds {len(entries)} files named {names.MANIFEST}; a bundle has one")
    if objection := _objection(entries[0]):
        raise BundleError(f"{names.MANIFEST}: {objection}")
    try:
        manifest = _object(names.MANIFEST, archive.read(entries[0]), shapes.Manifest)
    except AlteredBundleError as error:
        raise BundleError(f"{names.MANIFEST}: {error.fault.text}") from error
    if manifest["format"] != names.FORMAT:
        raise BundleError(f"its format is {str(manifest['format'])[:_MOST_SHOWN]!r}; this program reads {names.FORMAT}")
    return manifest


def _check_names(expected: dict[str, Json], found: list[str]) -> None:
    for name in sorted(set(found) - (expected.keys() & _KNOWN)):
        raise AlteredBundleError(
            name, FaultKind.FOREIGN, f"{names.MANIFEST} does not name it, or no bundle has such a file"
        )
    for name in sorted((expected.keys() | _NEEDED) - {names.MANIFEST} - set(found)):
        raise AlteredBundleError(name, FaultKind.MISSING, "a bundle with this manifest has it")
    for name in found:
        if found.count(name) > 1:
            raise AlteredBundleError(name, FaultKind.FOREIGN, "it is there twice")


def _read_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, expected: dict[str, Json]) -> bytes:
    with _open_entry(archive, entry) as file:
        content = file.read()
    _check_entry(entry.filename, manifest_entry([content]), expected)
    return content


def _check_document(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, expected: dict[str, Json]) -> None:
    with _open_entry(archive, entry) as file:
        _check_entry(entry.filename, manifest_entry(blocks(file)), expected)


def _check_entry(name: str, found: Json, expected: dict[str, Json]) -> None:
    if expected[name] != found:
        raise AlteredBundleError(name, FaultKind.EDITED, f"{names.MANIFEST} names another SHA-256 or length")


@contextmanager
def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Generator[IO[bytes]]:
    if objection := _objection(entry):
        raise AlteredBundleError(entry.filename, FaultKind.EDITED, objection)
    try:
        with archive.open(entry) as file:
            yield file
    except _UNREADABLE as error:
        raise AlteredBundleError(entry.filename, FaultKind.EDITED, f"it cannot be read: {error}") from error


def _objection(entry: zipfile.ZipInfo) -> str | None:
    """Say why this program cannot have written an entry, before reading any of it; None if it can."""
    if entry.compress_type != zipfile.ZIP_STORED:
        return "it is compressed; bundles are not"
    most = most_bytes_of(entry.filename)
    return f"it claims {entry.file_size} bytes; the most is {most}" if entry.file_size > most else None


def _check_layout(file: IO[bytes], found: list[zipfile.ZipInfo]) -> None:
    """Raise AlteredBundleError if the file holds anything but the entries, whose contents are checked already."""
    by_name = {entry.filename: Entry(entry.filename, entry.CRC, entry.file_size) for entry in found}
    entries = [by_name[name] for name in in_order(by_name)]
    position = 0
    for entry in entries:
        position = _expect(file, position, local_header(entry), entry.name) + entry.size
    end = _expect(file, position, directory(entries), _DIRECTORY)
    if file.seek(0, 2) != end:
        raise AlteredBundleError(_DIRECTORY, FaultKind.FOREIGN, f"there are bytes behind it, from byte {end} on")


def _expect(file: IO[bytes], position: int, expected: bytes, where: str) -> int:
    """Return the position behind the expected bytes. Raises AlteredBundleError if others are there."""
    file.seek(position)
    if file.read(len(expected)) != expected:
        place = f"bytes {position} to {position + len(expected) - 1}"
        text = f"{place} are not those that belong there; other programs may find other files in this ZIP file"
        raise AlteredBundleError(where, FaultKind.EDITED, text)
    return position + len(expected)


def _bundle(contents: dict[str, bytes]) -> Bundle:
    def one(name: str, shape: type[shapes.Shape]) -> Json | None:
        return _object(name, contents[name], shape) if name in contents else None

    def many(name: str, shape: type[shapes.Shape]) -> tuple[Json, ...]:
        lines = contents[name].split(b"\n")
        if lines.pop():
            raise AlteredBundleError(name, FaultKind.MISSING, "it does not end with a line feed: its end is missing")
        return tuple(_object(f"{name}, line {number}", line, shape) for number, line in enumerate(lines, start=1))

    review = _object(names.REVIEW, contents[names.REVIEW], shapes.Review)
    if "policy" in review:
        raise AlteredBundleError(
            names.REVIEW, FaultKind.FOREIGN, f"it holds a policy; that of a bundle is in {names.POLICY}"
        )
    return Bundle(
        review=review,
        policy=_object(names.POLICY, contents[names.POLICY], shapes.Policy),
        records=many(names.RECORDS, shapes.RecordLine),
        decisions=many(names.DECISIONS, shapes.DecisionLine),
        event=one(names.EVENT, shapes.Event),
        copy=one(names.COPY, shapes.Copy),
        keys=one(names.KEYS, shapes.Shape),
        attestation_keys=one(names.ATTESTATION_KEYS, shapes.Shape),
    )


def _object(name: str, content: bytes, shape: type[shapes.Shape]) -> Json:
    """Parse the JSON object in a file, which must be in canonical form and have its shape."""
    try:
        parsed = parse_object(content, names.MOST_BYTES)
        shape.model_validate(parsed)
        if canonical(parsed) == content:
            return parsed
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, wrong["loc"])) for wrong in error.errors()}))
        text = f"it is not what a bundle holds there: {places[:200]}"
        raise AlteredBundleError(name, FaultKind.EDITED, text) from error
    except (MalformedMessageError, rfc8785.CanonicalizationError) as error:
        raise AlteredBundleError(name, FaultKind.EDITED, f"it is not what a bundle holds there: {error}") from error
    raise AlteredBundleError(name, FaultKind.EDITED, "it is not RFC 8785 canonical JSON")
