"""The first bytes of formats that can hold other documents, scripts or passwords."""

from __future__ import annotations

from typing import Final

# The second one begins an empty archive.
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
# https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb
COMPOUND_FILE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
PDF: Final = b"%PDF-"
# gzip, bzip2 and xz
COMPRESSED: Final = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
