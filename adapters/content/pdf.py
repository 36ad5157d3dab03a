"""Passwords, scripts and program starts in PDF documents."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pypdf import PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from compliance.content import ContentFinding

# Its log lines quote the document.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

MOST_OBJECTS: Final = 20_000
_LARGEST_STREAM: Final = 8 * MEBIBYTE
_MOST_DECODED: Final = 2 * MEBIBYTE  # of cross-reference and object streams; no others are decoded
# ISO 32000-2, table 201: the actions that run something. The others go to a destination or fill in a form.
_ACTIVE: Final = frozenset({"/JavaScript", "/Launch", "/RichMediaExecute"})


def inspect_pdf(document: BinaryIO, search: Search) -> None:
    """Inspect every object of a PDF document. Raises SearchLimitError, and pypdf's errors if it is damaged."""
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
        search.check_time()  # pypdf swallows errors while it searches a damaged document for its objects
        if reader.is_encrypted:
            search.add(ContentFinding.ENCRYPTED, "it is encrypted")
            return
        for pdf_object in _objects(reader):
            search.check_time()
            if _runs_something(pdf_object):
                search.add(ContentFinding.ACTIVE_CONTENT, "it holds scripts or starts programs")
                return


def _objects(reader: PdfReader) -> Iterator[Any]:
    references = [(number, generation) for generation, numbers in reader.xref.items() for number in numbers]
    references += [(number, 0) for number in reader.xref_objStm]
    if len(references) > MOST_OBJECTS:
        raise SearchLimitError(f"it holds more than {MOST_OBJECTS} objects")
    for number, generation in references:
        yield reader.get_object(IndirectObject(number, generation, reader))


def _runs_something(pdf_object: Any) -> bool:
    """Return whether an object is or directly holds an active action. What it refers to is inspected by itself."""
    values = [pdf_object]
    while values:
        value = values.pop()
        if isinstance(value, DictionaryObject):
            action = value.get("/S")
            if isinstance(action, IndirectObject):
                action = action.get_object()
            if (isinstance(action, NameObject) and action in _ACTIVE) or "/JS" in value:
                return True
            values += dict.values(value)
        elif isinstance(value, ArrayObject):
            values += list.__iter__(value)
    return False
