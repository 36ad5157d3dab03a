"""Documents made to be found out, or to be taken for what they are; built here, so that no hostile file lies about."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def archive(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP file with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as opened:
        for name, file in files.items():
            opened.writestr(name, file)
    return content.getvalue()


def word(**parts: bytes) -> bytes:
    """Return a Word document with further parts. In their names `__` stands for a slash, `_` for a dot."""
    more = {name.replace("__", "/").replace("_", "."): content for name, content in parts.items()}
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>", **more})


def with_password(content: bytes) -> bytes:
    """Mark the first file of a ZIP file as encrypted."""
    return _set(content, {_LOCAL: (6, b"\x01\x00"), _CENTRAL: (8, b"\x01\x00")})


def with_declared_size(content: bytes, size: int) -> bytes:
    """Declare the size of a ZIP file's first file."""
    return _set(content, {_CENTRAL: (24, struct.pack("<I", size))})


def with_method(content: bytes, method: int) -> bytes:
    """Declare how a ZIP file's first file is compressed."""
    return _set(content, {_LOCAL: (8, struct.pack("<H", method)), _CENTRAL: (10, struct.pack("<H", method))})


def overlapping() -> bytes:
    """Return an archive of two files of the same bytes, as David Fifield's bombs have thousands."""
    content = archive({"a": bytes(1000), "b": bytes(1000)})
    second = content.rindex(_CENTRAL)
    return content[: second + 42] + bytes(4) + content[second + 46 :]  # the second file begins where the first does


def nested(depth: int) -> bytes:
    """Return a ZIP file in a ZIP file, and so on."""
    content = archive({"page.txt": b"the innermost"})
    for level in range(depth):
        content = archive({f"level {level}.zip": content})
    return content


def pdf(action: str | None = None, password: str | None = None) -> bytes:
    """Return a PDF document of one page, with an annotation that runs `action` if there is one."""
    writer, content = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(100, 100)
    if action:
        runs = DictionaryObject({NameObject("/S"): NameObject(action), NameObject("/JS"): TextStringObject("1")})
        link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): runs})
        page[NameObject("/Annots")] = writer._add_object(DictionaryObject({NameObject("/Inner"): link}))
    if password:
        writer.encrypt(password, algorithm="AES-256")
    writer.write(content)
    return content.getvalue()


def pdf_without_index(*objects: bytes) -> bytes:
    """Return a PDF document without an index of its objects, which are numbered from 1."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF"


def pdf_with_object_stream(action: bytes) -> bytes:
    """Return a PDF document whose objects are compressed in a stream, as most programs write them."""
    objects = [b"<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", action]
    places, body = b"", b""
    for number, content in enumerate(objects, 1):
        places += b"%d %d " % (number, len(body))
        body += content + b" "
    packed = zlib.compress(places + body)
    document = b"%PDF-1.5\n"
    stream = len(document)
    head = b"4 0 obj<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>stream\n"
    document += head % (len(places), len(packed)) + packed + b"\nendstream endobj\n"
    rows = [(0, 0, 255), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, stream, 0), (1, len(document), 0)]
    table = b"".join(struct.pack(">BHB", *row) for row in rows)
    head = b"5 0 obj<</Type/XRef/Size 6/W[1 2 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return document + head + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(document)


def compound_file(*names: str, content: bytes = b"", allocation_sectors: int = 1, declared_size: int = 4096) -> bytes:
    """Return a compound file ([MS-CFB]) with these streams of 4 KiB, each of which begins with the content."""
    directory = -(-(len(names) + 1) // 4)
    first = 1 + directory
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, allocation_sectors, 1, 0, 4096, _END, 0, _END, 0, 0)
    header += struct.pack("<108I", *[_FREE] * 108)
    chains = [0xFFFFFFFD, *range(2, 1 + directory), _END]
    entries = _directory_entry("Root Entry", 5, right=_FREE, child=1 if names else _FREE, start=_END, size=0)
    for number, name in enumerate(names, 1):
        start = first + 8 * (number - 1)
        chains += [*range(start + 1, start + 8), _END]
        right = number + 1 if number < len(names) else _FREE
        entries += _directory_entry(name, 2, right=right, child=_FREE, start=start, size=declared_size)
    table = struct.pack("<128I", *chains, *[_FREE] * (128 - len(chains)))
    return header + table + entries.ljust(512 * directory, b"\0") + content.ljust(4096, b"\0") * len(names)


def compound_file_of_many(count: int) -> bytes:
    """Return a compound file with up to 409 empty streams in a balanced search tree."""

    def tree(first: int, end: int) -> tuple[int, dict[int, tuple[int, int]]]:
        if first >= end:
            return _FREE, {}
        middle = (first + end) // 2
        (left, below), (right, above) = tree(first, middle), tree(middle + 1, end)
        return middle, {middle: (left, right), **below, **above}

    top, beside = tree(1, count + 1)
    entries = _directory_entry("Root Entry", 5, right=_FREE, child=top, start=_END, size=0)
    for number in range(1, count + 1):
        left, right = beside[number]
        name = f"stream {number}"
        entries += _directory_entry(name, 2, right=right, child=_FREE, start=_END, size=0, left=left)
    sectors = -(-len(entries) // 512)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0) + struct.pack("<108I", *[_FREE] * 108)
    chains = [0xFFFFFFFD, *range(2, 1 + sectors), _END]
    return header + struct.pack("<128I", *chains, *[_FREE] * (128 - len(chains))) + entries.ljust(512 * sectors, b"\0")


def _directory_entry(
    name: str, kind: int, *, right: int, child: int, start: int, size: int, left: int = _FREE
) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    entry = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, left, right, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)


def _set(content: bytes, fields: Mapping[bytes, tuple[int, bytes]]) -> bytes:
    changed = bytearray(content)
    for signature, (offset, value) in fields.items():
        at = changed.index(signature) + offset
        changed[at : at + len(value)] = value
    return bytes(changed)
