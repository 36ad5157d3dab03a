"""The first bytes of formats that can hold other documents, scripts or passwords."""

from __future__ import annotations

from typing import Final

# The second one begins an empty archive.
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
# https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
COMPOUND_FILE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
PDF: Final = b"%PDF-"
# Archives that no library here expands within bounds: RAR, 7-Zip, gzip, bzip2, xz, Zstandard, Cabinet.
OTHER_ARCHIVES: Final = (
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"MSCF\x00\x00\x00\x00",
)


def is_container(beginning: bytes) -> bool:
    """Return whether something that begins with these bytes is inspected as a document of its own."""
    return beginning.startswith((*ZIP, COMPOUND_FILE, PDF, *OTHER_ARCHIVES))
