"""The content of a ZIP file and of the ZIP files inside it: expanded as a stream, piece by piece, and counted.

The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. As in unpacking programs, the files are those
that the central directory lists.
"""

from __future__ import annotations

import copy
import io
import sys
import zipfile
from itertools import pairwise
from typing import BinaryIO, Final

from adapters.content.names import inspect_name
from adapters.content.office.package import Package
from adapters.content.packed.others import BLOCK, is_container
from adapters.content.programs import report_program
from adapters.content.search import DEEPEST, KIBIBYTE, MEBIBYTE, BombError, DepthError, Search
from compliance.content import ContentFinding

MOST_ENTRIES: Final = 10_000
_PIECE: Final = 64 * KIBIBYTE
# A file that is inspected as a document of its own is held in memory, one at each depth.
MOST_HELD: Final = 8 * MEBIBYTE

_LOCAL_HEADER: Final = 30  # bytes before the name; section 4.3.7
_ENCRYPTED: Final = 0x41  # encryption and strong encryption; section 4.4.4


def inspect_archive(archive: BinaryIO, depth: int, search: Search) -> None:
    """Inspect every file in a ZIP file. Raises BombError, SearchLimitError, and zipfile's errors if it is damaged."""
    if depth > DEEPEST:
        raise DepthError(f"archives lie in it more than {DEEPEST} deep")
    with zipfile.ZipFile(archive) as zip_file:
        entries = zip_file.infolist()
        if len(entries) > MOST_ENTRIES:
            raise BombError(f"it holds more than {MOST_ENTRIES} files")
        search.check_expansion(sum(entry.file_size for entry in entries))
        _refuse_overlaps(entries)
        package = Package({entry.filename for entry in entries}, depth, search)
        for entry in entries:
            if not package.is_office:
                inspect_name(entry.filename, search)
            if entry.flag_bits & _ENCRYPTED:
                search.add(ContentFinding.ENCRYPTED, "files in it need a password")
            elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # With the other methods, zipfile does not bound how much comes out at once.
                search.add(ContentFinding.NOT_INSPECTED, "files in it are compressed in an uncommon way")
            else:
                _inspect_entry(zip_file, entry, depth, package, search)
        package.report()


def _refuse_overlaps(entries: list[zipfile.ZipInfo]) -> None:
    """Raise BombError if files share their bytes: https://www.usenix.org/conference/woot19/presentation/fifield."""
    for one, following in pairwise(sorted(entries, key=lambda entry: entry.header_offset)):
        if following.header_offset < one.header_offset + _LOCAL_HEADER + one.compress_size:
            raise BombError("files in it share their bytes")


def _inspect_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, depth: int, package: Package, search: Search
) -> None:
    unbounded = copy.copy(entry)
    unbounded.file_size = sys.maxsize  # else zipfile would stop at the size that the entry declares
    held, count = io.BytesIO(), 0
    with archive.open(unbounded) as content:
        while piece := content.read(_PIECE):
            count += len(piece)
            if count > entry.file_size:
                raise BombError("a file in it is larger than declared")
            search.count_expanded(len(piece))
            if held.tell() < MOST_HELD:
                held.write(piece)
    beginning = held.getbuffer()[:MOST_HELD]
    if package.inspect_part(entry.filename, beginning, is_cut=count > MOST_HELD):
        return
    if package.is_office and depth >= DEEPEST and is_container(bytes(beginning[:BLOCK])):
        search.add(ContentFinding.NOT_INSPECTED, f"what is embedded more than {DEEPEST} deep was not inspected")
    elif count <= MOST_HELD:
        search.inspect_part(held, depth + 1, search, "" if package.is_document else entry.filename)
        return
    report_program(bytes(beginning[:BLOCK]), search)
    if is_container(bytes(beginning[:BLOCK])):
        text = f"what is in the files of more than {MOST_HELD // MEBIBYTE} MiB in it was not inspected"
        search.add(ContentFinding.NOT_INSPECTED, text)
