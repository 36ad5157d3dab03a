"""What is found in Office Open XML and OpenDocument, in ZIP files and as flat XML."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from adapters.content.markup import Markup, MarkupError
from tests.unit.adapters.content.crafted import archive
from tests.unit.adapters.content.crafted_compound import compound
from tests.unit.adapters.content.findings import found, kinds

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
TYPE = "application/vnd.openxmlformats-officedocument."
MAINS = {
    "docx": ("word/document.xml", TYPE + "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", TYPE + "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", TYPE + "presentationml.presentation.main+xml"),
    "vsdx": ("visio/document.xml", "application/vnd.ms-visio.drawing.main+xml"),
}
ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
KINDS = {"odt": "text", "ods": "spreadsheet", "odp": "presentation", "odg": "graphics"}
VBA = compound({"VBA/dir": b"x", "PROJECT": b"x"})


def types(kind: str) -> bytes:
    """Return the part that names the types of the others."""
    part, content_type = MAINS[kind]
    return f'<Types><Override PartName="/{part}" ContentType="{content_type}"/></Types>'.encode()


def office(kind: str, parts: dict[str, str] | None = None) -> bytes:
    """Return an Office Open XML document with these parts."""
    more = {name: content.encode() for name, content in (parts or {}).items()}
    return archive({"[Content_Types].xml": types(kind), MAINS[kind][0]: b"<x/>", **more})


def body(text: str) -> bytes:
    """Return a Word document whose body is this text."""
    return office("docx", {"word/document.xml": f"<w:document {W}><w:body><w:p>{text}</w:p></w:body></w:document>"})


def relation(kind: str, target: str = "http://x.example/a", mode: str = "External") -> str:
    """Return a part that holds one relationship."""
    return (
        f'<Relationships><Relationship Id="r" Type="{R}{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'
    )


def field(*instructions: str) -> str:
    """Return a field whose instruction is divided into runs."""
    runs = "".join(f"<w:r><w:instrText>{each}</w:instrText></w:r>" for each in instructions)
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>shown</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def odf(kind: str, content: str = "", **parts: bytes) -> bytes:
    """Return an OpenDocument with this content."""
    media = b"application/vnd.oasis.opendocument." + KINDS[kind].encode()
    text = f"""<office:document-content {ODF} xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
        xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
        xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
        xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0">{content}</office:document-content>"""
    return archive({"mimetype": media, "content.xml": text.encode(), "META-INF/manifest.xml": b"<m/>", **parts})


LABEL = "MSIP_Label_01234567-89ab-cdef-0123-456789abcdef_"
CUSTOM = f"""<Properties xmlns:vt="x"><property name="{LABEL}Enabled"><vt:lpwstr>true</vt:lpwstr></property>
    <property name="{LABEL}Name"><vt:lpwstr>Strictly confidential</vt:lpwstr></property></Properties>"""
INFO = """<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata">
    <clbl:label id="{01234567-89ab-cdef-0123-456789abcdef}" enabled="1" removed="REMOVED"/></clbl:labelList>"""

ORDINARY = {
    "letter.docx": body(field(" PAGE ") + field(' HYPERLINK "http://x.example" ')),
    "letter with a link.docx": office("docx", {"word/_rels/document.xml.rels": relation("hyperlink")}),
    "letter without markup.docx": body("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>DDEAUTO is a word</w:t></w:r>"),
    "workbook.xlsx": office("xlsx", {"xl/workbook.xml": f'<workbook {X}><sheet name="a" state="visible"/></workbook>'}),
    "slides.pptx": office("pptx", {"ppt/slides/slide1.xml": f'<p:sld {P} show="1"/>'}),
    "label taken off.docx": office("docx", {"docMetadata/LabelInfo.xml": INFO.replace("REMOVED", "1")}),
    "other properties.docx": office(
        "docx", {"docProps/custom.xml": '<P xmlns:v="x"><property name="a"><v:lpwstr>b</v:lpwstr></property></P>'}
    ),
    "text.odt": odf("odt", '<office:scripts/><text:a xlink:href="http://x.example">x</text:a>'),
    "lower case.xlsx": archive({"[content_types].xml": types("xlsx"), "xl\\workbook.xml": b"<x/>"}),
    "book.epub": archive({"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<x/>"}),
}
FOUND = {
    "program.docx": (body(field(' DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc" ')), "formula"),
    "program in pieces.docx": (body(field(" D", "DEA", "UTO cmd ")), "formula"),
    "program in a simple field.docx": (body('<w:fldSimple w:instr=" dde excel a b "/>'), "formula"),
    "program spelled by another field.docx": (
        body(
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            + field(" QUOTE 68 68 69 65 85 84 79 ")
            + '<w:r><w:instrText> cmd</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        ),
        "formula",
    ),
    "program in a part of another name.docx": (
        office("docx", {"word/notes.dat": f"<?xml version='1.0'?><w:x {W}><w:fldSimple w:instr='DDE a'/></w:x>"}),
        "formula",
    ),
    "program in a link.xlsx": (
        office("xlsx", {"xl/externalLinks/externalLink1.xml": f"<externalLink {X}><ddeLink/></externalLink>"}),
        "formula",
    ),
    "picture in a field.docx": (body(field(' INCLUDEPICTURE "http://x.example/a.png" ')), "external_content"),
    "data of a mail merge.docx": (
        office("docx", {"word/settings.xml": f"<w:settings {W}><w:mailMerge/></w:settings>"}),
        "external_content",
    ),
    **{
        f"{kind}.docx": (office("docx", {"word/_rels/settings.xml.rels": relation(kind)}), "external_content")
        for kind in (
            "attachedTemplate",
            "oleObject",
            "frame",
            "image",
            "subDocument",
            "mailMergeSource",
            "externalLinkPath",
        )
    },
    "connection.xlsx": (
        office("xlsx", {"xl/connections.xml": f'<connections {X}><connection id="1"/></connections>'}),
        "external_content",
    ),
    "inserted.docx": (body("<w:ins><w:r/></w:ins>"), "hidden_matter"),
    "deleted.docx": (body("<w:del><w:r/></w:del>"), "hidden_matter"),
    "hidden text.docx": (body("<w:r><w:rPr><w:vanish/></w:rPr></w:r>"), "hidden_matter"),
    "comments.docx": (
        office("docx", {"word/comments.xml": f"<w:comments {W}><w:comment/></w:comments>"}),
        "hidden_matter",
    ),
    "hidden sheet.xlsx": (
        office("xlsx", {"xl/workbook.xml": f'<workbook {X}><sheet state="veryHidden"/></workbook>'}),
        "hidden_matter",
    ),
    "hidden sheet.xlsb": (
        archive(
            {
                "[Content_Types].xml": types("xlsx"),
                "xl/workbook.bin": b"\x83\x01\0\x9c\x01\x0c" + struct.pack("<III", 2, 1, 0),
            }
        ),
        "hidden_matter",
    ),
    "program in a link.xlsb": (
        archive({"[Content_Types].xml": types("xlsx"), "xl/externalLinks/externalLink1.bin": b"\xe8\x02\x02\x01\0"}),
        "formula",
    ),
    "hidden slide.pptx": (office("pptx", {"ppt/slides/slide1.xml": f'<p:sld {P} show="0"/>'}), "hidden_matter"),
    "program behind a click.pptx": (
        office("pptx", {"ppt/slides/slide1.xml": f'<p:sld {P}><a action="ppaction://program"/></p:sld>'}),
        "active_content",
    ),
    "control.docx": (
        office("docx", {"word/_rels/document.xml.rels": relation("control", "x.bin", "Internal")}),
        "active_content",
    ),
    "embedded.docx": (
        office("docx", {"word/_rels/document.xml.rels": relation("package", "x.xlsx", "Internal")}),
        "attachment",
    ),
    "label.docx": (office("docx", {"docProps/custom.xml": CUSTOM}), "sensitivity_label"),
    "label without a name.docx": (
        office("docx", {"docMetadata/LabelInfo.xml": INFO.replace("REMOVED", "0")}),
        "sensitivity_label",
    ),
    "changes.odt": (odf("odt", "<text:changed-region/>"), "hidden_matter"),
    "comment.ods": (odf("ods", "<office:annotation/>"), "hidden_matter"),
    "hidden sheet.ods": (odf("ods", '<table:table-properties table:display="false"/>'), "hidden_matter"),
    "event.odt": (odf("odt", '<script:event-listener xlink:href="vnd.sun.star.script:a"/>'), "active_content"),
    "button.odt": (odf("odt", '<text:a xlink:href="vnd.sun.star.script:a.b?language=Basic"/>'), "active_content"),
    "picture from elsewhere.odt": (odf("odt", '<draw:image xlink:href="http://x.example/a.png"/>'), "external_content"),
    "section from elsewhere.odt": (odf("odt", '<text:section-source xlink:href="../other.odt"/>'), "external_content"),
    "object.odt": (odf("odt", '<draw:object-ole xlink:href="./Object 1"/>'), "attachment"),
    "program.ods": (odf("ods", "<office:dde-source/>"), "formula"),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_nothing_is_found_in_ordinary_office_documents(name: str) -> None:
    assert kinds(ORDINARY[name], name) == set()


@pytest.mark.parametrize("name", FOUND)
def test_what_is_worth_knowing_of_an_office_document_is_found(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content, name) == {expected}


def test_a_label_is_told_by_its_name_and_cut_if_it_is_long() -> None:
    detail = found(office("docx", {"docProps/custom.xml": CUSTOM}), "a.docx")["sensitivity_label"]
    long = CUSTOM.replace("Strictly confidential", "x" * 10_000)

    assert "Strictly confidential" in detail
    assert len(found(office("docx", {"docProps/custom.xml": long}), "a.docx")["sensitivity_label"]) <= 100


def test_what_is_hidden_is_told_together() -> None:
    both = office(
        "docx",
        {
            "word/document.xml": f"<w:document {W}><w:ins/></w:document>",
            "word/comments.xml": f"<w:comments {W}><w:comment/></w:comments>",
        },
    )

    assert found(both, "a.docx") == {"hidden_matter": "it holds comments and tracked changes"}


HELD = {
    **{kind: office(kind) for kind in MAINS},
    **{kind: odf(kind) for kind in KINDS},
    "epub": ORDINARY["book.epub"],
    "jar": archive({"META-INF/MANIFEST.MF": b"x", "a.class": b"x"}),
    "zip": archive({"a.exe": b"x"}),
    "xps": archive({"[Content_Types].xml": b"<x/>", "FixedDocumentSequence.fdseq": b"<x/>"}),
}
OTHER_SUITE = {("odt", "docx"), ("ods", "xlsx"), ("odp", "pptx"), ("odg", "vsdx")}


@pytest.mark.parametrize("claim", [kind for kind in HELD if kind not in ("jar", "zip")])
@pytest.mark.parametrize("held", HELD)
def test_a_zip_file_is_only_what_its_parts_say(held: str, claim: str) -> None:
    expected = {"type_mismatch"}
    if held == claim:
        expected = set[str]()
    elif (held, claim) in OTHER_SUITE:
        expected = {"other_format"}
    if held in ("jar", "zip"):
        expected.add("executable")

    assert kinds(HELD[held], f"a.{claim}") == expected


def test_any_of_them_is_a_zip_file() -> None:
    assert all("type_mismatch" not in kinds(content, "a.zip") for content in HELD.values())


FLAT = f"""<?xml version="1.0"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">
    <pkg:part pkg:name="/word/vbaProject.bin" pkg:contentType="application/vnd.ms-office.vbaProject">
    <pkg:binaryData>{base64.b64encode(VBA).decode()}</pkg:binaryData></pkg:part></pkg:package>"""
WORD_2003 = """<?xml version="1.0"?><?mso-application progid="Word.Document"?>
    <w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" MACROS>BINARY</w:wordDocument>"""
ACTIVE_MIME = b"ActiveMime" + bytes(40) + zlib.compress(VBA)
IN_WORD_2003 = f'<w:binData w:name="editdata.mso">{base64.b64encode(ACTIVE_MIME).decode()}</w:binData>'
FLAT_ODF = f"""<?xml version="1.0"?><office:document {ODF}
    xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" xmlns:ooo="http://openoffice.org/2004/office">SCRIPT</office:document>"""


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xml", FLAT, {"macros"}),
        ("a.doc", WORD_2003.replace("MACROS", 'w:macrosPresent="yes"'), {"macros", "other_format"}),
        ("a.xml", WORD_2003.replace("MACROS", 'w:macrosPresent="no"'), set()),
        ("a.xml", WORD_2003.replace("MACROS", "").replace("BINARY", IN_WORD_2003), {"macros"}),
        ("a.fodt", FLAT_ODF.replace("SCRIPT", "<ooo:libraries/>"), set()),
        ("a.fodt", FLAT_ODF.replace("SCRIPT", "<ooo:module>x</ooo:module>"), {"macros"}),
        ("a.fodt", FLAT_ODF.replace("SCRIPT", "<script:event-listener/>"), {"active_content"}),
        ("a.xml", FLAT_ODF.replace("SCRIPT", "<unclosed>"), {"not_inspected"}),
    ],
)
def test_an_office_document_in_one_xml_file_is_looked_into(name: str, content: str, expected: set[str]) -> None:
    assert kinds(content.encode(), name) == expected


@pytest.mark.parametrize(
    "declared", ['<!ENTITY a "b">', '<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY % a "b">']
)
def test_entities_are_refused_before_they_are_used(declared: str) -> None:
    markup = Markup(lambda *_: None, lambda _: None, lambda _: None)

    with pytest.raises(MarkupError):
        markup.feed(f"<!DOCTYPE x [{declared}]><x>&a;</x>".encode())


def test_xml_that_is_nested_very_deep_is_read_to_its_end() -> None:
    deep = f"<w:document {W}>" + "<w:p>" * 100_000 + "<w:ins/>" + "</w:p>" * 100_000 + "</w:document>"

    assert kinds(office("docx", {"word/document.xml": deep}), "a.docx") == {"hidden_matter"}
