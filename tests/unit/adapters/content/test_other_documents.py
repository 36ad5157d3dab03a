"""What is found in mails, RTF, web pages, tables, OneNote; in odd texts; and in names."""

from __future__ import annotations

import struct
from email.message import EmailMessage

import pytest

from tests.unit.adapters.content.crafted import archive, word
from tests.unit.adapters.content.crafted_compound import compound, package
from tests.unit.adapters.content.findings import found, kinds

DOCM = word(word__vbaProject_bin=b"")
OLE_MACROS = compound({"VBA/dir": b"x"})


def mail(*attached: tuple[str, bytes], **headers: str) -> bytes:
    """Return a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "c"
    for name, value in headers.items():
        message[name] = value
    message.set_content("text")
    for name, content in attached:
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message.as_bytes()


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    """Return a file winmail.dat."""
    rows = b"".join(struct.pack("<BII", 2, kind, len(body)) + body + bytes(2) for kind, body in attributes)
    return bytes.fromhex("789f3e22") + bytes(2) + rows


def onenote(content: bytes) -> bytes:
    """Return a section with a file."""
    file = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + struct.pack("<Q12x", len(content)) + content
    return bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(5000) + file + bytes(100)


def rtf(text: str) -> bytes:
    """Return an RTF document."""
    return b"{\\rtf1\\ansi " + text.encode() + b"}"


def in_rtf(content: bytes, name: bytes = b"Word.Document.8") -> bytes:
    """Return an RTF document with an object ([MS-OLEDS] 2.2.5)."""
    head = struct.pack("<III", 0x501, 2, len(name) + 1) + name + b"\0" + struct.pack("<III", 0, 0, len(content))
    digits = (head + content).hex()
    return rtf(
        "{\\object\\objemb{\\*\\objdata " + "\n".join(digits[at : at + 64] for at in range(0, len(digits), 64)) + "}}"
    )


PACKED = package(b"a.docm", DOCM)
LABEL = "MSIP_Label_01234567-89ab-cdef-0123-456789abcdef_"
FOUND = {
    "attached.eml": (mail(("a.docm", DOCM)), {"attachment", "macros"}),
    "attached, in a file without a name": (mail(("a.docm", DOCM)), {"attachment", "macros"}),
    "attached.zip": (archive({"a.eml": mail(("a.docm", DOCM))}), {"attachment", "macros"}),
    "labelled.eml": (mail(msip_labels=f"{LABEL}Enabled=true; {LABEL}Name=Internal;"), {"sensitivity_label"}),
    "winmail.dat": (tnef((0x0006800F, DOCM)), {"attachment", "macros"}),
    "winmail of a mail without data.dat": (tnef((0x00069002, bytes(14))), {"attachment"}),
    "section.one": (onenote(DOCM), {"attachment", "macros"}),
    "object.rtf": (in_rtf(OLE_MACROS), {"attachment", "macros"}),
    "packed file.rtf": (in_rtf(PACKED[4:], b"Package"), {"attachment", "macros"}),
    "template.rtf": (rtf("{\\*\\template http://x.example/a.dotm}"), {"external_content"}),
    "template in escapes.rtf": (rtf("{\\*\\template \\'68\\'74tp://x.example/a}"), {"external_content"}),
    "template on a share.rtf": (rtf("{\\*\\template \\\\\\\\x.example\\\\a.dotm}"), {"external_content"}),
    "link.rtf": (rtf("{\\object\\objautlink}"), {"external_content"}),
    "program.rtf": (rtf('{\\field{\\*\\fldinst { DDEAUTO cmd "/k calc"}}{\\fldrslt x}}'), {"formula"}),
    "comment.rtf": (rtf("{\\*\\annotation x}"), {"hidden_matter"}),
    "change.rtf": (rtf("{\\revised x}"), {"hidden_matter"}),
    "script.html": (b"<html><script>1</script></html>", {"active_content"}),
    "script in a text": (b"\n<!doctype html><body onload=a()>", {"active_content"}),
    "script in UTF-16.html": ("\ufeff<html><script>1</script>".encode("utf-16-le"), {"active_content"}),
    "script.svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="a()"/>', {"active_content"}),
    "prefix.svg": (
        b'<?xml version="1.0"?><s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></s:svg>',
        {"active_content"},
    ),
    "link.svg": (b'<svg><a href="&#106;avascript:a()"/></svg>', {"active_content"}),
    "script in a picture.docx": (word(word__media__a_svg=b"<svg><script/></svg>"), {"active_content"}),
    "picture.html": (b'<html><img alt="" src="https://x.example/a.png"></html>', {"external_content"}),
    "command.csv": (b"a,b\n=cmd|'/c calc'!A0,1\n", {"formula"}),
    "quoted.csv": (b'a,"=HYPERLINK(""http://x.example"")"\n', {"formula"}),
    "sum.csv": (b"a;@SUM(1+1)*cmd|' /C calc'!A0\n", {"formula"}),
    "plus.tsv": (b"a\t+cmd|' /C calc'!A0\n", {"formula"}),
    "minus.csv": (b"a,-2+3+cmd|' /C calc'!A0\n", {"formula"}),
    "wide.csv": ("a,=1+1\r\n".encode("utf-16-le"), {"formula"}),
    "macros.slk": (
        b'ID;P\r\nO;E\r\nNN;NAuto_open;ER101C1\r\nC;X1;Y101;K0;EEXEC("calc")\r\nE\r\n',
        {"macros", "formula"},
    ),
    "command.slk": (b"ID;P\r\nC;X1;Y1;K0;Ecmd|'/c calc'!A0\r\nE\r\n", {"formula"}),
    "attached script.eml": (mail(("a.vbs", b"MsgBox 1")), {"attachment", "executable"}),
    "attached script, winmail.dat": (
        tnef((0x00018010, b"a.vbs\0"), (0x0006800F, b"MsgBox 1")),
        {"attachment", "executable"},
    ),
    "packed script.rtf": (in_rtf(package(b"a.vbs", b"MsgBox 1")[4:], b"Package"), {"attachment", "executable"}),
    "message.asc": (b"-----BEGIN PGP MESSAGE-----\n\nx", {"encrypted"}),
    "letter.docx.gpg": (b"\x85\x02\x0c\x03" + bytes(600), {"encrypted"}),
    "smime.p7m": (bytes.fromhex("308006092a864886f70d010703a080"), {"encrypted"}),
    "longer.p7m": (bytes.fromhex("3082100006092a864886f70d010703a0"), {"encrypted"}),
    "message.rpmsg": (bytes.fromhex("76e80460c411e386") + bytes(99), {"encrypted"}),
    "style.html": (b"<html><style>a{background:url(https://x.example/a.png)}</style>", {"external_content"}),
    "elsewhere.html": (
        b'<html><meta http-equiv="refresh" content="0; url=https://x.example">',
        {"external_content"},
    ),
    "within.zip": (archive({"a.csv": b"=1+1\n"}), {"formula"}),
}
ORDINARY = {
    "mail.eml": mail(),
    "page.html": b'<html><a href="https://x.example">x</a><img src="a.png"></html>',
    "drawing.svg": b'<svg><a href="https://x.example"/></svg>',
    "numbers.csv": b"a,-5,+49 30 123,1=2,@home\n- item,a@x.example\n",
    "letter.rtf": rtf("{\\*\\template Normal.dotm}{\\field{\\*\\fldinst { PAGE }}{\\fldrslt 1}}"),
    "section.one": onenote(b"\x89PNG\r\n\x1a\n"),
    "notes.md": b"From: here\nto there, a text\n",
    "one zero.csv": b"a,b\r\n1,\x00\r\n",
    "audit.log": b'type=USER msg=audit(1):\x1dUID="root"\n',
    "Korean.txt": "안녕".encode("iso2022_kr"),
    "chat.log": b"T 1232074579 \x0319*\x0f\t\x0319Speaking now on ##here##\n" * 9,
    **{
        f"{encoding}.csv": text.encode(encoding)
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
        for text in ("name,sum\r\n",)
    },
    "Chinese.txt": "一丁七漢字".encode("utf-16-be") * 9,
    "signed.p7m": bytes.fromhex("3082100006092a864886f70d010702a0"),
    "Japanese.txt": "名前、合計 1\r\n".encode("utf-16-le") * 50,
    "signs beyond the first plane.csv": "première,second\r\n𐐀,\ufffe,\uffff\r\n".encode("utf-16-le"),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_worth_knowing_of_other_documents_is_found(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content, name) == expected


@pytest.mark.parametrize("name", ORDINARY)
def test_nothing_is_found_in_ordinary_other_documents(name: str) -> None:
    assert kinds(ORDINARY[name], name) == set()


def test_a_label_in_a_mail_is_told_by_its_name() -> None:
    assert "Internal" in found(FOUND["labelled.eml"][0], "a.eml")["sensitivity_label"]


@pytest.mark.parametrize(
    "content",
    [bytes(1000), bytes(range(256)) * 40, b"MZ\x90\0\3\0" + b"text" * 900, "\u0001\u0002".encode("utf-16-le") * 99],
)
def test_no_binary_passes_as_a_text(content: bytes) -> None:
    assert kinds(content, "a.csv") - {"executable"} == {"type_mismatch"}


OLD_NAMES = [
    ("a.doc", b"{\\rtf1 x}"),
    ("a.doc", b"<html><body>x</body></html>"),
    ("a.doc", b"a text"),
    ("a.doc", b"\xdb\xa5\x2d\0" + bytes(100)),
    ("a.doc", b"\xffWPC" + bytes(100)),
    ("a.xls", b"<html><table><tr><td>1</table>"),
    ("a.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
    ("a.xls", b"a\tb\r\n1\t2\r\n"),
    ("a.xls", b"\x09\x04\x06\0\0\0\x10\0\0\0" + bytes(20)),
    ("a.ppt", b"<html><body>x</body></html>"),
]


@pytest.mark.parametrize(("name", "content"), OLD_NAMES)
def test_another_format_that_the_named_program_opens_is_told_not_refused(name: str, content: bytes) -> None:
    assert kinds(content, name) == {"other_format"}


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt"])
@pytest.mark.parametrize("content", [b"MZ\x90\0" + bytes(200), b"\x89PNG\r\n\x1a\n" + bytes(99), b"%PDF-1.4\n\0\1\2"])
def test_what_the_named_program_does_not_open_is_refused(name: str, content: bytes) -> None:
    assert "type_mismatch" in kinds(content, name)


MISLEADING = [
    "invoice\u202efdp.docx",
    "in\u200bvoice.txt",
    "report\u2066.txt",
    "a\U000e0041.txt",
    "inv\u200doice.txt",
    "invoice.pdf.exe",
    "photo.JPG.scr",
    "letter.docx .js",
    "invoice.pdf" + " " * 40 + ".exe",
]
FINE = [
    "a.docx.pdf",
    "report.v1.2.pdf",
    "👩\u200d💻.txt",
    "\u0645\u06cc\u200c\u062e\u0648.txt",
    "data.csv.gz",
    "page.html",
    "a b c.txt",
]


@pytest.mark.parametrize("name", MISLEADING)
def test_a_name_that_looks_like_another_is_told(name: str) -> None:
    assert "misleading_name" in kinds(b"a text", name)
    assert "misleading_name" in kinds(archive({name: b"a text"}), "a.zip")


@pytest.mark.parametrize("name", FINE)
def test_a_name_with_every_reason_for_its_letters_is_not(name: str) -> None:
    assert "misleading_name" not in kinds(b"a text", name)
