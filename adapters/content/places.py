"""Where a document begins and ends within its bytes, and what else lies before, in or after it.

The comparison of types and the search use the same places. Readers of PDF accept bytes before its header; programs that
unpack ZIP files look at the end, whatever a file begins with; browsers run what they are told is a script.
"""

from __future__ import annotations

import codecs
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.content.packed.others import BLOCK, is_container
from adapters.content.pictures import PICTURES, end_of_picture
from adapters.content.programs import is_program
from adapters.content.search import KIBIBYTE
from adapters.content.signatures import COMPOUND_FILE, PDF, ZIP
from adapters.content.texts.encoding import is_text
from adapters.content.texts.web import is_web_page

# Annex H of Adobe's PDF 1.7: readers accept a header within so many bytes.
_BEFORE_PDF: Final = 1024
_HEADER: Final = re.compile(rb"%PDF-\d")
_OBJECT: Final = re.compile(rb"\d\s+\d+\s+obj\b")
_START: Final = re.compile(rb"startxref\s+(\d{1,15})")
_INDEX: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_LOCAL: Final = re.compile(rb"PK\x03\x04.{22}(..)(..)", re.DOTALL)

# Sections 4.3.16 and 4.3.15 of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_END: Final = struct.Struct("<4s4xHHIIH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_DIRECTORY, _LOCATOR = b"PK\x01\x02", b"PK\x06\x07"
_LONGEST_COMMENT: Final = 0xFFFF
_MOST_TRIES: Final = 16

_BEGINNING: Final = 64 * KIBIBYTE
# Comments and assignments by which a picture is a script, too.
_SCRIPTED: Final = re.compile(rb"(?:GIF8[79]a|BM|RIFF|\xff\xd8\xff[\xe0-\xef\xfe])(/\*|\s*=\s*[\w\"'\[({/])")
_END_OF_COMMENT: Final = re.compile(rb"\*/\s*[=;,(+\w]")


@dataclass(frozen=True, slots=True)
class Other:
    """Something else that a document is. `place` is where it begins; None if it is found from the document's end."""

    what: str
    place: int | None
    is_deceit: bool = True  # whether the document has no honest reason for it
    is_script: bool = False


def beginning_of(beginning: bytes) -> int:
    """Return where programs begin to read: after blanks, a mark, or the bytes before a PDF header."""
    at = _after_blanks(beginning)
    if is_container(beginning[at : at + BLOCK]):
        return at
    header = _HEADER.search(beginning, 0, _BEFORE_PDF + len(PDF) + 1)
    if header and not beginning.startswith(PICTURES) and not is_program(beginning) and _OBJECT.search(beginning):
        return header.start()
    return 0


def counts_from_first_byte(document: BinaryIO) -> bool:
    """Return whether the offsets in a PDF document count from its first byte, even if its header comes later."""
    length = document.seek(0, io.SEEK_END)
    document.seek(max(0, length - _BEFORE_PDF))
    named = list(_START.finditer(document.read()))
    if not named:
        return False
    document.seek(min(length, int(named[-1][1])))
    return bool(_INDEX.match(document.read(40)))


def as_well(document: BinaryIO, beginning: bytes) -> Iterator[Other]:
    """Yield what a document is beside its main format; `beginning` holds the bytes at which programs begin."""
    own = next((known for known in (PDF, COMPOUND_FILE) if beginning.startswith(known)), b"")
    is_zip = beginning.startswith(ZIP)
    after_archive = end_of_archive(document)
    if after_archive is not None and not is_zip:
        yield Other("a ZIP archive", None, _ends_with_archive(document, after_archive, own))
    if own != PDF and (place := _pdf_within(beginning, is_zip)):
        yield Other("a PDF document", place)
    after = after_archive if is_zip else end_of_picture(document, beginning)
    if after:
        yield from _behind(document, after, is_zip)
    if beginning.startswith(PICTURES) and _is_script(document, beginning):
        yield Other("a script", 0, is_script=True)


def end_of_archive(document: BinaryIO) -> int | None:
    """Return where a ZIP file ends in a document; None if unpacking programs find none there."""
    length = document.seek(0, io.SEEK_END)
    first = max(0, length - _END.size - _LONGEST_COMMENT)
    document.seek(first)
    tail = document.read(_END.size + _LONGEST_COMMENT)
    at = tail.rfind(_END_SIGNATURE)
    for _ in range(_MOST_TRIES):
        if at < 0:
            return None
        if at + _END.size <= len(tail):
            _, _, entries, size, _, comment = _END.unpack_from(tail, at)
            if _is_directory(document, first + at, size, entries):
                return min(length, first + at + _END.size + comment)
        at = tail.rfind(_END_SIGNATURE, 0, at)
    return None


def _is_directory(document: BinaryIO, end: int, size: int, entries: int) -> bool:
    if not entries:
        return not size
    if size <= end:
        document.seek(end - size)
        if document.read(4) == _DIRECTORY:
            return True
    document.seek(max(0, end - 20))
    return document.read(4) == _LOCATOR


def _after_blanks(beginning: bytes) -> int:
    rest = beginning.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\f\v\0")
    return len(beginning) - len(rest)


def _ends_with_archive(document: BinaryIO, after: int, own: bytes) -> bool:
    """Return whether an archive ends the document. If the document only holds it, more of the document follows."""
    document.seek(after)
    rest = document.read(_LONGEST_COMMENT)
    if own == PDF:
        return b"startxref" not in rest
    return own != COMPOUND_FILE or not rest.strip()


def _pdf_within(beginning: bytes, is_zip: bool) -> int | None:
    header = _HEADER.search(beginning, 1, _BEFORE_PDF + len(PDF) + 1)
    if not header or not _OBJECT.search(beginning, header.end()):
        return None
    if is_text(beginning[:_BEFORE_PDF]) and not is_zip:
        return None  # it begins there: see beginning_of
    held = is_zip and any(
        local.end() + sum(int.from_bytes(each, "little") for each in local.groups()) == header.start()
        for local in _LOCAL.finditer(beginning, 0, header.start())
    )
    return None if held else header.start()


def _behind(document: BinaryIO, after: int, is_zip: bool) -> Iterator[Other]:
    document.seek(after)
    raw = document.read(_BEGINNING)
    rest = raw.lstrip(b" \t\r\n\0")
    place = after + len(raw) - len(rest)
    if not rest or (is_zip and rest.startswith(_DIRECTORY)):
        return
    if rest.startswith(ZIP) and not is_zip and end_of_archive(document) is not None:
        return  # found by its end
    if is_container(rest[:BLOCK]):
        yield Other("another document or archive", place)
    elif is_program(rest[:4096]):
        yield Other("a program", place)
    elif is_web_page(rest) and is_text(rest[:4096]):
        yield Other("a web page", place)
    else:
        found = [at for signature in _STRONG if (at := rest.find(signature)) >= 0]
        if found:
            yield Other("another document or archive", place + min(found))


_STRONG: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"PK\x03\x04", COMPOUND_FILE)


def _is_script(document: BinaryIO, beginning: bytes) -> bool:
    started = _SCRIPTED.match(beginning)
    if not started:
        return False
    if started[1] != b"/*":
        return is_text(beginning[started.start(1) : started.start(1) + 40])
    length = document.seek(0, io.SEEK_END)
    document.seek(max(0, length - _BEGINNING))
    return bool(_END_OF_COMMENT.search(beginning) or _END_OF_COMMENT.search(document.read(_BEGINNING)))
