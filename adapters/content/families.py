"""Whether an Office document is what its name says: by a compound file's streams, a ZIP file's parts, or as a text.

First bytes do not tell: any compound file begins as a .doc does, any ZIP file as a .odt.
"""

from __future__ import annotations

import re
import zipfile
from enum import Enum
from typing import BinaryIO, Final

from adapters.content.compound.programs import program_of
from adapters.content.compound.streams import CompoundFile
from adapters.content.mail.eml import is_mail
from adapters.content.office.flat import flat_program
from adapters.content.office.package import part_name
from adapters.content.search import KIBIBYTE, Search
from adapters.content.signatures import COMPOUND_FILE, ZIP
from adapters.content.texts.encoding import is_text
from adapters.content.texts.rtf import RTF
from adapters.content.texts.web import is_web_page

COMPOUND, PACKAGE = "compound", "package"


class Judgement(Enum):
    """What a document's content makes of its name."""

    RIGHT = "right"
    OTHER_FORMAT = "other format"  # the program that the name calls for opens it
    WRONG = "wrong"


# What an extension claims: the family of documents, and how they are stored.
_CLAIMS: Final = {
    extension: (family, form)
    for family, form, extensions in (
        ("word", PACKAGE, ".docx .docm .dotx .dotm"),
        ("word", COMPOUND, ".doc .dot"),
        ("excel", PACKAGE, ".xlsx .xlsm .xlsb .xltx .xltm .xlam"),
        ("excel", COMPOUND, ".xls .xlt .xla .xlm .xlw"),
        ("powerpoint", PACKAGE, ".pptx .pptm .potx .potm .ppsx .ppsm .ppam"),
        ("powerpoint", COMPOUND, ".ppt .pps .pot .ppa"),
        ("visio", PACKAGE, ".vsdx .vsdm .vssx .vssm .vstx .vstm"),
        ("visio", COMPOUND, ".vsd .vss .vst"),
        ("outlook", COMPOUND, ".msg .oft"),
        ("publisher", COMPOUND, ".pub"),
        ("project", COMPOUND, ".mpp .mpt"),
        ("text", PACKAGE, ".odt .ott .odm"),
        ("spreadsheet", PACKAGE, ".ods .ots"),
        ("presentation", PACKAGE, ".odp .otp"),
        ("graphics", PACKAGE, ".odg .otg"),
        ("epub", PACKAGE, ".epub"),
        ("xps", PACKAGE, ".xps .oxps"),
    )
    for extension in extensions.split()
}
_OFFICE: Final = frozenset({"word", "excel", "powerpoint", "visio"})
# Programs open the documents of the other suite under the names of their own.
_SAME: Final = {"text": "word", "spreadsheet": "excel", "presentation": "powerpoint", "graphics": "visio"}
# The main part's content type in each family; what follows the name is a document, template, show or add-in.
_MAIN: Final = re.compile(
    rb"(wordprocessingml|ms-word|spreadsheetml|ms-excel|presentationml|ms-powerpoint|ms-visio)\.[a-z.]{0,60}main"
)
_FAMILIES: Final = {
    b"wordprocessingml": "word",
    b"ms-word": "word",
    b"spreadsheetml": "excel",
    b"ms-excel": "excel",
    b"presentationml": "powerpoint",
    b"ms-powerpoint": "powerpoint",
    b"ms-visio": "visio",
}
_FOLDERS: Final = {"word": "word", "xl": "excel", "ppt": "powerpoint", "visio": "visio"}
_OPEN_DOCUMENT: Final = re.compile(rb"application/(?:vnd\.oasis\.opendocument|x-vnd\.oasis\.opendocument)\.([a-z]+)")
_OPEN_OFFICE: Final = {b"writer": "text", b"calc": "spreadsheet", b"impress": "presentation", b"draw": "graphics"}
_LARGEST_PART: Final = 1024 * KIBIBYTE
_BEGINNING: Final = 64 * KIBIBYTE
# Programs before compound files: Word 1 and 2, for DOS and Mac, Write, Works, WordPerfect; Excel 2 to 4, Lotus, SYLK.
_OLD_WORD: Final = tuple(
    bytes.fromhex(each) for each in ("9ba5", "dba5", "31be", "32be", "fe37", "fe34", "fe32", "0e11", "ff575043")
)
_OLD_EXCEL: Final = tuple(
    bytes.fromhex(each) for each in ("0900", "0902", "0904", "0000020006", "00001a00", "49443b50")
)
_OLD_POWERPOINT: Final = (bytes.fromhex("eddead0b"), bytes.fromhex("0baddeed"))
# What else a program opens under its old names.
_OPENED: Final = {
    "word": frozenset({"rtf", "web", "mail", "plain", "old word"}),
    "excel": frozenset({"web", "mail", "plain", "old excel"}),
    "powerpoint": frozenset({"web", "mail", "old powerpoint"}),
}


def is_claimed(extension: str) -> bool:
    """Return whether an extension, with its dot, claims a family of documents."""
    return extension in _CLAIMS


def judge(extension: str, document: BinaryIO, search: Search) -> Judgement:
    """Judge the content of a document whose extension claims a family.

    Raises the errors of its parser if the document is damaged.
    """
    claimed, form = _CLAIMS[extension]
    document.seek(0)
    beginning = document.read(_BEGINNING)
    held = _held(document, beginning, search)
    stored = PACKAGE if beginning.startswith(ZIP) else COMPOUND if beginning.startswith(COMPOUND_FILE) else None
    if claimed in held and stored == form:
        return Judgement.RIGHT
    if "encrypted" in held and claimed in _OFFICE:
        return Judgement.RIGHT
    if stored and claimed in {_SAME.get(each, each) for each in held}:
        return Judgement.OTHER_FORMAT
    if form == COMPOUND and (held & _OPENED.get(claimed, frozenset()) or (stored is None and claimed in held)):
        return Judgement.OTHER_FORMAT
    if stored is None and "opendocument" in held and claimed in _SAME:
        return Judgement.OTHER_FORMAT
    # A compound file that no known program has written.
    return Judgement.OTHER_FORMAT if form == stored == COMPOUND and not held else Judgement.WRONG


def _held(document: BinaryIO, beginning: bytes, search: Search) -> frozenset[str]:
    """Return the families to which a document belongs by its content."""
    if beginning.startswith(ZIP):
        document.seek(0)
        return _in_package(document)
    if beginning.startswith(COMPOUND_FILE):
        program = program_of(CompoundFile(document, search))
        return frozenset({program} if program else ())
    return frozenset(filter(None, _in_text(beginning)))


def _in_text(beginning: bytes) -> tuple[str | None, ...]:
    if beginning.lstrip().startswith(RTF):
        return ("rtf",)
    for family, signatures in (("old word", _OLD_WORD), ("old powerpoint", _OLD_POWERPOINT), ("old excel", _OLD_EXCEL)):
        if beginning.startswith(signatures):
            return (family,)
    if not beginning or not is_text(beginning):
        return ()
    if program := flat_program(beginning):
        return (program, *(("word", "excel", "powerpoint") if program == "package" else ()))
    return ("web" if is_web_page(beginning) else "mail" if is_mail(beginning) else "plain",)


def _in_package(document: BinaryIO) -> frozenset[str]:
    with zipfile.ZipFile(document) as package:
        parts = {part_name(name): name for name in reversed(package.namelist())}

        def content(part: str) -> bytes:
            if part not in parts:
                return b""
            with package.open(parts[part]) as file:
                return file.read(_LARGEST_PART).replace(b"\0", b"").lower()

        kind = content("mimetype")[:200]
        if not kind and "meta-inf/manifest.xml" in parts:
            kind = content("meta-inf/manifest.xml")
        if b"epub" in kind or "meta-inf/container.xml" in parts:
            return frozenset({"epub"})
        if named := _OPEN_DOCUMENT.search(kind):
            return frozenset({named[1].decode()})
        if kind.startswith(b"application/vnd.sun.xml."):
            return frozenset({_OPEN_OFFICE.get(kind[24:].split(b".")[0], "office")})
        types = content("[content_types].xml")
        if families := {_FAMILIES[main[1]] for main in _MAIN.finditer(types)}:
            return frozenset(families)
        if (
            b"fixeddocumentsequence" in types
            or "fixeddocumentsequence.fdseq" in parts
            or any(part.endswith(".fdseq") for part in parts)
        ):
            return frozenset({"xps"})
        if "meta-inf/manifest.mf" in parts or "androidmanifest.xml" in parts:
            return frozenset({"java"})
        folders = {part.partition("/")[0] for part in parts if "/" in part}
        if "[content_types].xml" in parts or "_rels" in folders:
            return frozenset(_FOLDERS[folder] for folder in folders & set(_FOLDERS))
        if "content.xml" in parts and ("styles.xml" in parts or "meta.xml" in parts):
            return frozenset({"text", "spreadsheet", "presentation", "graphics"})  # an OpenDocument without its kind
        return frozenset()
