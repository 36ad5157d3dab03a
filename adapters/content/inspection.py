"""All checks of a document's content, in one place."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, Final, cast

from adapters.content.archives import ends_as_archive, inspect_archive
from adapters.content.compound_files import inspect_compound_file
from adapters.content.pdf import inspect_pdf
from adapters.content.search import BombError, Search, SearchLimitError
from adapters.content.signatures import COMPOUND_FILE, OTHER_ARCHIVES, PDF, ZIP
from adapters.content.types import contradicts_content_type, contradicts_extension, extension_of, is_known_extension
from adapters.content.watched import WatchedFile
from compliance.content import ContentFinding, Finding

# Enough to recognise a file type by, including the first entries of an Office file's ZIP directory.
SNIFFED_BYTES: Final = 64 * 1024


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
    extension = extension_of(name).removeprefix(".")
    if allowed_types and extension not in allowed_types:
        search.add(ContentFinding.TYPE_NOT_ALLOWED, f"only these types are allowed: {', '.join(allowed_types)}")
    try:
        _inspect_part(document, 0, search)
    except BombError as bomb:
        search.add(ContentFinding.ARCHIVE_BOMB, str(bomb))
    except SearchLimitError as limit:
        search.add(ContentFinding.NOT_INSPECTED, str(limit))
    return search.findings


def _compare_types(document: BinaryIO, beginning: bytes, name: str, declared_type: str | None, search: Search) -> None:
    if contradicts_extension(name, beginning):
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not what its name says")
    elif contradicts_content_type(declared_type, beginning):
        search.add(ContentFinding.TYPE_MISMATCH, "its content is not of the declared content type")
    elif is_known_extension(name) and not beginning.startswith(ZIP) and ends_as_archive(document):
        search.add(ContentFinding.TYPE_MISMATCH, "it is a ZIP archive as well")


def _inspect_part(part: BinaryIO, depth: int, search: Search) -> None:
    part.seek(0)
    beginning = part.read(1024).lstrip()
    part.seek(0)
    watched = cast(BinaryIO, WatchedFile(part, search))
    try:
        if beginning.startswith(ZIP):
            inspect_archive(watched, depth, search)
        elif beginning.startswith(COMPOUND_FILE):
            inspect_compound_file(watched, search)
        elif beginning.startswith(PDF):
            inspect_pdf(watched, search)
        elif beginning.startswith(OTHER_ARCHIVES):
            search.add(ContentFinding.NOT_INSPECTED, "archives other than ZIP files are not looked into")
    except (BombError, SearchLimitError):
        raise
    except MemoryError:
        search.add(ContentFinding.NOT_INSPECTED, "looking through it takes too much memory")
    except Exception:  # a hostile file can make a parser raise anything
        search.add(ContentFinding.NOT_INSPECTED, "it, or something in it, is damaged or too large to be read")
