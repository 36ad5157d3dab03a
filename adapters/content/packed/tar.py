"""The files in a tar archive, as a stream, by the standard library."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from adapters.content.names import inspect_name
from adapters.content.packed.others import BLOCK, is_container
from adapters.content.search import DEEPEST, KIBIBYTE, MEBIBYTE, BombError, DepthError, Search, SearchLimitError
from compliance.content import ContentFinding

_MOST_FILES: Final = 10_000
_PIECE: Final = 64 * KIBIBYTE
_MOST_HELD: Final = 8 * MEBIBYTE


def inspect_tar(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect every file in an archive. Raises BombError, SearchLimitError, tarfile's errors."""
    document.seek(0)
    inspect_tar_stream(b"", iter(lambda: document.read(_PIECE), b""), depth, search)


def inspect_tar_stream(beginning: bytes, pieces: Iterator[bytes], depth: int, search: Search) -> None:
    """Inspect every file in an archive that arrives in pieces."""
    if depth > DEEPEST:
        raise DepthError(f"archives lie in it more than {DEEPEST} deep")
    stream = cast(BinaryIO, _Stream(beginning, pieces))
    # Long names are read whole, so a hostile one can take all memory that this process may have.
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
        for count, member in enumerate(archive):
            if count >= _MOST_FILES:
                raise BombError(f"it holds more than {_MOST_FILES} files")
            search.check_time()
            vars(archive)["members"] = []  # else all would be kept
            inspect_name(member.name, search)
            if member.isfile() and (content := archive.extractfile(member)):
                _inspect_member(cast(BinaryIO, content), member.name, depth, search)


def _inspect_member(content: BinaryIO, name: str, depth: int, search: Search) -> None:
    held = io.BytesIO()
    while piece := content.read(_PIECE):
        search.count_expanded(len(piece))
        if held.tell() < _MOST_HELD:
            held.write(piece)
        elif is_container(held.getvalue()[:BLOCK]):
            text = f"what is in the files of more than {_MOST_HELD // MEBIBYTE} MiB in it was not inspected"
            search.add(ContentFinding.NOT_INSPECTED, text)
            return
        else:
            return
    search.inspect_part(held, depth + 1, search, name)


class _Stream(io.RawIOBase):
    """Pieces as a file that is read once."""

    def __init__(self, beginning: bytes, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._held, self._pieces = beginning, pieces

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, `size` of them unless the archive ends."""
        if size < 0:
            raise SearchLimitError("it is not read at once")
        held = [self._held]
        length = len(self._held)
        while length < size and (piece := next(self._pieces, b"")):
            held.append(piece)
            length += len(piece)
        whole = b"".join(held)
        self._held = whole[size:]
        return whole[:size]
