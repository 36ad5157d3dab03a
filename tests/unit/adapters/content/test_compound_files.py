"""What is found in documents of Office 97 to 2003, mails of Outlook and other compound files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping

import pytest

from adapters.content.inspection import inspect_content
from adapters.content.ranges import RangeFile
from adapters.content.search import MEBIBYTE
from tests.unit.adapters.content.crafted import archive, nested, word
from tests.unit.adapters.content.crafted_compound import atoms, compound, package, properties, records
from tests.unit.adapters.content.findings import found, kinds

ENCRYPTED = {"EncryptionInfo": bytes(800), "EncryptedPackage": bytes(4096)}
DOCM = word(word__vbaProject_bin=b"")
BOF = (0x809, struct.pack("<HH", 0x600, 5))
END = (0x0A, b"")
USER = struct.pack("<HHIII", 0, 0x0FF6, 20, 20, 0xE391C05F)
ENCRYPTED_USER = struct.pack("<HHIII", 0, 0x0FF6, 20, 20, 0xF3D1C4DF)
VBA_INFO = atoms((0x0F, 0x03FF, atoms((2, 0x0400, struct.pack("<III", 3, 1, 2)))))
NO_VBA = atoms((0x0F, 0x03FF, atoms((2, 0x0400, struct.pack("<III", 0, 0, 2)))))


def letter(flags: int = 0, text: bytes = b"", comments: int = 0) -> bytes:
    """Return the stream `WordDocument` ([MS-DOC] 2.5)."""
    fib = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, flags)
    return fib.ljust(190, b"\0") + struct.pack("<I", comments) + bytes(700) + text


def doc(more: Mapping[str, bytes] | None = None, *, flags: int = 0, text: bytes = b"", comments: int = 0) -> bytes:
    """Return a document of Word 97."""
    return compound({"WordDocument": letter(flags, text, comments), "1Table": b"table", **(more or {})})


def doc_with_template(template: str) -> bytes:
    """Return a document that names its template ([MS-DOC] 2.9.273)."""
    names = struct.pack("<HHHHH", 0xFFFF, 18, 0, 0, len(template)) + template.encode("utf-16-le")
    main = bytearray(letter(0x0200))
    main[0x19A:0x1A2] = struct.pack("<II", 16, len(names))
    return compound({"WordDocument": bytes(main), "1Table": bytes(16) + names})


def xls(*more: tuple[int, bytes], stream: str = "Workbook") -> bytes:
    """Return a workbook with further records."""
    return compound({stream: records(BOF, *more, END)})


def sheet(state: int, kind: int) -> tuple[int, bytes]:
    """Return the record of a sheet."""
    return (0x85, struct.pack("<IBBBB", 0, state, kind, 1, 0) + b"a")


def link(path: str) -> tuple[int, bytes]:
    """Return the record of a link to another workbook or program."""
    return (0x1AE, struct.pack("<HHB", 1, len(path), 0) + path.encode("latin-1"))


def ppt(content: bytes, user: bytes = USER) -> bytes:
    """Return a presentation."""
    return compound({"Current User": user, "PowerPoint Document": content})


MSG = {"__properties_version1.0": bytes(32), "__nameid_version1.0/__substg1.0_00020102": b"names"}

ORDINARY = {
    "letter.doc": doc(),
    "template of its own.doc": doc_with_template("Normal.dotm"),
    "letter with a page number.doc": doc(text=b"\x13 PAGE \x141\x15"),
    "workbook.xls": xls(sheet(0, 0), link("\x01\x04"), (0x1AE, struct.pack("<HH", 2, 0x0401))),
    "workbook of Excel 95.xls": xls(sheet(0, 0), stream="Book"),
    "presentation.ppt": ppt(NO_VBA),
    "mail.msg": compound(MSG),
    "page.pub": compound({"Contents": bytes(600), "Quill/QuillSub/CONTENTS": b"x", "VBA/": b""}),
    "project without code.xls": compound({"Workbook": records(BOF, END), "_VBA_PROJECT_CUR/": b""}),
    "drawing.vsd": compound({"VisioDocument": b"x"}),
    "plan.mpp": compound({"   112/x": b"x", "Props12": b"x"}),
}
FOUND = {
    "password.docx": (compound(ENCRYPTED), {"encrypted"}),
    "password of the old name.xls": (compound(ENCRYPTED), {"encrypted"}),
    "rights.doc": (compound({"WordDocument": letter(), "\x09DRMContent": b"x"}), {"encrypted"}),
    "rights.docx": (
        compound({**ENCRYPTED, "\x06DataSpaces/TransformInfo/DRMEncryptedTransform/\x06Primary": b"x"}),
        {"encrypted"},
    ),
    "password.doc": (doc(flags=0x0100), {"encrypted"}),
    "password.xls": (xls((0x2F, bytes(54)), sheet(0, 1)), {"encrypted"}),
    "password of Excel 95.xls": (xls((0x2F, b"\x12\x34\x56\x78"), stream="Book"), {"encrypted"}),
    "password.ppt": (ppt(b"", ENCRYPTED_USER), {"encrypted"}),
    "password only in its edit.ppt": (ppt(atoms((0, 0x0FF5, bytes(32)))), {"encrypted"}),
    "macros.doc": (doc({"Macros/VBA/dir": b"x", "Macros/PROJECT": b"x"}), {"macros"}),
    "macros in an embedded workbook.doc": (
        doc({"ObjectPool/_1/_VBA_PROJECT_CUR/VBA/dir": b"x"}),
        {"macros", "attachment"},
    ),
    "macros.xls": (compound({"Workbook": records(BOF, END), "_VBA_PROJECT_CUR/vba/DIR": b"x"}), {"macros"}),
    "macros.ppt": (ppt(VBA_INFO), {"macros"}),
    "macros among other records.ppt": (ppt(atoms((0x0F, 1000, atoms((0, 1001, bytes(40))) + VBA_INFO))), {"macros"}),
    "macro sheet.xls": (xls(sheet(0, 0), sheet(0, 1)), {"macros"}),
    "hidden macro sheet.xls": (xls(sheet(2, 1)), {"macros", "hidden_matter"}),
    "module of Excel 95.xls": (xls(sheet(0, 6), stream="Book"), {"macros"}),
    "macro sheet of Excel 4.xls": (records((0x409, struct.pack("<HHH", 0, 0x40, 0)), END), {"macros", "other_format"}),
    "hidden sheet.xls": (xls(sheet(1, 0)), {"hidden_matter"}),
    "comment.xls": (xls((0x1C, bytes(12))), {"hidden_matter"}),
    "comments.doc": (doc(comments=44), {"hidden_matter"}),
    "other workbook.xls": (xls(link("\x01other.xls")), {"external_content"}),
    "program in a cell.xls": (xls(link("cmd\x03/c calc")), {"formula"}),
    "program in a field.doc": (doc(text=b'\x13 DDEAUTO c:\\\\cmd.exe "/k calc" \x14x\x15'), {"formula"}),
    "program in a wide field.doc": (doc(text="\x13 DDE excel x \x14x\x15".encode("utf-16-le")), {"formula"}),
    "template from elsewhere.doc": (doc_with_template("http://x.example/a.dotm"), {"external_content"}),
    "template on a share.doc": (doc_with_template("\\\\x.example\\a.dot"), {"external_content"}),
    "packed script.doc": (
        doc({"ObjectPool/_1/\x01Ole10Native": package(b"a.vbs", b"MsgBox 1")}),
        {"attachment", "executable"},
    ),
    "attached script.msg": (
        compound({**MSG, "__attach_version1.0_#00000000/__substg1.0_3707001F": "a.js".encode("utf-16-le")}),
        {"attachment", "executable"},
    ),
    "password.w20": (b"\xdb\xa5\x2d\0" + bytes(6) + b"\0\1" + bytes(99), {"encrypted"}),
    "picture from elsewhere.doc": (
        doc(text=b'\x13INCLUDEPICTURE "http://x.example/a.png"\x14\x15'),
        {"external_content"},
    ),
    "embedded.doc": (doc({"ObjectPool/_123/\x01CompObj": b"x"}), {"attachment"}),
    "embedded.xls": (compound({"Workbook": records(BOF, END), "MBD00011111/\x01CompObj": b"x"}), {"attachment"}),
    "packed file.doc": (doc({"ObjectPool/_1/\x01Ole10Native": package(b"a.docm", DOCM)}), {"attachment", "macros"}),
    "packed workbook.doc": (doc({"ObjectPool/_1/Package": DOCM}), {"attachment", "macros"}),
    "object.ppt": (
        ppt(atoms((0x10, 0x1011, struct.pack("<I", 9999) + zlib.compress(doc({"Macros/VBA/dir": b"x"}))))),
        {"macros"},
    ),
    "attached.msg": (
        compound({**MSG, "__attach_version1.0_#00000000/__substg1.0_37010102": DOCM}),
        {"attachment", "macros"},
    ),
    "mail in it.msg": (
        compound({**MSG, "__attach_version1.0_#00000000/__substg1.0_3701000D/__properties_version1.0": b"x"}),
        {"attachment"},
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_nothing_is_found_in_ordinary_compound_files(name: str) -> None:
    assert kinds(ORDINARY[name], name) == set()


@pytest.mark.parametrize("name", FOUND)
def test_what_is_worth_knowing_of_a_compound_file_is_found(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content, name) == expected


@pytest.mark.parametrize("unneeded", [0, 1, 2, 3, 16])
def test_a_password_is_told_however_much_room_the_allocation_table_has(unneeded: int) -> None:
    assert kinds(compound(ENCRYPTED, more_table_sectors=unneeded, padding=20), "a.docx") == {"encrypted"}


@pytest.mark.parametrize("streams", [ENCRYPTED, {"WordDocument": letter(0x100), "Data": bytes(4096)}])
def test_a_password_of_a_very_large_document_is_told_from_a_few_parts_of_it(streams: dict[str, bytes]) -> None:
    small = compound(streams, padding=1000)
    content = small + bytes(400 * MEBIBYTE - len(small))
    asked: list[int] = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append(length)
        return content[offset : offset + length]

    with RangeFile(len(content), fetch) as parts:
        findings = {each.kind.value for each in inspect_content(parts, "a.doc", None, ())}

    assert findings == {"encrypted"}
    assert sum(asked) < 32 * MEBIBYTE


PROGRAMS = {
    "doc": doc(),
    "xls": xls(sheet(0, 0)),
    "ppt": ppt(NO_VBA),
    "msg": compound(MSG),
    "pub": ORDINARY["page.pub"],
    "vsd": ORDINARY["drawing.vsd"],
    "mpp": ORDINARY["plan.mpp"],
    "msi": compound({"SummaryInformation": b"x"}, class_id=bytes.fromhex("84100c0000000000c000000000000046")),
}
CLAIMS = ("doc", "dot", "xls", "xlt", "ppt", "pps", "msg", "pub", "vsd", "mpp", "docx", "xlsx", "pptx", "docm")
RIGHT = {("doc", "dot"), ("xls", "xlt"), ("ppt", "pps")}
OTHER = {("doc", "docx"), ("doc", "docm"), ("xls", "xlsx"), ("ppt", "pptx")}


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_compound_file_is_only_what_its_streams_say(program: str, claim: str) -> None:
    expected = {"type_mismatch"}
    if program == claim or (program, claim) in RIGHT:
        expected = set[str]()
    elif (program, claim) in OTHER:
        expected = {"other_format"}
    if program == "msi":
        expected.add("executable")

    assert kinds(PROGRAMS[program], f"a.{claim}") == expected


def test_a_compound_file_of_an_unknown_program_is_told() -> None:
    unknown = compound({"Something": b"x"})

    assert kinds(unknown, "a.doc") == {"other_format"}
    assert kinds(unknown, "a.docx") == {"type_mismatch"}
    assert kinds(unknown, "a.dat") == set()


def test_an_office_document_within_its_old_name_is_told() -> None:
    assert kinds(word(), "a.doc") == {"other_format"}
    assert kinds(archive({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "a.doc") == {"type_mismatch"}


@pytest.mark.parametrize("label", ["Confidential", "Vertraulich: nur für Prüfer"])
def test_the_label_of_an_old_document_is_told(label: str) -> None:
    named = {
        "MSIP_Label_01234567-89ab-cdef-0123-456789abcdef_" + key: value
        for key, value in {"Enabled": "true", "Name": label, "SiteId": "x"}.items()
    }
    summary = {"\x05DocumentSummaryInformation": properties(named)}

    assert found(doc(summary), "a.doc") == {"sensitivity_label": f"its sensitivity label is “{label}”"}
    assert kinds(doc({"\x05DocumentSummaryInformation": properties({"Client": "x"})}), "a.doc") == set()


@pytest.mark.parametrize("change", [(30, b"\x0a\0"), (48, b"\xf0\xff\xff\0"), (76, b"\xff\xff\0\0")])
def test_a_damaged_compound_file_is_told(change: tuple[int, bytes]) -> None:
    content = bytearray(doc())
    content[change[0] : change[0] + len(change[1])] = change[1]

    assert "not_inspected" in kinds(bytes(content), "a.doc")


def test_archives_that_lie_deep_in_a_document_are_no_bomb() -> None:
    deep = doc({"ObjectPool/_1/\x01Ole10Native": package(b"a.zip", nested(3))})

    assert kinds(deep, "a.doc") == {"attachment", "not_inspected"}


def test_sectors_that_lead_to_each_other_end_the_reading() -> None:
    content = doc()
    table = len(content) - 512
    looped = content[:table] + struct.pack("<128I", *range(127, -1, -1))

    for name in ("a.doc", "a.docx", "a.xls"):
        assert inspect_content(io.BytesIO(looped), name, None, ())
