"""What gzip, bzip2 and xz files hold: expanded as a stream, piece by piece, and counted.

By the standard library's decompressors, which return as much at once as the caller allows.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

from adapters.content.packed.others import BLOCK, is_container, is_tar
from adapters.content.packed.tar import inspect_tar_stream
from adapters.content.search import DEEPEST, KIBIBYTE, MEBIBYTE, DepthError, Search
from adapters.content.signatures import COMPRESSED
from compliance.content import ContentFinding

_PIECE: Final = 64 * KIBIBYTE
_MOST_MEMORY: Final = 64 * MEBIBYTE  # for xz, whose files say how much they need
_MOST_HELD: Final = 8 * MEBIBYTE
_ENDING: Final = re.compile(r"\.(?:gz|bz2|xz|tgz|tbz2?|txz)$", re.IGNORECASE)
_TARS: Final = re.compile(r"\.t(?:gz|bz2?|xz)$", re.IGNORECASE)


class _Decompressor(Protocol):
    """The interface of bz2's and lzma's decompressors, which a wrapper gives to zlib's, too."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._decompressor.eof

    @property
    def unused_data(self) -> bytes:
        return self._decompressor.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._decompressor.unconsumed_tail

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._decompressor.decompress(self._decompressor.unconsumed_tail + data, max_length)


_KINDS: Final[tuple[tuple[bytes, Callable[[], _Decompressor]], ...]] = (
    (COMPRESSED[0], _Gzip),
    (COMPRESSED[1], bz2.BZ2Decompressor),
    (COMPRESSED[2], lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)),
)


def inspect_compressed(document: BinaryIO, name: str, depth: int, search: Search) -> None:
    """Inspect what a file holds. Raises BombError, SearchLimitError, and the decompressors' errors if it is damaged."""
    if depth > DEEPEST:
        raise DepthError(f"archives lie in it more than {DEEPEST} deep")
    document.seek(0)
    beginning = document.read(8)
    new = next(new for signature, new in _KINDS if beginning.startswith(signature))
    document.seek(0)
    pieces = _pieces(document, new, search)
    held = io.BytesIO()
    for piece in pieces:
        held.write(piece)
        if held.tell() >= BLOCK:
            break
    if is_tar(held.getvalue()):
        inspect_tar_stream(held.getvalue(), pieces, depth, search)
        return
    for piece in pieces:
        if held.tell() < _MOST_HELD:
            held.write(piece)
        else:
            if is_container(held.getvalue()[:BLOCK]):
                text = f"what is in a compressed file of more than {_MOST_HELD // MEBIBYTE} MiB was not inspected"
                search.add(ContentFinding.NOT_INSPECTED, text)
            for _ in pieces:  # counted to its end, because it may be a bomb
                pass
            return
    search.inspect_part(held, depth + 1, search, _name_within(name))


def _name_within(name: str) -> str:
    return _ENDING.sub(".tar" if _TARS.search(name) else "", name.rstrip(" ."))


def _pieces(document: BinaryIO, new: Callable[[], _Decompressor], search: Search) -> Iterator[bytes]:
    """Yield what a file expands to; several compressed files may follow each other."""
    decompressor, data = new(), document.read(_PIECE)
    while data or not decompressor.needs_input:
        piece = decompressor.decompress(data, _PIECE)
        data = b""
        if piece:
            search.count_expanded(len(piece))
            yield piece
        if decompressor.eof:
            data = (decompressor.unused_data or document.read(_PIECE)).lstrip(b"\0")  # padding
            if not data.startswith(COMPRESSED):
                return
            decompressor = new()
        elif decompressor.needs_input:
            search.check_time()
            data = document.read(_PIECE)
    raise ValueError("it is cut")
