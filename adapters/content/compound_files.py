"""Macros and passwords in documents of Office 97 to 2003, and in later ones with a password, by the streams of a file.

The streams: [MS-OVBA] 2.2.1 and [MS-OFFCRYPTO] 1.3; https://learn.microsoft.com/openspecs/office_file_formats.
Not found: Excel 4.0 macros (.xls), because they lie among the cells.
"""

from __future__ import annotations

import io
import logging
import struct
from typing import BinaryIO, Final

import msoffcrypto
import olefile
from msoffcrypto.exceptions import FileFormatError

from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from compliance.content import ContentFinding

# Its log lines quote the document.
logging.getLogger("msoffcrypto").setLevel(logging.CRITICAL + 1)

# Both libraries read whole streams into memory.
LARGEST: Final = 32 * MEBIBYTE
_HEADER: Final = struct.Struct("<30xH12xI")  # [MS-CFB] 2.2: sector shift, number of sectors of the allocation table
_SECTOR_SHIFTS: Final = (9, 12)


def inspect_compound_file(document: BinaryIO, search: Search) -> None:
    """Inspect the streams of a compound file. Raises SearchLimitError, and the libraries' errors if it is damaged."""
    length = document.seek(0, io.SEEK_END)
    if length > LARGEST:
        raise SearchLimitError(f"old Office documents of more than {LARGEST // MEBIBYTE} MiB are not looked through")
    _check_allocation_table(document, length)
    with olefile.OleFileIO(document) as compound:
        # Not by their paths: if a file is full of streams with very long paths, looking them up takes hours.
        entries = [entry for entry in compound.direntries if entry]  # pyright: ignore[reportAttributeAccessIssue]  # its stubs lack it
    if any(entry.size > length for entry in entries if entry.entry_type == olefile.STGTY_STREAM):
        raise ValueError("a stream claims to be larger than the file")
    names = {entry.name.lower() for entry in entries}
    if names & {"vba", "_vba_project", "_vba_project_cur"}:
        search.add(ContentFinding.MACROS, "it holds macros")
    if "encryptedpackage" in names or _needs_a_password(document):
        search.add(ContentFinding.ENCRYPTED, "it needs a password")


def _check_allocation_table(document: BinaryIO, length: int) -> None:
    """Raise ValueError if the header declares too many sectors: olefile reads them all, in quadratic time."""
    document.seek(0)
    shift, count = _HEADER.unpack(document.read(_HEADER.size))
    if shift not in _SECTOR_SHIFTS:
        raise ValueError("there are no sectors of this size")
    entries = length >> shift
    if count > 2 + 2 * entries // ((1 << shift) // 4):
        raise ValueError("the allocation table claims to be far larger than the file needs")


def _needs_a_password(document: BinaryIO) -> bool:
    document.seek(0)
    try:
        return bool(msoffcrypto.OfficeFile(document).is_encrypted())
    except FileFormatError:  # a compound file of another program, such as a mail
        return False
