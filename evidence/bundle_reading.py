"""Reading a bundle of evidence from a stranger: everything is bounded before it is read, nothing is unpacked.

A bundle holds nothing compressed, so it is never larger than its own file. ZIP64 is refused, so the size of the
directory is where it is looked for. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Final

import rfc8785
from pydantic import ValidationError

from contracts.messages.strict_json import MalformedMessageError, parse_object
from evidence import bundle as names
from evidence import bundle_shapes as shapes
from evidence.bundle import Bundle, blocks, listed, most_bytes_of
from evidence.chain import Json, canonical
from evidence.chain_check import Fault, Wrong

_NEEDED: Final = frozenset({names.MANIFEST, names.PAGE, names.REVIEW, names.POLICY, names.RECORDS, names.DECISIONS})
_KNOWN: Final = _NEEDED | {names.EVENT, names.COPY, names.KEYS, names.DOCUMENT}
_MOST_DIRECTORY_BYTES: Final = 64 * 1024
_END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR_BYTES: Final = 20
_MOST_SHOWN: Final = 80  # characters of a name
# What `zipfile` raises for an archive that is damaged, encrypted or of a kind that it does not read.
_UNREADABLE: Final = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)


class BundleError(Exception):
    """The file is no bundle of evidence; the text says why."""


class AlteredBundleError(Exception):
    """A bundle that does not hold what was written into it: which file, and what is wrong with it."""

    def __init__(self, name: str, wrong: Wrong, text: str) -> None:
        self.fault = Fault(name[:_MOST_SHOWN], wrong, text)
        super().__init__(str(self.fault))


def read_bundle(file: IO[bytes]) -> tuple[Bundle, str | None]:
    """What a ZIP file holds, and the SHA-256 of the document's bytes where they are in it.

    Raises BundleError for what has no manifest of a bundle, AlteredBundleError for what is not as its manifest says.
    """
    _refuse_large_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _read(archive)
    except _UNREADABLE as error:
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


def _read(archive: zipfile.ZipFile) -> tuple[Bundle, str | None]:
    entries = archive.infolist()
    manifest = _manifest(archive, [entry for entry in entries if entry.filename == names.MANIFEST])
    said: dict[str, Json] = manifest["files"]
    others = [entry for entry in entries if entry.filename != names.MANIFEST]
    _hold_names_against(said, [entry.filename for entry in others])
    contents = {entry.filename: _content(archive, entry, said) for entry in others if entry.filename != names.DOCUMENT}
    for entry in others:
        if entry.filename == names.DOCUMENT:
            _hold_document_against(said, archive, entry)
    return _bundle(contents), said.get(names.DOCUMENT, {}).get("sha256")


def _manifest(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Json:
    """The manifest, by which a bundle is known to be one. Raises BundleError."""
    if len(entries) != 1:
        raise BundleError(f"it holds {len(entries)} files named {names.MANIFEST}; a bundle has one")
    if unlike := _unlike_a_bundle(entries[0]):
        raise BundleError(f"{names.MANIFEST}: {unlike}")
    try:
        manifest = _object(names.MANIFEST, archive.read(entries[0]), shapes.Manifest)
    except AlteredBundleError as error:
        raise BundleError(f"{names.MANIFEST}: {error.fault.text}") from error
    if manifest["format"] != names.FORMAT:
        raise BundleError(f"its format is {str(manifest['format'])[:_MOST_SHOWN]!r}; this program reads {names.FORMAT}")
    return manifest


def _hold_names_against(said: dict[str, Json], found: list[str]) -> None:
    for name in sorted(set(found) - (said.keys() & _KNOWN)):
        raise AlteredBundleError(
            name, Wrong.FOREIGN, f"{names.MANIFEST} does not name it, or no bundle has such a file"
        )
    for name in sorted((said.keys() | _NEEDED) - {names.MANIFEST} - set(found)):
        raise AlteredBundleError(name, Wrong.MISSING, "a bundle with this manifest has it")
    for name in found:
        if found.count(name) > 1:
            raise AlteredBundleError(name, Wrong.FOREIGN, "it is there twice")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, said: dict[str, Json]) -> bytes:
    with _opened(archive, entry) as file:
        content = file.read()
    _hold_against(said, entry.filename, listed([content]))
    return content


def _hold_document_against(said: dict[str, Json], archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with _opened(archive, entry) as file:
        _hold_against(said, entry.filename, listed(blocks(file)))


def _hold_against(said: dict[str, Json], name: str, found: Json) -> None:
    if said[name] != found:
        raise AlteredBundleError(name, Wrong.EDITED, f"{names.MANIFEST} names another SHA-256 or length")


@contextmanager
def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Generator[IO[bytes]]:
    if unlike := _unlike_a_bundle(entry):
        raise AlteredBundleError(entry.filename, Wrong.EDITED, unlike)
    try:
        with archive.open(entry) as file:
            yield file
    except _UNREADABLE as error:
        raise AlteredBundleError(entry.filename, Wrong.EDITED, f"it cannot be read: {error}") from error


def _unlike_a_bundle(entry: zipfile.ZipInfo) -> str | None:
    """Why an entry is none that this program has written, before any of it is read."""
    if entry.compress_type != zipfile.ZIP_STORED:
        return "it is compressed; bundles are not"
    most = most_bytes_of(entry.filename)
    return f"it claims {entry.file_size} bytes; {most} is most" if entry.file_size > most else None


def _bundle(contents: dict[str, bytes]) -> Bundle:
    def one(name: str, shape: type[shapes.Shape]) -> Json | None:
        return _object(name, contents[name], shape) if name in contents else None

    def many(name: str, shape: type[shapes.Shape]) -> tuple[Json, ...]:
        lines = contents[name].split(b"\n")
        if lines.pop():
            raise AlteredBundleError(name, Wrong.MISSING, "it does not end with a line feed: its end is missing")
        return tuple(_object(f"{name}, line {number}", line, shape) for number, line in enumerate(lines, start=1))

    return Bundle(
        review=_object(names.REVIEW, contents[names.REVIEW], shapes.Review),
        policy=_object(names.POLICY, contents[names.POLICY], shapes.Policy),
        records=many(names.RECORDS, shapes.Record),
        decisions=many(names.DECISIONS, shapes.Decision),
        event=one(names.EVENT, shapes.Event),
        copy=one(names.COPY, shapes.Copy),
        keys=one(names.KEYS, shapes.Shape),
    )


def _object(name: str, content: bytes, shape: type[shapes.Shape]) -> Json:
    """The JSON object in a file, in the one form in which it can have been written."""
    try:
        found = parse_object(content, names.MOST_BYTES)
        shape.model_validate(found)
        if canonical(found) == content:
            return found
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, wrong["loc"])) for wrong in error.errors()}))
        text = f"it is not what a bundle holds there: {places[:200]}"
        raise AlteredBundleError(name, Wrong.EDITED, text) from error
    except (MalformedMessageError, rfc8785.CanonicalizationError) as error:
        raise AlteredBundleError(name, Wrong.EDITED, f"it is not what a bundle holds there: {error}") from error
    raise AlteredBundleError(name, Wrong.EDITED, "it is not RFC 8785 canonical JSON")
