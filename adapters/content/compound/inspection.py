"""Macros, passwords, links, labels and attachments in compound files: Office 97 to 2003, mails and others."""

from __future__ import annotations

from typing import BinaryIO, Final

from adapters.content.compound.attachments import inspect_attachments
from adapters.content.compound.excel import inspect_workbook
from adapters.content.compound.powerpoint import inspect_presentation
from adapters.content.compound.programs import program_of
from adapters.content.compound.streams import CompoundFile, Entry
from adapters.content.compound.word import inspect_letter, inspect_template, table_of
from adapters.content.office.labels import label_in_properties
from adapters.content.search import Search
from compliance.content import ContentFinding

# [MS-OFFCRYPTO] 2.2 and 2.3; without the storage of the transform, the first is a password and the others are rights.
_ENCRYPTED: Final = frozenset({"encryptedpackage", "\x09drmcontent", "\x09drmviewercontent", "drmencryptedtransform"})
_SUMMARY: Final = "\x05documentsummaryinformation"


def inspect_compound_file(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect the streams of a compound file. Raises SearchLimitError, ValueError and others if it is damaged."""
    compound = CompoundFile(document, search)
    names = {entry.name.lower() for entry in compound.entries}
    if names & _ENCRYPTED:
        search.add(ContentFinding.ENCRYPTED, "it needs a password or rights that its author has granted")
    if program_of(compound) == "installer":
        search.add(ContentFinding.EXECUTABLE, "it is an installer")
    if any(map(_is_project, compound.entries)):
        search.add(ContentFinding.MACROS, "it holds macros")
    for entry in compound.entries:
        if entry.is_stream:
            _inspect_stream(compound, entry, depth, search)
    inspect_attachments(compound, depth, search)


def _is_project(entry: Entry) -> bool:
    """Return whether a stream is the beginning of a Visual Basic project: [MS-OVBA] 2.2.1.

    Programs create the storage above it even if there are no macros.
    """
    name, above = entry.name.lower(), entry.path[-1:] if entry.path is not None else ("vba",)
    return name == "dir" and entry.is_stream and above == ("vba",)


def _inspect_stream(compound: CompoundFile, entry: Entry, depth: int, search: Search) -> None:
    """Inspect a stream that describes a document: this one or an embedded object."""
    match entry.name.lower():
        case "worddocument":
            letter = compound.read(entry)
            inspect_letter(letter, search)
            if not entry.path:
                inspect_template(letter, compound.stream(table_of(letter)) or b"", search)
        case "workbook" | "book":
            inspect_workbook(compound.read(entry), search)
        case "powerpoint document" if not entry.path:
            inspect_presentation(compound.stream("Current User"), compound.read(entry), depth, search)
        case name if name == _SUMMARY:
            label_in_properties(compound.read(entry), search)
