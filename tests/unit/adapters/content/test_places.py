"""Where a document begins and ends, and what else it is, by documents that are two things at once."""

from __future__ import annotations

import gzip

import pytest

from tests.unit.adapters.content.crafted import archive, pdf, pdf_without_index, word
from tests.unit.adapters.content.crafted_compound import compound
from tests.unit.adapters.content.findings import found, kinds

DOCM = word(word__vbaProject_bin=b"")
SCRIPT = pdf("/JavaScript")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x04ab" + b"\xff\0picture\xff\xd0" + b"\xff\xd9"
GIF = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"\x2c" + bytes(8) + b"\0\2\2\x4c\1\0\x3b"
RIFF = b"RIFF\x10\0\0\0WEBPVP8 " + bytes(8)
PICTURES = {"a.png": PNG, "a.jpg": JPEG, "a.gif": GIF, "a.webp": RIFF}
RAR, SEVEN_ZIP = b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c" + bytes(26)
PROGRAM = b"MZ" + bytes(200)

BEGINS_LATER = {
    "mark.pdf": b"\xef\xbb\xbf" + SCRIPT,
    "blanks.pdf": b" " * 2000 + SCRIPT,
    "mark and blanks.pdf": b"\xef\xbb\xbf\r\n\t" + SCRIPT,
    "text.pdf": b"junk\n" + SCRIPT,
    "text up to where readers look.pdf": b"x" * 1023 + b"\n" + SCRIPT,
    "head of a mail.pdf": b"Content-Type: application/pdf\r\n\r\n" + SCRIPT,
    "zeros.pdf": bytes(100) + SCRIPT,
}


@pytest.mark.parametrize("name", BEGINS_LATER)
def test_a_pdf_document_begins_at_its_header(name: str) -> None:
    assert kinds(BEGINS_LATER[name], name) == {"active_content"}
    assert "active_content" in kinds(archive({name: BEGINS_LATER[name]}), "a.zip")


@pytest.mark.parametrize("more", [0, 5])
def test_the_places_in_a_pdf_document_may_count_from_its_header_or_from_the_first_byte(more: int) -> None:
    plain = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
    row = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % (9 + more)
    end = b"trailer\n<</Root 1 0 R/Size 2>>\nstartxref\n%d\n%%%%EOF" % (len(plain) + more)

    assert kinds(b"junk\n" + plain + row + end, "a.pdf") == set()


SEVERAL = {
    "archive after text.docm": (b"#\n" + DOCM + b"\n", {"type_mismatch", "macros"}),
    "archive after a program.docx": (PROGRAM + DOCM, {"type_mismatch", "macros", "executable"}),
    "archive after a program.zip": (PROGRAM + archive({"a": b"a"}), {"type_mismatch", "executable"}),
    "header of an archive in a program.docx": (
        PROGRAM + b"PK\x03\x04" + bytes(22) + b"\4\0\0\0word",
        {"type_mismatch", "executable"},
    ),
    "program of another extension.bin": (PROGRAM + DOCM, {"macros", "executable"}),
    "archive behind.pdf": (pdf() + DOCM + b"\n", {"type_mismatch", "macros"}),
    "archive behind.doc": (compound({"WordDocument": bytes(900)}) + DOCM, {"type_mismatch", "macros"}),
    "archive behind.txt": (b"text\n" + archive({"a": b"a"}), {"type_mismatch"}),
    "document before.zip": (
        b"PK\3\4" + bytes(22) + b"\1\0\0\0ajunk" + SCRIPT,
        {"type_mismatch", "active_content", "not_inspected"},
    ),
    **{
        f"archive behind, {name}": (content + DOCM + b"\n", {"type_mismatch", "macros"})
        for name, content in PICTURES.items()
    },
    **{
        f"archive long before the end, {name}": (content + DOCM + bytes(70_000), {"type_mismatch", "not_inspected"})
        for name, content in PICTURES.items()
    },
    **{
        f"RAR behind, {name}": (content + RAR, {"type_mismatch", "not_inspected"}) for name, content in PICTURES.items()
    },
    **{
        f"7-Zip behind, {name}": (content + b"junk" + SEVEN_ZIP, {"type_mismatch", "not_inspected"})
        for name, content in PICTURES.items()
    },
    **{
        f"document behind, {name}": (content + SCRIPT, {"type_mismatch", "active_content"})
        for name, content in PICTURES.items()
    },
    **{
        f"program behind, {name}": (content + PROGRAM, {"type_mismatch", "executable"})
        for name, content in PICTURES.items()
    },
    **{
        f"page behind, {name}": (content + b"<html><script>1</script>", {"type_mismatch", "active_content"})
        for name, content in PICTURES.items()
    },
    "document in a comment.gif": (b"GIF89a" + bytes(40) + SCRIPT, {"type_mismatch", "active_content"}),
    "script in a comment.gif": (b"GIF89a/*" + bytes(900) + b"*/=1;alert(1)", {"type_mismatch", "active_content"}),
    "script.gif": (b"GIF89a=alert(1)//", {"type_mismatch", "active_content"}),
    "script.bmp": (b"BM/*" + bytes(900) + b"*/=1;alert(1)", {"type_mismatch", "active_content"}),
    "script.jpg": (b"\xff\xd8\xff\xe0/*" + bytes(12068) + b"*/=1;alert(1)", {"type_mismatch", "active_content"}),
}
ONE = {
    **PICTURES,
    "padded.png": PNG + bytes(4096),
    "two pictures.jpg": JPEG + JPEG,
    "film behind.jpg": JPEG + b"\0\0\0\x18ftypmp42" + bytes(99),
    "archive in it.pdf": pdf_without_index(
        b"<</Type/Catalog>>", b"<</Length 1>>stream\n" + archive({"a": b"a"}) + b"\nendstream"
    ),
    "document in it.zip": archive({"a.txt": b"a", "a.pdf": pdf()}, 0),
    "mention.txt": b"Readers look for %PDF-1.7 within 1,024 bytes.",
    "end of an archive.txt": b"An archive ends with PK\5\6 and a comment." + bytes(2),
    "table.csv": b"GIF89a=1,2\n",
}


@pytest.mark.parametrize("name", SEVERAL)
def test_what_is_several_things_is_told_and_looked_into_as_each(name: str) -> None:
    content, expected = SEVERAL[name]

    assert kinds(content, name.rpartition(" ")[2]) == expected


@pytest.mark.parametrize("name", ONE)
def test_what_is_one_thing_is_not(name: str) -> None:
    assert not {"type_mismatch", "active_content", "misleading_name"} & kinds(ONE[name], name)


def test_in_an_archive_it_is_told_without_refusing_the_archive() -> None:
    assert kinds(archive({"a.jpg": JPEG + DOCM + b"\n"}), "a.zip") == {"misleading_name", "macros"}
    assert kinds(archive({"a.docm": b"junk" + DOCM}), "a.zip") == {"misleading_name", "macros"}
    assert kinds(archive({"invoice.pdf": PROGRAM}), "a.zip") == {"misleading_name", "executable"}
    assert kinds(archive({"a.docx": compound({"Workbook": b"x"})}), "a.zip") == {"misleading_name"}


def test_of_what_is_compressed_the_name_within_counts() -> None:
    assert kinds(gzip.compress(PROGRAM), "invoice.pdf.gz") == {"misleading_name", "executable"}
    assert kinds(gzip.compress(b"=cmd|' /c calc'!A0"), "a.csv.gz") == {"formula"}
    assert "ZIP" in found(JPEG + DOCM, "a.jpg")["type_mismatch"]


def test_an_archive_that_a_document_holds_in_pieces_or_deep_in_others_is_no_fault_of_it() -> None:
    held = archive({"a.txt": b"a" * 3000, "b.txt": b"b"}, 0)
    in_pieces = compound({"WordDocument": bytes(900)}) + held[:700] + bytes(512) + held[700:] + bytes(99)
    deep = held
    for _ in range(4):
        deep = compound({"WordDocument": bytes(900), "Package": deep.ljust(4096, b"\0")})

    assert kinds(in_pieces, "a.doc") == set()
    assert "archive_bomb" not in kinds(deep, "a.doc")
