"""All checks of a document's content, in one place."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Final, cast

from adapters.content.archives import ends_as_archive, inspect_archive
from adapters.content.compound.inspection import inspect_compound_file
from adapters.content.families import Judgement, is_claimed, judge
from adapters.content.names import why_misleading
from adapters.content.others import inspect_other
from adapters.content.pdf.inspection import inspect_pdf
from adapters.content.search import DEEPEST, KIBIBYTE, BombError, Search, SearchLimitError
from adapters.content.signatures import COMPOUND_FILE, OTHER_ARCHIVES, PDF, ZIP
from adapters.content.types import (
    contradicts_content_type,
    contradicts_extension,
    declared_extension,
    extension_of,
    is_known_extension,
)
from adapters.content.watched import WatchedFile
from compliance.content import ContentFinding, Finding

# Enough to recognise a file type by, including the first entries of an Office file's ZIP directory.
SNIFFED_BYTES: Final = 64 * KIBIBYTE
_BEGINNING: Final = 8 * KIBIBYTE


def inspect_content(
    document: BinaryIO,
    name: str,
    declared_type: str | None,
    allowed_types: tuple[str, ...],
    tell: Callable[[Finding], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Return what a reviewer should know of a seekable document; call `tell` with each finding at once."""
    length = document.seek(0, io.SEEK_END)
    search = Search(length, _inspect_part, tell)
    document.seek(0)
    beginning = document.read(SNIFFED_BYTES)
    if length:
        _compare_types(document, beginning, name, declared_type, search)
    else:
        search.add(ContentFinding.EMPTY, "it has no bytes")
    if misleading := why_misleading(name):
        search.add(ContentFinding.MISLEADING_NAME, misleading)
    extension = extension_of(name).removeprefix(".")
    if allowed_types and extension not in allowed_types:
        search.add(ContentFinding.TYPE_NOT_ALLOWED, f"only these types are allowed: {', '.join(allowed_types)}")
    try:
        _inspect_part(document, 0, search, name)
    except BombError as bomb:
        search.add(ContentFinding.ARCHIVE_BOMB, str(bomb))
    except SearchLimitError as limit:
        search.add(ContentFinding.NOT_INSPECTED, str(limit))
    return search.findings


def _compare_types(document: BinaryIO, beginning: bytes, name: str, declared_type: str | None, search: Search) -> None:
    by_name = _judge(extension_of(name), document, beginning, search)
    if by_name is Judgement.WRONG or (by_name is None and contradicts_extension(name, beginning)):
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not what its name says")
    elif _contradicts_declared_type(document, beginning, name, declared_type, search):
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not of the declared content type")
    elif is_known_extension(name) and not beginning.startswith(ZIP) and ends_as_archive(document):
        search.add(ContentFinding.TYPE_MISMATCH, "it is a ZIP archive as well")
    elif by_name is Judgement.OTHER_FORMAT:
        search.add(ContentFinding.OTHER_FORMAT, "its content has another format than its name says")


def _contradicts_declared_type(
    document: BinaryIO, beginning: bytes, name: str, declared_type: str | None, search: Search
) -> bool:
    declared = declared_extension(declared_type) or ""
    judgement = _judge(declared, document, beginning, search)
    return judgement is Judgement.WRONG or (
        judgement is None and contradicts_content_type(declared_type, beginning, name)
    )


def _judge(extension: str, document: BinaryIO, beginning: bytes, search: Search) -> Judgement | None:
    """Judge a document by its parts; None if its extension claims none, or if they cannot be read."""
    if not is_claimed(extension) or not beginning:
        return None
    try:
        return judge(extension, document, search)
    except SearchLimitError:
        raise
    except Exception:  # a hostile file can make a parser raise anything; the search tells that it is damaged
        return None


def _inspect_part(part: BinaryIO, depth: int, search: Search, name: str = "") -> None:
    part.seek(0)
    first_bytes = part.read(_BEGINNING)
    beginning = first_bytes[:1024].lstrip()
    part.seek(0)
    watched = cast(BinaryIO, WatchedFile(part, search))
    try:
        if beginning.startswith(ZIP):
            inspect_archive(watched, depth, search)
        elif beginning.startswith(COMPOUND_FILE):
            inspect_compound_file(watched, depth, search)
        elif beginning.startswith(PDF):
            inspect_pdf(watched, depth, search)
        elif beginning.startswith(OTHER_ARCHIVES):
            search.add(ContentFinding.NOT_INSPECTED, "archives other than ZIP files are not looked into")
        elif depth <= DEEPEST:
            inspect_other(watched, first_bytes, name, depth, search)
    except (BombError, SearchLimitError):
        raise
    except MemoryError:
        search.add(ContentFinding.NOT_INSPECTED, "looking through it takes too much memory")
    except Exception:  # a hostile file can make a parser raise anything
        search.add(ContentFinding.NOT_INSPECTED, "it, or something in it, is damaged or too large to be read")
