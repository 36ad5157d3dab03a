"""What the elements of OpenDocument say: scripts, changes, comments, hidden parts, what lies elsewhere.

The elements: https://docs.oasis-open.org/office/OpenDocument/v1.3/ part 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.content.office.hidden import Hidden
from adapters.content.search import Search
from compliance.content import ContentFinding

# The second one is of the scripts in flat files.
_SPACES: Final = ("urn:oasis:names:tc:opendocument:xmlns:", "http://openoffice.org/")
_SCRIPT_LINKS: Final = ("vnd.sun.star.script:", "macro:", "javascript:")
_ELSEWHERE: Final = ("http:", "https:", "ftp:", "file:", "smb:", "//", "\\\\", "../", "/")
_HIDDEN: Final = {
    "changed-region": "tracked changes",
    "annotation": "comments",
    "hidden-text": "hidden text",
    "hidden-paragraph": "hidden text",
}
# The properties of the style of a table and of a page of slides.
_HIDDEN_BY: Final = {
    ("table-properties", "display", "false"): "hidden sheets",
    ("drawing-page-properties", "visibility", "hidden"): "hidden slides",
}
_FOUND: Final = {
    **dict.fromkeys(("module", "source-code"), (ContentFinding.MACROS, "it holds macros")),
    **dict.fromkeys(
        ("event-listener", "event"), (ContentFinding.ACTIVE_CONTENT, "it runs a script when something happens")
    ),
    **dict.fromkeys(
        ("dde-source", "dde-connection-decl"),
        (ContentFinding.FORMULA, "a cell or field fetches its value from another program (DDE)"),
    ),
}
_SHOWING: Final = frozenset(
    {
        *("image", "object", "object-ole", "plugin", "applet", "floating-frame", "background-image", "fill-image"),
        *("section-source", "table-source", "cell-range-source", "database-source", "template"),
    }
)


def is_open_document(space: str) -> bool:
    """Return whether a namespace is one of OpenDocument."""
    return space.startswith(_SPACES)


def inspect_element(name: str, attributes: Mapping[str, str], search: Search, hidden: Hidden) -> None:
    """Inspect an element in a namespace of OpenDocument."""
    if found := _FOUND.get(name):
        search.add(*found)
    elif name in _HIDDEN:
        hidden.found(_HIDDEN[name])
    for (element, attribute, value), kind in _HIDDEN_BY.items():
        if name == element and attributes.get(attribute) == value:
            hidden.found(kind)
    if "href" in attributes:
        _inspect_reference(name, attributes["href"].lower(), search)


def _inspect_reference(name: str, target: str, search: Search) -> None:
    if target.startswith(_SCRIPT_LINKS):
        search.add(ContentFinding.ACTIVE_CONTENT, "it runs a script when something happens")
    elif name == "object-ole" and not target.startswith(_ELSEWHERE):
        search.add(ContentFinding.ATTACHMENT, "other documents are embedded in it")
    elif name in _SHOWING and target.startswith(_ELSEWHERE):
        search.add(ContentFinding.EXTERNAL_CONTENT, "it shows a file from elsewhere")
