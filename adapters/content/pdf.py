"""PDF documents: passwords, scripts and programs that a reader starts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pypdf import PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from compliance.content import ContentFinding

# Its warnings quote the document.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

MOST_OBJECTS: Final = 20_000
_LARGEST_STREAM: Final = 8 * MEBIBYTE
_MOST_DECODED: Final = 2 * MEBIBYTE  # of cross-reference and object streams; the others are not decoded
# ISO 32000-2, table 201: actions that run something. The others go to a place or fill in a form.
_ACTIVE: Final = frozenset({"/JavaScript", "/Launch", "/RichMediaExecute"})


def inspect_pdf(document: BinaryIO, search: Search) -> None:
    """Look through every object of a PDF document. Raises SearchLimitError, and what pypdf raises for damaged ones."""
    with apply_configuration(
        maximum_declared_stream_length=_LARGEST_STREAM,
        zlib_maximum_output_length=_MOST_DECODED,
        zlib_maximum_recovery_input_length=0,
        lzw_maximum_output_length=_MOST_DECODED,
        run_length_maximum_output_length=_MOST_DECODED,
        stream_decoding_work_maximum_length=_MOST_DECODED,
        stream_filters_maximum_length=2,
    ):
        reader = PdfReader(document, strict=False)
        search.goes_on()  # it swallows errors while it looks for the objects of a damaged document
        if reader.is_encrypted:
            search.found(ContentFinding.ENCRYPTED, "it is encrypted")
            return
        for found in _objects(reader):
            search.goes_on()
            if _runs_something(found):
                search.found(ContentFinding.ACTIVE_CONTENT, "it holds scripts or starts programs")
                return


def _objects(reader: PdfReader) -> Iterator[Any]:
    places = [(number, generation) for generation, numbers in reader.xref.items() for number in numbers]
    places += [(number, 0) for number in reader.xref_objStm]
    if len(places) > MOST_OBJECTS:
        raise SearchLimitError(f"it holds more than {MOST_OBJECTS} objects")
    for number, generation in places:
        yield reader.get_object(IndirectObject(number, generation, reader))


def _runs_something(found: Any) -> bool:
    """Whether an object is such an action or holds one directly; what it refers to is an object of its own."""
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, DictionaryObject):
            action = value.get("/S")
            if isinstance(action, IndirectObject):
                action = action.get_object()
            if (isinstance(action, NameObject) and action in _ACTIVE) or "/JS" in value:
                return True
            waiting += dict.values(value)
        elif isinstance(value, ArrayObject):
            waiting += list.__iter__(value)
    return False
