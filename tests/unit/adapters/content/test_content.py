"""What is found in a document's content, told by documents made for it; and what is not, told by ordinary ones."""

from __future__ import annotations

import gzip
import io
import random
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from adapters.content import search
from adapters.content.archives import MOST_ENTRIES, MOST_HELD
from adapters.content.inspection import inspect_content
from adapters.content.ranges import RangeFile
from adapters.content.search import DEEPEST, MEBIBYTE
from compliance.content import ContentFinding
from tests.unit.adapters.content.crafted import (
    archive,
    compound_file,
    compound_file_of_many,
    nested,
    overlapping,
    pdf,
    pdf_with_object_stream,
    pdf_without_index,
    with_declared_size,
    with_method,
    with_password,
    word,
)

EMPTY = ContentFinding.EMPTY
TYPE_MISMATCH, TYPE_NOT_ALLOWED = ContentFinding.TYPE_MISMATCH, ContentFinding.TYPE_NOT_ALLOWED
ENCRYPTED, BOMB, MACROS = ContentFinding.ENCRYPTED, ContentFinding.ARCHIVE_BOMB, ContentFinding.MACROS
ACTIVE, NOT_INSPECTED = ContentFinding.ACTIVE_CONTENT, ContentFinding.NOT_INSPECTED

SAMPLES = sorted(path for path in Path("local/samples").iterdir() if path.is_file() and not path.name.startswith("."))
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"  # never whole in this file
TEN_THOUSAND_TO_ONE = archive({"inner.zip": archive({"zeros": bytes(40 * MEBIBYTE)})})
NOISE = random.Random(0).randbytes(9 * MEBIBYTE)  # noqa: S311 no secret
ODT, ODS = (b"application/vnd.oasis.opendocument." + kind for kind in (b"text", b"spreadsheet"))
MANIFEST = b'<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
VBA_TYPE = b'<Override PartName="/word/notes.bin" ContentType="application/vnd.ms-office.vbaProject"/>'


def kinds(content: bytes, name: str, declared: str | None = None, *allowed: str) -> set[ContentFinding]:
    """Return the kinds of findings in a document."""
    return {finding.kind for finding in inspect_content(io.BytesIO(content), name, declared, allowed)}


SECRET = "secret"  # noqa: S105 of a document made here
FIB = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, 0x0200)  # [MS-DOC] 2.5.2
FIB_WITH_PASSWORD = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, 0x0300)

HARMLESS = {
    "virus test.txt": EICAR,
    "report.pdf": pdf(),
    "letter.docx": word(),
    "folder.zip": archive({"folder/": b"", "folder/a.txt": b"a"}),
    "three deep.zip": nested(DEEPEST),
    "much the same.csv.zip": archive({"a.csv": b"0;0;0;0\r\n" * 100_000}),
    "letter.doc": compound_file("WordDocument", "1Table", content=FIB),
    "table.csv.gz": gzip.compress(b"a,b\r\n"),
    "objects compressed.pdf": pdf_with_object_stream(b"<</S/GoTo/D[0]>>"),
    "mail.msg": compound_file("__properties_version1.0"),
    "vbaProject.bin in a plain archive.zip": archive({"vbaProject.bin": b""}),
    "empty.zip": archive({}),
    "unknown.xyz": bytes(range(256)),
}
FOUND = {
    "ten thousand to one.zip": (TEN_THOUSAND_TO_ONE, {BOMB}),
    "declared.zip": (archive({"zeros": bytes(40 * MEBIBYTE)}), {BOMB}),
    "in a document.docx": (word(word__media__a_bin=bytes(40 * MEBIBYTE)), {BOMB}),
    "says less.zip": (with_declared_size(archive({"zeros": bytes(MEBIBYTE)}), 10), {BOMB}),
    "too deep.zip": (nested(DEEPEST + 1), {BOMB}),
    "shared bytes.zip": (overlapping(), {BOMB}),
    "many files.zip": (archive({str(number): b"" for number in range(MOST_ENTRIES + 1)}), {BOMB}),
    "password.zip": (with_password(archive({"a.txt": b"secret"})), {ENCRYPTED}),
    "password within.zip": (archive({"inner.zip": with_password(archive({"a.txt": b"secret"}))}), {ENCRYPTED}),
    "password.docx": (compound_file("EncryptionInfo", "EncryptedPackage"), {ENCRYPTED}),
    "password.odt": (archive({"mimetype": ODT, "META-INF/manifest.xml": MANIFEST}), {ENCRYPTED}),
    "password.pdf": (pdf(password=SECRET), {ENCRYPTED}),
    "macros.docm": (word(word__vbaProject_bin=b""), {MACROS}),
    "macros in an honest name.docx": (word(word__vbaProject_bin=b""), {MACROS}),
    "macros called otherwise.docx": (
        archive({"[Content_Types].xml": VBA_TYPE, "word/document.xml": b"", "word/notes.bin": b""}),
        {MACROS},
    ),
    "macros called otherwise, in UTF-16.docx": (
        archive({"[Content_Types].xml": VBA_TYPE.decode().encode("utf-16"), "word/document.xml": b""}),
        {MACROS},
    ),
    "macro sheet.xlsm": (archive({"[Content_Types].xml": b"", "xl/macrosheets/sheet1.xml": b""}), {MACROS}),
    "macros.ods": (
        archive({"mimetype": ODS, "META-INF/manifest.xml": b"", "Basic/Standard/Module1.xml": b""}),
        {MACROS},
    ),
    "password.doc": (compound_file("WordDocument", "1Table", content=FIB_WITH_PASSWORD), {ENCRYPTED}),
    "macros within.zip": (archive({"a.docm": word(word__vbaProject_bin=b"")}), {MACROS}),
    "control.docx": (word(word__activeX__activeX1_bin=b""), {ACTIVE}),
    "script.pdf": (pdf("/JavaScript"), {ACTIVE}),
    "script among compressed objects.pdf": (pdf_with_object_stream(b"<</S/JavaScript/JS(1)>>"), {ACTIVE}),
    "program.pdf": (pdf("/Launch"), {ACTIVE}),
    "program named elsewhere.pdf": (pdf_without_index(b"<</Type/Catalog>>", b"<</S 3 0 R>>", b"/Launch"), {ACTIVE}),
    "script within.zip": (archive({"a.pdf": pdf("/JavaScript")}), {ACTIVE}),
    "uncommon.zip": (with_method(archive({"a": b"a"}), 9), {NOT_INSPECTED}),
    "cut.zip": (archive({"a": NOISE[:1000]})[:-30], {NOT_INSPECTED}),
    "cut.doc": (compound_file("WordDocument")[:600], {NOT_INSPECTED}),
    "cut.pdf": (b"%PDF-1.7\n1 0 obj <<", {NOT_INSPECTED}),
    "large within.zip": (archive({"a.zip": archive({"a": NOISE}, zipfile.ZIP_STORED)}), {NOT_INSPECTED}),
    "other within.zip": (archive({"a.7z": b"7z\xbc\xaf\x27\x1c"}), {NOT_INSPECTED}),
    "archive as well.pdf": (pdf() + archive({"a": b"a"}), {TYPE_MISMATCH}),
    "archive as well.jpg": (b"\xff\xd8\xff\xe0" + archive({"a": b"a"}), {TYPE_MISMATCH}),
    "text.pdf": (b"text", {TYPE_MISMATCH}),
    "empty.pdf": (b"", {EMPTY}),
    "empty.docx": (b"", {EMPTY}),
    "empty.txt": (b"", {EMPTY}),
    "empty": (b"", {EMPTY}),
    "several things.zip": (
        archive({"a.docm": word(word__vbaProject_bin=b""), "a.pdf": pdf("/Launch"), "a.rar": b"Rar!\x1a\x07"}),
        {MACROS, ACTIVE, NOT_INSPECTED},
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_nothing_is_found_in_ordinary_documents(name: str) -> None:
    assert kinds(HARMLESS[name], name) == set()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_nothing_is_found_in_the_samples_but_the_program(path: Path) -> None:
    assert kinds(path.read_bytes(), path.name) == (
        {TYPE_MISMATCH, ContentFinding.EXECUTABLE} if path.name == "invoice.pdf" else set()
    )


@pytest.mark.parametrize("name", FOUND)
def test_what_is_worth_knowing_is_found(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content, name) == expected


def test_a_declared_type_is_compared_too() -> None:
    assert kinds(pdf(), "report", "application/pdf") == set()
    assert kinds(pdf(), "report", "image/png") == {TYPE_MISMATCH}


@pytest.mark.parametrize(("name", "expected"), [("a.PDF", set()), ("a.docx.pdf", set()), ("a", {TYPE_NOT_ALLOWED})])
def test_only_the_types_of_the_policy_are_allowed(name: str, expected: set[ContentFinding]) -> None:
    assert kinds(pdf(), name, None, "pdf", "docx") == expected
    assert TYPE_NOT_ALLOWED in kinds(b"text", "a.txt", None, "pdf")


def test_findings_repeat_nothing_of_the_document() -> None:
    for name, (content, _) in FOUND.items():
        for finding in inspect_content(io.BytesIO(content), name, None, ()):
            assert not {"secret", "notes", "page", "inner", name} & set(finding.detail.split())


def test_a_bomb_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        kinds(TEN_THOUSAND_TO_ONE, "a.zip")
        kinds(FOUND["large within.zip"][0], "a.zip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * MOST_HELD


def test_a_parser_that_reads_the_same_bytes_over_and_over_is_stopped_when_the_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Counted(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            content = super().read(size)
            self.count += len(content)
            return content

    monkeypatch.setattr(search, "MOST_SECONDS", -1.0)
    document = Counted(pdf_without_index(*[b"("] * 500))

    found = inspect_content(document, "a.pdf", None, ())

    assert {finding.kind for finding in found} == {NOT_INSPECTED}
    assert document.count < 5 * len(document.getvalue())


def test_many_streams_cost_as_much_more_as_there_are_more_of_them() -> None:
    def cost(streams: int) -> int:
        content, calls = compound_file_of_many(streams), 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            assert kinds(content, "a.dat") == set()
        finally:
            sys.setprofile(None)
        return calls

    assert cost(400) < 3 * cost(200)


def test_any_damage_is_survived() -> None:
    chance = random.Random(1)  # noqa: S311 no secret
    for name, content in [*HARMLESS.items(), *((name, content) for name, (content, _) in FOUND.items())]:
        if len(content) < 20_000:
            for _ in range(5):
                damaged = bytearray(content or b" ")
                for _ in range(chance.randint(1, 8)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
                assert kinds(bytes(damaged[: chance.randint(1, len(damaged))]), name) <= set(ContentFinding)


def test_a_stored_document_is_read_in_parts_with_the_same_result() -> None:
    content = archive({"noise": NOISE, "a.docm": word(word__vbaProject_bin=b"")})
    asked: list[tuple[int, int]] = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return content[offset : offset + length]

    with RangeFile(len(content), fetch) as parts:
        found = inspect_content(parts, "a.zip", None, ())

    assert found == inspect_content(io.BytesIO(content), "a.zip", None, ())
    assert len(asked) < 12
    assert max(length for _, length in asked) <= 4 * MEBIBYTE


def test_a_document_that_would_take_too_many_parts_is_not_looked_through_to_the_end() -> None:
    with RangeFile(2**40, lambda _, length: (b"PK\x03\x04" * MEBIBYTE)[:length]) as parts:
        found = inspect_content(parts, "a.zip", None, ())

    assert {finding.kind for finding in found} == {NOT_INSPECTED}
