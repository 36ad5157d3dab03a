"""All checks of a document's content, in one place."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from adapters.content.archives import inspect_archive
from adapters.content.compound.inspection import inspect_compound_file
from adapters.content.families import Judgement, is_claimed, judge
from adapters.content.names import inspect_name, why_misleading
from adapters.content.others import inspect_other
from adapters.content.packed.compressed import inspect_compressed
from adapters.content.packed.others import inspect_other_archive, is_disk, is_other_archive, is_tar
from adapters.content.packed.tar import inspect_tar
from adapters.content.pdf.inspection import inspect_pdf
from adapters.content.places import as_well, beginning_of, counts_from_first_byte
from adapters.content.programs import is_name_of_program, report_program
from adapters.content.sealed import report_sealed
from adapters.content.search import DEEPEST, KIBIBYTE, BombError, Search, SearchLimitError
from adapters.content.signatures import COMPOUND_FILE, COMPRESSED, PDF, ZIP
from adapters.content.types import (
    contradicts_content_type,
    contradicts_extension,
    declared_extension,
    extension_of,
    is_known_extension,
    is_name_of_text,
)
from adapters.content.watched import WatchedFile
from adapters.content.window import Window
from compliance.content import ContentFinding, Finding

# Enough to recognise a file type by, including the first entries of an Office file's ZIP directory.
SNIFFED_BYTES: Final = 64 * KIBIBYTE
_BEGINNING: Final = 8 * KIBIBYTE


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document, the same from where programs begin to read it, and the first bytes there."""

    whole: BinaryIO
    own: BinaryIO
    beginning: bytes


def inspect_content(
    document: BinaryIO,
    name: str,
    declared_type: str | None,
    allowed_types: tuple[str, ...],
    report: Callable[[Finding], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Return what a reviewer should know of a seekable document; call `report` with each finding at once."""
    length = document.seek(0, io.SEEK_END)
    search = Search(length, _inspect_part, report)
    if not length:
        search.add(ContentFinding.EMPTY, "it has no bytes")
    if misleading := why_misleading(name):
        search.add(ContentFinding.MISLEADING_NAME, misleading)
    if is_name_of_program(name):
        search.add(ContentFinding.EXECUTABLE, "its name is that of a program, a shortcut or a script")
    extension = extension_of(name).removeprefix(".")
    if allowed_types and extension not in allowed_types:
        search.add(ContentFinding.TYPE_NOT_ALLOWED, f"only these types are allowed: {', '.join(allowed_types)}")
    try:
        opened = _opened(document)
        if length:
            _compare_types(opened, name, declared_type, search)
        _inspect_opened(opened, 0, search, name)
    except BombError as bomb:
        search.add(ContentFinding.ARCHIVE_BOMB, str(bomb))
    except SearchLimitError as limit:
        search.add(ContentFinding.NOT_INSPECTED, str(limit))
    return search.findings


def _compare_types(opened: _Opened, name: str, declared_type: str | None, search: Search) -> None:
    by_name = _judge_name(name, opened, search)
    if by_name is Judgement.WRONG:
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not what its name says")
    elif _contradicts_declared_type(opened, name, declared_type, search):
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not of the declared content type")
    elif by_name is Judgement.OTHER_FORMAT:
        search.add(ContentFinding.OTHER_FORMAT, "its content has another format than its name says")


def _judge_name(name: str, opened: _Opened, search: Search) -> Judgement | None:
    """Judge a document by its name. None if the name claims nothing."""
    by_parts = _judge(extension_of(name), opened, search)
    if by_parts is None and contradicts_extension(name, opened.beginning):
        return Judgement.WRONG
    return by_parts


def _contradicts_declared_type(opened: _Opened, name: str, declared_type: str | None, search: Search) -> bool:
    declared = declared_extension(declared_type) or ""
    judgement = _judge(declared, opened, search)
    return judgement is Judgement.WRONG or (
        judgement is None and contradicts_content_type(declared_type, opened.beginning, name)
    )


def _judge(extension: str, opened: _Opened, search: Search) -> Judgement | None:
    """Judge a document by its parts; None if its extension claims none, or if they cannot be read."""
    if not is_claimed(extension) or not opened.beginning:
        return None
    try:
        return judge(extension, opened.own, search)
    except SearchLimitError:
        raise
    except Exception:  # a hostile file can make a parser raise anything; the search reports that it is damaged
        return None


def _inspect_part(part: BinaryIO, depth: int, search: Search, name: str = "") -> None:
    """Inspect a document, or a part of one, and whatever else it is. Raises BombError, SearchLimitError."""
    opened = _opened(part)
    if name:
        inspect_name(name, search)
    if name and opened.beginning and _judge_name(name, opened, search) is Judgement.WRONG:
        search.add(ContentFinding.MISLEADING_NAME, "a file in it is not what its name says")
    _inspect_opened(opened, depth, search, name)


def _inspect_opened(opened: _Opened, depth: int, search: Search, name: str) -> None:
    report_program(opened.beginning[:_BEGINNING], search)
    report_sealed(opened.beginning, name, search)
    _guarded(opened.own, opened.beginning, depth, search, name)
    for other in list(as_well(opened.whole, opened.beginning)):
        if other.is_script and is_name_of_text(name):
            continue
        if other.is_deceit and (is_known_extension(name) or is_claimed(extension_of(name))):
            kind = ContentFinding.MISLEADING_NAME if depth else ContentFinding.TYPE_MISMATCH
            search.add(kind, f"it is {other.what} as well")
        if other.is_script:
            search.add(ContentFinding.ACTIVE_CONTENT, "a browser can run it as a script")
        elif other.place is None and other.is_deceit:
            _guarded(opened.whole, ZIP[0], depth, search, "")
        elif other.place is None:
            _inspect_held_archive(opened.whole, depth, search)
        elif depth <= DEEPEST:
            search.inspect_part(cast(BinaryIO, Window(opened.whole, other.place)), depth + 1, search, "")


def _opened(document: BinaryIO) -> _Opened:
    document.seek(0)
    beginning = document.read(SNIFFED_BYTES)
    place = beginning_of(beginning)
    own = document
    if place and not (beginning.startswith(PDF, place) and counts_from_first_byte(document)):
        own = cast(BinaryIO, Window(document, place))
    return _Opened(document, own, beginning[place:])


def _inspect_held_archive(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect a ZIP file within a document, as a program finds it that unpacks any file."""
    try:
        inspect_archive(cast(BinaryIO, WatchedFile(document, search)), depth, search)
    except SearchLimitError:
        raise
    except Exception:  # it lies there in pieces, or deep in others; the document itself has been inspected
        search.check_time()


def _guarded(part: BinaryIO, beginning: bytes, depth: int, search: Search, name: str) -> None:
    part.seek(0)
    watched = cast(BinaryIO, WatchedFile(part, search))
    try:
        _inspect_kind(watched, beginning, depth, search, name)
    except (BombError, SearchLimitError):
        raise
    except MemoryError:
        search.add(ContentFinding.NOT_INSPECTED, "looking through it takes too much memory")
    except Exception:  # a hostile file can make a parser raise anything
        search.add(ContentFinding.NOT_INSPECTED, "it, or something in it, is damaged or too large to be read")


def _inspect_kind(part: BinaryIO, beginning: bytes, depth: int, search: Search, name: str) -> None:
    if beginning.startswith(ZIP):
        inspect_archive(part, depth, search)
    elif beginning.startswith(COMPOUND_FILE):
        inspect_compound_file(part, depth, search)
    elif beginning.startswith(PDF):
        inspect_pdf(part, depth, search)
    elif beginning.startswith(COMPRESSED):
        inspect_compressed(part, name, depth, search)
    elif is_tar(beginning):
        inspect_tar(part, depth, search)
    elif is_other_archive(beginning) or is_disk(part):
        inspect_other_archive(part, search)
    elif depth <= DEEPEST:
        inspect_other(part, beginning[:_BEGINNING], name, depth, search)
