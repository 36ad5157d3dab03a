"""What the XML of Office documents says of them: links, fields, changes, comments, hidden parts, labels.

Parts are known by their elements, because a file may give them any names. The elements: ISO 29500-1 and OpenDocument
1.3, https://docs.oasis-open.org/office/OpenDocument/v1.3/.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Final

from adapters.content.markup import Markup
from adapters.content.office.fields import inspect_field, result_of
from adapters.content.office.hidden import Hidden
from adapters.content.office.labels import Labels
from adapters.content.office.open_document import inspect_element, is_open_document
from adapters.content.search import MEBIBYTE, Search
from compliance.content import ContentFinding

Attributes = Mapping[str, str]

# Large parts without anything that is told.
_PLAIN: Final = frozenset({"worksheet", "sst", "styleSheet", "styles", "theme", "fonts", "numbering", "chartSpace"})
_LONGEST_TEXT: Final = 12 * MEBIBYTE  # of one element; a binary in flat XML
_FALSE: Final = ("0", "false", "off", "none")


class Elements:
    """The elements of one part."""

    def __init__(self, depth: int, search: Search, hidden: Hidden, labels: Labels, flat: bool = False) -> None:
        self._depth, self._search, self._hidden, self._labels = depth, search, hidden, labels
        self._markup = Markup(self._start, self._take, self._end)
        self._fields: list[list[str]] = []
        self._text: list[str] = []
        self._length = 0
        self._property = ""
        self.are_plain = False  # whether there is nothing in them that would be told
        self._at_root = not flat  # in a flat file, parts have no roots of their own

    def feed(self, content: bytes, final: bool = False) -> None:
        """Read on. Raises MarkupError, SearchLimitError, BombError."""
        self._search.check_time()
        self._markup.feed(content, final)

    def _start(self, space: str, name: str, attributes: Attributes) -> None:
        if self._at_root:
            self._at_root = False
            if name in _PLAIN:
                self.are_plain = True
                self._markup.ignore_the_rest()
                return
        if rule := _RULES.get(name):
            rule(self, space, attributes)
        if name in _ENDS:
            self._text, self._length, self._markup.wants_text = [], 0, True
        if is_open_document(space):
            inspect_element(name, attributes, self._search, self._hidden)
        elif "action" in attributes and attributes["action"].startswith("ppaction://program"):
            self._search.add(ContentFinding.ACTIVE_CONTENT, "a click on it starts a program")

    def _take(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _LONGEST_TEXT:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if rule := _ENDS.get(name):
            self._markup.wants_text = False
            rule(self, "".join(self._text))

    # Office Open XML: relationships

    def _relationship(self, _: str, attributes: Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        if attributes.get("TargetMode", "").lower() == "external":
            if kind != "hyperlink":
                self._search.add(ContentFinding.EXTERNAL_CONTENT, _LINKED.get(kind, "it shows a file from elsewhere"))
        elif kind in ("oleobject", "package", "afchunk"):
            self._search.add(ContentFinding.ATTACHMENT, "other documents are embedded in it")
        elif kind in ("control", "activexcontrolbinary"):
            self._search.add(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")
        elif kind in ("vbaproject", "wordvbadata", "xlmacrosheet", "xlintlmacrosheet"):
            self._search.add(ContentFinding.MACROS, "it holds macros")

    # Word

    def _field_part(self, _: str, attributes: Attributes) -> None:
        if attributes.get("fldCharType") == "begin":
            self._fields.append([])
        elif self._fields and attributes.get("fldCharType") in ("separate", "end"):
            instruction = "".join(self._fields.pop())
            inspect_field(instruction, self._search)
            if self._fields:
                self._fields[-1].append(result_of(instruction))
            if attributes["fldCharType"] == "separate":
                self._fields.append([])  # what follows is its result, until it ends
        if len(self._fields) > 100:
            del self._fields[:50]

    def _instruction(self, text: str) -> None:
        if self._fields:
            self._fields[-1].append(text)
            if len(self._fields[-1]) < 1_000:
                return
            self._fields[-1] = self._fields[-1][:1_000]
        else:
            inspect_field(text, self._search)

    def _simple_field(self, _: str, attributes: Attributes) -> None:
        inspect_field(attributes.get("instr", ""), self._search)

    def _change(self, space: str, _: Attributes) -> None:
        if "wordprocessingml" in space or "word/2003" in space:
            self._hidden.found("tracked changes")

    def _vanish(self, space: str, attributes: Attributes) -> None:
        if "word" in space and attributes.get("val") not in _FALSE:
            self._hidden.found("hidden text")

    def _comment(self, space: str, _: Attributes) -> None:
        if any(vocabulary in space for vocabulary in _COMMENTED):
            self._hidden.found("comments")

    def _annotation(self, space: str, attributes: Attributes) -> None:
        if "word/2003" in space or "aml" in space:  # Word 2003
            kind = attributes.get("type", "")
            if kind.endswith(("Insertion", "Deletion")):
                self._hidden.found("tracked changes")
            elif kind.endswith("Comment"):
                self._hidden.found("comments")

    def _mail_merge(self, space: str, _: Attributes) -> None:
        if "word" in space:
            self._search.add(ContentFinding.EXTERNAL_CONTENT, "it is merged with data from elsewhere")

    def _macros_present(self, _: str, attributes: Attributes) -> None:
        if attributes.get("macrosPresent", "no").lower() not in ("no", *_FALSE):
            self._search.add(ContentFinding.MACROS, "it holds macros")

    # Excel and PowerPoint

    def _sheet(self, _: str, attributes: Attributes) -> None:
        if attributes.get("state", "").lower() in ("hidden", "veryhidden"):
            self._hidden.found("hidden sheets")

    def _visible(self, text: str) -> None:  # Excel 2003
        if text.strip() in ("SheetHidden", "SheetVeryHidden"):
            self._hidden.found("hidden sheets")

    def _slide(self, _: str, attributes: Attributes) -> None:
        if attributes.get("show") in _FALSE:
            self._hidden.found("hidden slides")

    def _dde(self, _: str, __: Attributes) -> None:
        self._search.add(ContentFinding.FORMULA, "a cell or field fetches its value from another program (DDE)")

    def _connection(self, space: str, _: Attributes) -> None:
        if "spreadsheetml" in space:
            self._search.add(ContentFinding.EXTERNAL_CONTENT, "it fetches data from elsewhere")

    # Properties and labels

    def _named_property(self, _: str, attributes: Attributes) -> None:
        self._property = attributes.get("name", "")

    def _property_value(self, text: str) -> None:
        if self._property:
            self._labels.found(self._property, text)
            self._property = ""

    def _label(self, space: str, attributes: Attributes) -> None:
        if "mipLabelMetadata" in space and attributes.get("removed") in (None, *_FALSE):
            self._labels.found_unnamed()

    # Flat files: parts in one XML file

    def _part(self, space: str, attributes: Attributes) -> None:
        kind, name = attributes.get("contentType", "").lower(), attributes.get("name", "").lower()
        if "xmlPackage" in space:
            if "vbaproject" in kind or name.endswith("vbaproject.bin"):
                self._search.add(ContentFinding.MACROS, "it holds macros")
            if "activex" in kind:
                self._search.add(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")

    def _binary(self, text: str) -> None:
        try:
            content = base64.b64decode(text)
        except ValueError:
            return
        self._search.inspect_embedded(content, self._depth)


_COMMENTED: Final = ("wordprocessingml", "spreadsheetml", "presentationml", "office:spreadsheet", "com/office/")
_LINKED: Final = {
    "attachedtemplate": "its template lies elsewhere",
    "externallinkpath": "it takes values from other workbooks",
    "xlexternallinkpath": "it takes values from other workbooks",
    "image": "it shows pictures from elsewhere",
    "oleobject": "it shows an object from elsewhere",
    "mailmergesource": "it is merged with data from elsewhere",
    "frame": "it shows a page from elsewhere",
    "subdocument": "parts of it lie elsewhere",
}
_RULES: Final[Mapping[str, Callable[[Elements, str, Attributes], None]]] = {
    "Relationship": Elements._relationship,
    "fldChar": Elements._field_part,
    "fldSimple": Elements._simple_field,
    **dict.fromkeys(["ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "numberingChange"], Elements._change),
    **dict.fromkeys(["comment", "cm", "threadedComment", "Comment"], Elements._comment),
    "vanish": Elements._vanish,
    "annotation": Elements._annotation,
    "mailMerge": Elements._mail_merge,
    "wordDocument": Elements._macros_present,
    "sheet": Elements._sheet,
    "sld": Elements._slide,
    "ddeLink": Elements._dde,
    "connection": Elements._connection,
    "property": Elements._named_property,
    "label": Elements._label,
    "part": Elements._part,
}
# The elements whose text is read, and what it is.
_ENDS: Final[Mapping[str, Callable[[Elements, str], None]]] = {
    "instrText": Elements._instruction,
    "delInstrText": Elements._instruction,
    "Visible": Elements._visible,
    "lpwstr": Elements._property_value,
    "lpstr": Elements._property_value,
    "bstr": Elements._property_value,
    **dict.fromkeys(["binaryData", "binData", "binary-data", "docOleData", "docSuppData"], Elements._binary),
}
