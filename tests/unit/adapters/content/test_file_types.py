"""Whether a document's bytes are what its name says, told by documents of many writers and by traps."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from adapters.content.inspection import SNIFFED_BYTES
from adapters.content.types import contradicts_content_type, contradicts_extension

SAMPLES = sorted(path for path in Path("local/samples").iterdir() if path.is_file() and not path.name.startswith("."))
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(100)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(50)
EXIF = bytes.fromhex("ffd8ffe1001845786966000049492a00") + bytes(50)
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


def archive(*names: str, compression: int = zipfile.ZIP_DEFLATED, first: bytes = b"<xml/>") -> bytes:
    """Return the beginning of a ZIP file with these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as entries:
        for position, name in enumerate(names):
            entries.writestr(name, first if position == 0 else b"<xml/>" * 100)
    return file.getvalue()[:SNIFFED_BYTES]


WORD = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
EXCEL = archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
POWERPOINT = archive("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml")
NOISE = bytes(range(256)) * 400

TRUE = {
    "report.pdf": PDF,
    "REPORT.PDF": PDF,
    "after a byte order mark and blank lines.pdf": b"\xef\xbb\xbf\r\n\n" + PDF,
    "as Word writes it.docx": WORD,
    "as LibreOffice writes it.docx": archive("_rels/.rels", "docProps/app.xml", "word/document.xml"),
    "as Google Docs writes it.docx": archive("word/numbering.xml", "word/settings.xml", "[Content_Types].xml"),
    "with its thumbnail first.docx": archive("docProps/thumbnail.jpeg", "word/document.xml", first=NOISE),
    "uncompressed.DOCX": archive("[Content_Types].xml", "word/document.xml", compression=zipfile.ZIP_STORED),
    "with an embedded workbook.docx": archive(
        "[Content_Types].xml", "word/document.xml", "word/embeddings/x.xlsx", compression=zipfile.ZIP_STORED
    ),
    "with macros.docm": WORD,
    "template.dotx": WORD,
    "with a password.docx": OLE,
    "prices.xlsx": EXCEL,
    "slides.pptx": POWERPOINT,
    "letter.odt": archive("mimetype", "content.xml", compression=zipfile.ZIP_STORED),
    "bundle.zip": archive("anything.exe"),
    "empty bundle.zip": b"PK\x05\x06" + bytes(18),
    "old.doc": OLE,
    "old.xls": OLE,
    "old.ppt": OLE,
    "mail.msg": OLE,
    "letter.rtf": b"{\\rtf1\\ansi hello}",
    "photo.jpg": JPEG,
    "photo.jpeg": EXIF,
    "photo.JPG": bytes.fromhex("ffd8ffdb004300") + bytes(50),
    "photo.jpe": JPEG,
    "image.gif": b"GIF89a" + bytes(20),
    "scan.tif": b"II*\x00" + bytes(20),
    "scan.tiff": b"MM\x00*" + bytes(20),
    "image.bmp": b"BM\x36\x00\x00\x00" + bytes(60),
    "image.webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(20),
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "BM begins a bitmap.txt": b"BM Bau GmbH",
    "PK begins an archive.csv": b"PK;Name\r\n1;x\r\n",
    "MZ begins a program.csv": b"MZ;AA\r\n1;2\r\n",
    "PDF begins a PDF.txt": b"%PDF-1.4 is how it begins",
    "GIF begins an image.md": b"GIF89a is how it begins",
    "in UTF-8 with a mark.txt": b"\xef\xbb\xbf" + "Größe".encode(),
    "in UTF-16, little end first.csv": "\ufeffGröße;Preis\r\n".encode("utf-16-le"),
    "in UTF-16, big end first.txt": "\ufeff漢字".encode("utf-16-be"),
    "in UTF-16, cut within a character.txt": "\ufeff📄📄".encode("utf-16-le")[:-1],
    "in UTF-16, with other ends of lines.xml": '\ufeff<?xml version="1.0" encoding="UTF-16"?>\r'.encode("utf-16-le"),
    "in UTF-32.txt": "\ufeffGröße".encode("utf-32-le"),
    "in Latin-1.txt": "Größe\n".encode("latin-1"),
    "from DOS.txt": b"one\r\ntwo\r\n\x1a",
    "from a terminal.log": b"\x1b[31mred\x1b[0m\x08\x07\n",
    "empty.txt": b"",
    "empty.csv": b"",
    "settings.json": b'{"a": 1}',
    "page.html": b"no tags at all",
    "no extension": PROGRAM,
    ".hidden": PROGRAM,
    "unknown.xyz": PROGRAM,
    "data.dat": b"anything",
    "script.py": b"print('a text whose extension some programs expect a signature for')\n",
    "notes.org": b"* heading\n",
    "settings.ini": b"key = value\n",
    "image.heic": b"\x00\x00\x00\x18ftypheic" + bytes(20),
    "folder.pdf/no extension": ELF,
}

FALSE = {
    "program.pdf": PROGRAM,
    "program.PDF": ELF,
    "program.pdf .": ELF,
    "folder.txt/program.pdf": ELF,
    "program that mentions it.pdf": PROGRAM + PDF,
    "page.pdf": b"<html><body>%PDF-1.4</body></html>",
    "text.pdf": b"report",
    "empty.pdf": b"",
    "empty.docx": b"",
    "empty.png": b"",
    "program.docx": PROGRAM,
    "archive of something else.docx": archive("setup.exe", "readme.txt"),
    "workbook.docx": EXCEL,
    "document.xlsx": WORD,
    "slides.docx": POWERPOINT,
    "document.zip.doc": WORD,
    "photo.png": JPEG,
    "image.jpg": b"\x89PNG\r\n\x1a\n" + bytes(20),
    "sound.webp": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20),
    "program.txt": PROGRAM,
    "program.csv": ELF,
    "photo.txt": JPEG,
    "document.txt": WORD,
    "program after a mark.txt": "\ufeff".encode("utf-16-le") + PROGRAM,
    "program.json": PROGRAM,
    "page.rtf": b"<html>",
}


@pytest.mark.parametrize("name", TRUE)
def test_what_its_name_says_or_what_claims_nothing_is_reviewed(name: str) -> None:
    assert not contradicts_extension(name, TRUE[name])


@pytest.mark.parametrize("name", FALSE)
def test_what_its_name_does_not_say_is_found_out(name: str) -> None:
    assert contradicts_extension(name, FALSE[name])


DECLARED = [
    ("application/pdf", PDF),
    ("Application/PDF; charset=binary", PDF),
    ("text/csv", b"a;b\r\n"),
    ("text/plain; charset=utf-16", "\ufeffGröße".encode("utf-16-le")),
    ("application/json", b"{}"),
    ("application/zip", WORD),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", WORD),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", OLE),
    ("image/jpeg", EXIF),
    ("text/rtf", b"{\\rtf1 hello}"),
]
CLAIMS_NOTHING = [
    None,
    "",
    "application/octet-stream",
    "application/vnd.ms-excel",
    "application/msword",
    "nonsense",
    ";",
]


@pytest.mark.parametrize(("declared", "content"), DECLARED)
def test_what_was_declared_is_believed_while_the_content_agrees(declared: str, content: bytes) -> None:
    assert not contradicts_content_type(declared, content)
    assert contradicts_content_type(declared, PROGRAM)


@pytest.mark.parametrize("declared", CLAIMS_NOTHING)
def test_a_declared_type_that_programs_give_to_anything_claims_nothing(declared: str | None) -> None:
    assert not contradicts_content_type(declared, PROGRAM)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_of_the_samples_only_the_program_contradicts_its_extension(path: Path) -> None:
    assert contradicts_extension(path.name, path.read_bytes()[:SNIFFED_BYTES]) == (path.name == "invoice.pdf")


def test_the_samples_are_there() -> None:
    assert {"annual-report.pdf", "invoice.pdf", "press-release.docx"} <= {path.name for path in SAMPLES}


def test_any_length_of_any_beginning_is_judged() -> None:
    for content in (*TRUE.values(), *FALSE.values()):
        for length in range(40):
            for name in ("x.pdf", "x.docx", "x.txt", "x.webp", "x"):
                assert contradicts_extension(name, content[:length]) in (True, False)
