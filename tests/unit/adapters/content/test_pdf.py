"""What is found in PDF documents, whoever wrote them and however they are damaged, told by documents made for it."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from pypdf import PdfReader, PdfWriter

from adapters.content.inspection import inspect_content
from adapters.content.ranges import RangeFile
from adapters.content.search import MEBIBYTE
from compliance.content import ContentFinding
from tests.unit.adapters.content.crafted import pdf, pdf_with_object_stream, word
from tests.unit.adapters.content.findings import found

ACTIVE, ATTACHMENT, ENCRYPTED = ContentFinding.ACTIVE_CONTENT, ContentFinding.ATTACHMENT, ContentFinding.ENCRYPTED
EXTERNAL, MACROS, RESTRICTED = ContentFinding.EXTERNAL_CONTENT, ContentFinding.MACROS, ContentFinding.RESTRICTED
NOT_INSPECTED, EXECUTABLE = ContentFinding.NOT_INSPECTED, ContentFinding.EXECUTABLE
LABEL = ContentFinding.SENSITIVITY_LABEL

CATALOG, PAGES = b"<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"
SCRIPT = b"<</S/JavaScript/JS(app.alert(1))>>"
PUBLIC_KEY = b"/Encrypt<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s5/V 4/Length 128>>"


def written(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF document with these objects, numbered from 1, the catalog first."""
    content, places = b"%PDF-1.7\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(content))
    return content + head + table + end


def stream(content: bytes, more: bytes = b"") -> bytes:
    """Return a compressed stream."""
    packed = zlib.compress(content)
    return b"<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream" % (len(packed), more, packed)


def restricted(content: bytes, user_password: str = "") -> bytes:
    """Encrypt a document; without a password of the user it opens for anybody."""
    writer, encrypted = PdfWriter(PdfReader(io.BytesIO(content))), io.BytesIO()
    writer.encrypt(user_password, owner_password="owner", algorithm="AES-256")  # noqa: S106 of a document made here
    writer.write(encrypted)
    return encrypted.getvalue()


def form(script: bytes) -> bytes:
    """Return a document with an XFA form."""
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA 3 0 R>>>>"
    template = stream(b"<template><subform>%s</subform></template>" % script)
    return written(catalog, PAGES, b"[(template) 4 0 R]", template)


def with_attached(content: bytes, more: bytes = b"") -> bytes:
    """Return a document to which a file is attached."""
    catalog = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)3 0 R]>>>>>>"
    specification = b"<</Type/Filespec/F(a.docm)/EF<</F 4 0 R>>>>"
    return written(catalog, PAGES, specification, stream(content, b"/Type/EmbeddedFile" + more))


GUID = b"MSIP_Label_01234567-89ab-cdef-0123-456789abcdef_"
LABELLED = b"<</Title(x)/%sEnabled(true)/%sName(Strictly \\(very\\) secret)>>" % (GUID, GUID)
DOCM = word(word__vbaProject_bin=b"")
FOUND = {
    "opens without a password": (restricted(pdf()), {RESTRICTED}),
    "script behind no password": (restricted(pdf("/JavaScript")), {RESTRICTED, ACTIVE}),
    "file behind no password": (restricted(with_attached(DOCM)), {RESTRICTED, ATTACHMENT, MACROS}),
    "script behind a password": (restricted(pdf("/JavaScript"), "user"), {ENCRYPTED, ACTIVE}),
    "for holders of a certificate": (written(CATALOG, PAGES, b"null", trailer=PUBLIC_KEY), {ENCRYPTED}),
    "script for holders of a certificate": (written(CATALOG, PAGES, SCRIPT, trailer=PUBLIC_KEY), {ENCRYPTED, ACTIVE}),
    "encrypted in an unknown way": (written(CATALOG, PAGES, trailer=b"/Encrypt<</Filter/Standard/V 6>>"), {ENCRYPTED}),
    "encrypted by something else": (written(CATALOG, PAGES, trailer=b"/Encrypt 7"), {ENCRYPTED}),
    "script before 20,001 objects": (written(CATALOG, PAGES, SCRIPT, *[b"null"] * 20_001), {ACTIVE}),
    "script after 20,001 objects": (written(CATALOG, PAGES, *[b"null"] * 20_001, SCRIPT), {ACTIVE}),
    "unreadable object before a script": (written(CATALOG, PAGES, b"[1 0 R", SCRIPT), {ACTIVE}),
    "script in an unreadable object": (written(CATALOG, PAGES, b"<</S/JavaScript/JS(1"), {ACTIVE, NOT_INSPECTED}),
    "object that is not where it should be": (
        written(CATALOG, PAGES, SCRIPT).replace(b"3 0 obj", b"3 0 xxx"),
        {NOT_INSPECTED},
    ),
    "script in a form": (form(b"<event><script contentType='application/x-javascript'>1</script></event>"), {ACTIVE}),
    "script of another prefix in a form": (form(b"<x:script>1</x:script>"), {ACTIVE}),
    "form that cannot be read": (form(b"").replace(b"FlateDecode", b"FlatDecodee"), {NOT_INSPECTED}),
    "attached file": (with_attached(b"text"), {ATTACHMENT}),
    "attached file with macros": (with_attached(DOCM), {ATTACHMENT, MACROS}),
    "document attached to a document": (with_attached(with_attached(DOCM)), {ATTACHMENT, MACROS}),
    "form that is sent": (written(CATALOG, PAGES, b"<</S/SubmitForm/F(http://example.org)>>"), {EXTERNAL}),
    "data that is taken": (written(CATALOG, PAGES, b"<</S/ImportData/F(a.fdf)>>"), {EXTERNAL}),
    "other document that is opened": (written(CATALOG, PAGES, b"<</S/GoToR/F(a.pdf)/D[0]>>"), {EXTERNAL}),
    "rich media": (written(CATALOG, PAGES, b"<</Subtype/RichMedia/RichMediaContent<<>>>>"), {ACTIVE}),
    "name in other letters": (written(CATALOG, PAGES, b"<</S/J#61vaScript/J#53(1)>>"), {ACTIVE}),
    "script after the word endobj in a string": (
        written(CATALOG, PAGES, b"<</T(endobj " + b" " * 9000 + b")/S/JavaScript/JS(1)>>"),
        {ACTIVE},
    ),
    "script after a parenthesis in a comment": (
        written(CATALOG, PAGES, b"<<%(\n/S/JavaScript/JS(1)%)\n>>"),
        {ACTIVE},
    ),
    "script after a string with an escaped parenthesis": (
        written(CATALOG, PAGES, b"<</T(a\\\\)/S/JavaScript/JS(1)>>"),
        {ACTIVE},
    ),
    "script in a form whose key is in other letters": (
        form(b"<script>1</script>").replace(b"/XFA", b"/X#46A"),
        {ACTIVE},
    ),
    "script in a form in UTF-16": (
        written(b"<</AcroForm<</XFA 3 0 R>>>>", PAGES, stream("<x><script>1</script></x>".encode("utf-16"))),
        {ACTIVE},
    ),
    "form that is sent by its template": (form(b"<submit target='http://x.example'/>"), {EXTERNAL}),
    "film": (written(CATALOG, PAGES, b"<</Subtype/Movie/Movie<</F(a.mp4)>>>>"), {ACTIVE}),
    "attached program": (with_attached(b"MZ" + bytes(99)), {ATTACHMENT, EXECUTABLE}),
    "attached by the name of a program": (
        written(
            CATALOG,
            PAGES,
            b"<</UF<FEFF%s>/F(a)/EF<</F 4 0 R>>>>" % "a.js".encode("utf-16-be").hex().encode(),
            stream(b"1"),
        ),
        {ATTACHMENT, EXECUTABLE},
    ),
    "cover of an encrypted document": (
        written(CATALOG, PAGES, b"<</Type/Filespec/AFRelationship/EncryptedPayload>>"),
        {ENCRYPTED},
    ),
    "script in a stream of objects of another name": (
        pdf_with_object_stream(b"<</S/JavaScript/JS(1)>>").replace(b"/ObjStm", b"/Ob#6aSt"),
        {ACTIVE},
    ),
    "label": (written(CATALOG, PAGES, LABELLED, trailer=b"/Info 3 0 R"), {LABEL}),
    "label behind no password": (
        restricted(written(CATALOG, PAGES, LABELLED, trailer=b"/Info 3 0 R")),
        {RESTRICTED, LABEL},
    ),
}
HARMLESS = {
    "names in strings": written(CATALOG, PAGES, b"<</Title(About /JavaScript \\(and /JS\\) (/Launch))>>"),
    "names in comments": written(CATALOG, PAGES, b"<<%/JavaScript\n>>"),
    "names in streams": written(CATALOG, PAGES, b"<</Length 12>>stream\n/JavaScript \nendstream"),
    "form without scripts": form(b"<field/>"),
}


def kinds(content: bytes) -> set[ContentFinding]:
    """Return the kinds of findings in a PDF document."""
    return {finding.kind for finding in inspect_content(io.BytesIO(content), "a.pdf", None, ())}


@pytest.mark.parametrize("name", FOUND)
def test_what_a_pdf_document_does_is_found(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content) == expected


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_like_it_is_not(name: str) -> None:
    assert kinds(HARMLESS[name]) == set()


def test_a_label_is_told_by_its_name() -> None:
    details = found(FOUND["label"][0], "a.pdf")

    assert details["sensitivity_label"] == "its sensitivity label is “Strictly (very) secret”"


def test_long_runs_of_digits_cost_no_more_than_their_length() -> None:
    digits = written(b"<</Type/Catalog/Pages 2 0 R/X 3 0 R>>", PAGES, b"[" + b"1" * 900_000 + b"]", SCRIPT)

    assert kinds(digits) == {ACTIVE}


def test_an_object_to_which_many_refer_is_read_once_or_twice() -> None:
    kids = b"<</Type/Pages/Kids[%s]>>" % b" ".join(b"%d 0 R" % (3 + number) for number in range(500))
    content = written(CATALOG, kids, *[b"<</Type/Page/Parent 2 0 R>>"] * 500)

    class Counted(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            self.count += len(piece)
            return piece

    document = Counted(content)

    assert not inspect_content(document, "a.pdf", None, ())
    assert document.count < 5_000_000


def test_whether_a_password_is_needed_is_said_in_words() -> None:
    def detail(content: bytes) -> str:
        return inspect_content(io.BytesIO(content), "a.pdf", None, ())[0].detail

    assert "needs a password" in detail(restricted(pdf(), "user"))
    assert "without a password" in detail(restricted(pdf()))
    assert "certificate" in detail(FOUND["for holders of a certificate"][0])


def test_of_a_large_scan_neither_the_pictures_are_read_nor_what_was_read_is_kept() -> None:
    picture = 4_000 * 1024
    scan = _Scan([picture] * 100)
    asked = list[int]()

    def fetch(offset: int, length: int) -> bytes:
        asked.append(length)
        return scan.part(offset, length)

    tracemalloc.start()
    try:
        with RangeFile(scan.length, fetch) as parts:
            found = inspect_content(parts, "scan.pdf", None, ())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert {finding.kind for finding in found} == {ACTIVE}
    assert scan.length > 390 * MEBIBYTE
    assert peak < 16 * MEBIBYTE
    assert sum(asked) < scan.length / 4


class _Scan:
    """A document of pages that are pictures, of which only what is read is made. The last object is a script."""

    def __init__(self, pictures: Sequence[int]) -> None:
        kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(len(pictures)))
        self._pieces: list[tuple[int, bytes]] = []
        self.length, places = 0, list[int]()
        self._add(b"%PDF-1.7\n")
        heads = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pictures))]
        for page, length in enumerate(pictures):
            heads.append(b"<</Type/Page/Parent 2 0 R/Resources<</XObject<</I %d 0 R>>>>>>" % (4 + 2 * page))
            heads.append(b"<</Subtype/Image/Filter/DCTDecode/Length %d>>stream\n" % length)
        for number, head in enumerate([*heads, SCRIPT], 1):
            places.append(self.length)
            self._add(b"%d 0 obj\n%s" % (number, head))
            if head.endswith(b"stream\n"):
                self.length += pictures[0]  # zeros
                self._add(b"\nendstream")
            self._add(b"\nendobj\n")
        index = self.length
        self._add(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        self._add(b"".join(b"%010d 00000 n \n" % place for place in places))
        self._add(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, index))

    def _add(self, content: bytes) -> None:
        self._pieces.append((self.length, content))
        self.length += len(content)

    def part(self, offset: int, length: int) -> bytes:
        """Return a part of the document."""
        part = bytearray(length)
        for place, content in self._pieces:
            begin, end = max(place, offset), min(place + len(content), offset + length)
            if begin < end:
                part[begin - offset : end - offset] = content[begin - place : end - place]
        return bytes(part)
