"""Documents that are no ZIP, compound or PDF files: mails, RTF, web pages, tables, flat Office documents, OneNote.

Most have no signature that cannot be a text as well, so each kind is recognised by how it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final

from adapters.content.compound.excel import inspect_workbook
from adapters.content.compound.word import inspect_letter
from adapters.content.mail.eml import inspect_mail, is_mail
from adapters.content.mail.tnef import TNEF, inspect_tnef
from adapters.content.office.active_mime import ACTIVE_MIME, inspect_active_mime
from adapters.content.office.flat import flat_program, inspect_flat
from adapters.content.onenote import ONENOTE, inspect_section
from adapters.content.search import MEBIBYTE, Search
from adapters.content.texts.rtf import RTF, inspect_rtf
from adapters.content.texts.tables import SYLK, inspect_sylk, inspect_table, is_table
from adapters.content.texts.web import inspect_web_page, is_web_page

Inspect = Callable[[BinaryIO, int, Search], None]

_OLD_WORKBOOKS: Final = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")  # of Excel 2 to 5 without a compound file
_OLD_LETTERS: Final = (b"\x9b\xa5", b"\xdb\xa5")  # of Word 1 and 2
_LARGEST_WORKBOOK: Final = 8 * MEBIBYTE


def inspect_other(document: BinaryIO, beginning: bytes, name: str, depth: int, search: Search) -> None:
    """Inspect a document by its first bytes and its name. Nothing is found in other kinds."""
    inspect = _kind_of(beginning, name.lower().rstrip(" ."))
    if inspect:
        inspect(document, depth, search)


def _kind_of(beginning: bytes, name: str) -> Inspect | None:
    if beginning.startswith(TNEF):
        return inspect_tnef
    if beginning.startswith(ONENOTE):
        return inspect_section
    if beginning.startswith(ACTIVE_MIME):
        return inspect_active_mime
    if beginning.startswith(_OLD_LETTERS):
        return _inspect_old_letter
    if beginning.startswith(_OLD_WORKBOOKS):
        return _inspect_old_workbook
    return _kind_of_text(beginning, name)


def _kind_of_text(beginning: bytes, name: str) -> Inspect | None:
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(RTF):
        return inspect_rtf
    if beginning.startswith(SYLK):
        return _inspect_sylk
    if is_table(name):
        return _inspect_table
    if flat_program(beginning):
        return inspect_flat
    if name.endswith((".eml", ".mht", ".mhtml")) or is_mail(beginning):
        return inspect_mail
    if name.endswith((".html", ".htm", ".xhtml", ".svg", ".hta", ".shtml")) or is_web_page(beginning):
        return _inspect_web_page
    return None


def _inspect_old_letter(document: BinaryIO, _: int, search: Search) -> None:
    document.seek(0)
    inspect_letter(document.read(_LARGEST_WORKBOOK), search)


def _inspect_old_workbook(document: BinaryIO, _: int, search: Search) -> None:
    document.seek(0)
    inspect_workbook(document.read(_LARGEST_WORKBOOK), search)


def _inspect_sylk(document: BinaryIO, _: int, search: Search) -> None:
    inspect_sylk(document, search)


def _inspect_table(document: BinaryIO, _: int, search: Search) -> None:
    inspect_table(document, search)


def _inspect_web_page(document: BinaryIO, _: int, search: Search) -> None:
    inspect_web_page(document, search)
