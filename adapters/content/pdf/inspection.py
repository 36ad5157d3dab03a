"""Passwords, scripts, program starts and attached files in PDF documents."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pypdf import PdfReader, apply_configuration
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, IndirectObject, StreamObject

from adapters.content.names import inspect_name
from adapters.content.pdf.labels import LABEL, inspect_labels
from adapters.content.pdf.names import REFERENCE, names_of, references_in, text_values, unescaped
from adapters.content.search import KIBIBYTE, MEBIBYTE, BombError, Search, SearchLimitError
from compliance.content import ContentFinding

# Its log lines quote the document.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

_LARGEST_STREAM: Final = 8 * MEBIBYTE
_MOST_DECODED: Final = 8 * MEBIBYTE  # of object streams, forms and attached files; no others are decoded
_MOST_ENTRIES: Final = 300_000  # of a cross-reference stream: what pypdf remembers of them takes memory
_FIRST: Final = 2_000  # objects that the catalog leads to soonest
_AT_FIRST: Final = 4 * KIBIBYTE  # of an object without its stream
_LONGEST_OBJECT: Final = MEBIBYTE
_MOST_ATTACHED: Final = 100
_HEADER: Final = re.compile(rb"\s*\d+\s+\d+\s+obj\b")
_SCRIPT: Final = re.compile(rb"<(?:\w+:)?script[\s>]")
_SENT: Final = re.compile(rb"<(?:\w+:)?(?:submit|wsdlConnection|xmlConnection)[\s>]")
_FILE_NAME: Final = re.compile(rb"/U?F\s*(?:\(((?:\\.|[^()\\]){1,400})\)|<([0-9A-Fa-f\s]{2,800})>)")

# ISO 32000-2, table 201, 12.6.4.17, 13.6 and 13.7: what runs, or plays what can.
_ACTIVE: Final = frozenset(
    {
        *(b"JavaScript", b"JS", b"Launch", b"OnInstantiate"),
        *(b"RichMediaExecute", b"RichMedia", b"Rendition", b"Movie", b"Sound", b"3D"),
    }
)
_ELSEWHERE: Final = frozenset({b"SubmitForm", b"ImportData", b"GoToR", b"GoToE"})
_ATTACHED: Final = frozenset({b"EF", b"EmbeddedFile", b"EmbeddedFiles"})
_TOLD_BY_REFERENCES: Final = _ATTACHED | {b"XFA"}


def inspect_pdf(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect every object of a PDF document, those first that its catalog leads to.

    Raises BombError, SearchLimitError, and pypdf's errors if it is so damaged that its objects are not found.
    """
    with apply_configuration(
        maximum_declared_stream_length=_LARGEST_STREAM,
        zlib_maximum_output_length=_MOST_DECODED,
        zlib_maximum_recovery_input_length=0,
        lzw_maximum_output_length=_MOST_DECODED,
        run_length_maximum_output_length=_MOST_DECODED,
        stream_decoding_work_maximum_length=2 * _MOST_DECODED,
        stream_filters_maximum_length=2,
    ):
        reader = _Reader(document, xref_stream_maximum_entries=_MOST_ENTRIES)
        search.check_time()  # pypdf swallows errors while it searches a damaged document for its objects
        _PdfSearch(document, reader, depth, search).run()


class _Reader(PdfReader):
    """A reader of documents with any kind of encryption: what none of its own can decrypt is left as it is."""

    is_readable = True

    def _handle_encryption(self, password: str | bytes | None) -> None:
        self.is_readable = False
        try:
            super()._handle_encryption(password)
        except (LimitReachedError, SearchLimitError):
            raise
        except Exception:  # another handler than the standard one, or a damaged one
            self._override_encryption = True
        else:
            self.is_readable = self._encryption is not None and self._encryption.is_decrypted()


class _PdfSearch:
    def __init__(self, document: BinaryIO, reader: _Reader, depth: int, search: Search) -> None:
        self._document = document
        self._reader = reader
        self._depth = depth
        self._search = search
        self._forms: list[int] = []
        self._attached: list[int] = []
        self._holding = {stream for stream, _ in reader.xref_objStm.values()}

    def run(self) -> None:
        """Inspect the document."""
        self._report_encryption()
        seen: set[int] = set()
        for number in self._in_order():
            self._search.check_time()
            if number not in seen:
                seen.add(number)
                self._inspect_object(number)
        if self._reader.is_readable:
            for form in dict.fromkeys(self._forms):
                self._inspect_form(form)
            self._inspect_attached()

    def _report_encryption(self) -> None:
        encryption = self._reader.trailer.get("/Encrypt")
        if encryption is None:
            return
        if self._reader.is_readable:
            text = "it opens without a password, but restricts what readers may do with it"
            self._search.add(ContentFinding.RESTRICTED, text)
        elif getattr(encryption.get_object(), "get", dict[str, str]().get)("/Filter") == "/Standard":
            self._search.add(ContentFinding.ENCRYPTED, "it needs a password")
        else:
            self._search.add(ContentFinding.ENCRYPTED, "it opens only with a certificate or a server's consent")

    def _in_order(self) -> Iterator[int]:
        """Yield numbers of objects: those near the catalog, then all others as they lie in the file."""
        root = self._reader.trailer.raw_get("/Root") if "/Root" in self._reader.trailer else None
        queue = [root.idnum] if isinstance(root, IndirectObject) else []
        waiting = set(queue)  # else an object to which many refer would be read as often
        places = self._places()
        for number in queue:
            yield number
            if len(queue) < _FIRST and number in places:
                content, _, _ = self._read(places[number])
                for reference in REFERENCE.finditer(content):
                    if int(reference[1]) not in waiting and len(queue) < _FIRST:
                        waiting.add(int(reference[1]))
                        queue.append(int(reference[1]))
        yield from sorted({*places, *self._holding}, key=lambda number: places.get(number, 0))

    def _places(self) -> dict[int, int]:
        return {number: place for numbers in self._reader.xref.values() for number, place in numbers.items() if place}

    def _read(self, place: int) -> tuple[bytes, frozenset[bytes], bool]:
        """Return an object without its stream's bytes, its names, and whether it was found there and read whole."""
        length = _AT_FIRST
        while True:
            self._document.seek(place)
            content = self._document.read(length)
            header = _HEADER.match(content)
            if not header:
                return b"", frozenset(), False
            content_of_it = content[header.end() :]
            names, ended = names_of(content_of_it)
            if ended or len(content) < length or length >= _LONGEST_OBJECT:
                return content_of_it, names, ended
            length *= 16

    def _inspect_object(self, number: int) -> None:
        for place in {numbers.get(number, 0) for numbers in self._reader.xref.values()}:
            if place:  # else it is free, or in an object stream
                self._inspect_place(number, place)

    def _inspect_place(self, number: int, place: int) -> None:
        content, names, whole = self._read(place)
        if not whole:
            self._skip()
        self._judge(number, names, content)
        if (b"ObjStm" in names or number in self._holding) and self._reader.is_readable:
            for stream in self._streams([number]):
                names, _ = names_of(stream, several=True)
                self._judge(None, names, stream)

    def _judge(self, number: int | None, names: frozenset[bytes], content: bytes) -> None:
        if names & _TOLD_BY_REFERENCES or any(name.startswith(LABEL) for name in names):
            content = unescaped(content)
            inspect_labels(content, self._search, self._reader.is_readable and "/Encrypt" not in self._reader.trailer)
        if names & _ACTIVE:
            self._search.add(ContentFinding.ACTIVE_CONTENT, "it holds scripts, starts programs or plays rich media")
        if names & _ELSEWHERE:
            text = "it sends what is filled in to elsewhere, takes data from there, or leads to other files"
            self._search.add(ContentFinding.EXTERNAL_CONTENT, text)
        if names & _ATTACHED:
            self._search.add(ContentFinding.ATTACHMENT, "files are attached to it")
            self._attached += references_in(content, b"EF")
            self._inspect_file_names(content)
            if number is not None and b"EmbeddedFile" in names:
                self._attached.append(number)
        if b"EncryptedPayload" in names:  # ISO 32000-2, 7.6.7: the document is a cover of another one
            self._search.add(ContentFinding.ENCRYPTED, "it is the cover of a document that is encrypted")
        if b"XFA" in names:
            self._forms += references_in(content, b"XFA")

    def _inspect_file_names(self, content: bytes) -> None:
        for name in text_values(_FILE_NAME, content):
            inspect_name(name, self._search)

    def _inspect_form(self, number: int) -> None:
        for part in self._streams([number]):
            form = part.replace(b"\0", b"")  # it may be UTF-16
            if _SCRIPT.search(form):
                self._search.add(ContentFinding.ACTIVE_CONTENT, "its form holds scripts")
            if _SENT.search(form):
                self._search.add(
                    ContentFinding.EXTERNAL_CONTENT, "its form is sent elsewhere, or takes data from there"
                )

    def _inspect_attached(self) -> None:
        attached = list(dict.fromkeys(self._attached))
        if len(attached) > _MOST_ATTACHED:
            self._search.add(ContentFinding.NOT_INSPECTED, f"only {_MOST_ATTACHED} of its files were inspected")
        for content in self._streams(attached[:_MOST_ATTACHED]):
            self._search.inspect_embedded(content, self._depth)

    def _streams(self, numbers: list[int]) -> Iterator[bytes]:
        """Yield the decoded streams with these numbers, and those that arrays and dictionaries with them refer to."""
        for number in numbers:
            self._search.check_time()
            try:
                found = self._reader.get_object(IndirectObject(number, 0, self._reader))
                if isinstance(found, StreamObject):
                    contents = [found.get_data()]
                else:
                    values = found if isinstance(found, ArrayObject) else dict.values(found)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]
                    inner = [value.get_object() for value in values if isinstance(value, IndirectObject)]
                    contents = [value.get_data() for value in inner if isinstance(value, StreamObject)]
            except (BombError, SearchLimitError, MemoryError):
                raise
            except Exception:  # a hostile document can make the parser raise anything
                self._search.check_time()
                self._skip()
                contents = []
            self._reader.resolved_objects.clear()  # else all that was read would be kept
            yield from contents

    def _skip(self) -> None:
        self._search.add(ContentFinding.NOT_INSPECTED, "parts of it are damaged or too large to be read")
