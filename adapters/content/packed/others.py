"""Archives and images of disks that nothing here expands: how they are recognised, and whether they need a password.

The formats: https://www.rarlab.com/technote.htm, the file DOC/7zFormat.txt of the LZMA SDK; others by their signatures.
"""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
from typing import BinaryIO, Final

from adapters.content.search import KIBIBYTE, MEBIBYTE, Search
from adapters.content.signatures import COMPOUND_FILE, COMPRESSED, PDF, ZIP
from compliance.content import ContentFinding

BLOCK: Final = 512  # the bytes by which archives are known
_RAR: Final = b"Rar!\x1a\x07"
_SEVEN_ZIP: Final = b"7z\xbc\xaf\x27\x1c"
# The place of a signature, and what it is; the order does not matter.
_SIGNATURES: Final = (
    *((0, each) for each in (_RAR, b"RE~^", _SEVEN_ZIP, b"\x28\xb5\x2f\xfd", b"MSCF\0\0\0\0", b"ISc(")),
    *((0, each) for each in (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7")),  # cpio
    *((0, each) for each in (b"\x1f\x9d", b"\x1f\xa0", b"\x1f\x1e", b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18", b"LZIP")),
    *((0, each) for each in (b"\x60\xea", b"xar!", b"!<arch>\n", b"\xed\xab\xee\xdb", b"MSWIM\0\0\0", b"WLPWM\0\0\0")),
    *((0, each) for each in (b"SIT!", b"StuffIt (c)", b"ALZ\x01", b"EGGA", b"hsqs", b"sqsh", b"\x89LZO\0", b"LRZI")),
    *(
        (0, each)
        for each in (b"conectix", b"vhdxfile", b"KDMV", b"QFI\xfb", b"AA01", b"pbze", b"zoo ", b"ZOO ", b"DAR!")
    ),
    (2, b"-lh"),
    (2, b"-lz"),
    (7, b"**ACE**"),
    (20, b"\xdc\xa7\xc4\xfd"),
)
_LEVELS: Final = frozenset(b"0123456789sd")  # of LHA: -lh5-, -lzs-
_AT_END: Final = ((512, b"koly"), (512, b"conectix"))  # disks of macOS and of Windows
_ISO: Final = (0x8001, b"CD001")
_LZMA_ALONE: Final = b"\x5d\0\0"
_MOST_HEADERS: Final = 10_000
_LARGEST_HEADER: Final = 4 * MEBIBYTE
_AES: Final = bytes.fromhex("06f10701")  # the method of 7-Zip


def is_container(beginning: bytes) -> bool:
    """Return whether something that begins with these bytes can hold other documents, scripts or passwords."""
    known = beginning.startswith((*ZIP, COMPOUND_FILE, PDF, *COMPRESSED))
    return known or is_tar(beginning) or is_other_archive(beginning)


def is_tar(beginning: bytes) -> bool:
    """Return whether bytes begin with a header whose checksum is right; old archives have no other mark."""
    try:
        tarfile.TarInfo.frombuf(beginning[:BLOCK], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def is_other_archive(beginning: bytes) -> bool:
    """Return whether bytes begin as an archive or an image of a disk."""
    for place, signature in _SIGNATURES:
        if beginning[place : place + len(signature)] == signature:
            if signature in (b"-lh", b"-lz"):
                return beginning[5:6] in {bytes([each]) for each in _LEVELS} and beginning[6:7] == b"-"
            return signature != b"\x60\xea" or _is_arj(beginning)
    return beginning.startswith(_LZMA_ALONE) and beginning[5:13] == b"\xff" * 8


def is_disk(document: BinaryIO) -> bool:
    """Return whether a document is an image of a disk. Its mark lies behind the first bytes."""
    length = document.seek(0, io.SEEK_END)
    for back, signature in _AT_END:
        if length > back:
            document.seek(length - back)
            if document.read(len(signature)) == signature:
                return True
    place, signature = _ISO
    if length > place:
        document.seek(place)
        return document.read(len(signature)) == signature
    return False


def inspect_other_archive(document: BinaryIO, search: Search) -> None:
    """Add the finding that an archive is not inspected and, if its files need a password, that one, too."""
    search.add(ContentFinding.NOT_INSPECTED, "archives other than ZIP, tar, gzip, bzip2 and xz are not looked into")
    document.seek(0)
    beginning = document.read(32)
    if beginning.startswith(_RAR + b"\x01\0"):
        needs = _rar_5_needs_password(document)
    elif beginning.startswith(_RAR):
        needs = _rar_4_needs_password(document)
    else:
        needs = beginning.startswith(_SEVEN_ZIP) and _seven_zip_needs_password(document, beginning)
    if needs:
        search.add(ContentFinding.ENCRYPTED, "files in it need a password")


def _is_arj(beginning: bytes) -> bool:
    return len(beginning) > 10 and 20 <= int.from_bytes(beginning[2:4], "little") <= 2600 and beginning[4] < 64


def _rar_4_needs_password(document: BinaryIO) -> bool:
    at = 7
    for _ in range(_MOST_HEADERS):
        document.seek(at)
        header = document.read(11)
        if len(header) < 7:
            return False
        _, kind, flags, size = struct.unpack_from("<HBHH", header)
        if (kind == 0x73 and flags & 0x80) or (kind == 0x74 and flags & 0x04):
            return True
        packed = struct.unpack_from("<I", header, 7)[0] if flags & 0x8000 or kind == 0x74 else 0
        at += max(size, 7) + packed
    return False


def _rar_5_needs_password(document: BinaryIO) -> bool:
    at = 8
    for _ in range(_MOST_HEADERS):
        document.seek(at + 4)  # after its checksum
        header = document.read(64 * KIBIBYTE)
        size, place = _number(header, 0)
        after = place + size
        kind, place = _number(header, place)
        flags, place = _number(header, place)
        if not size or kind == 4:  # 4: all headers are encrypted
            return kind == 4
        extra, place = _number(header, place) if flags & 1 else (0, place)
        data, place = _number(header, place) if flags & 2 else (0, place)
        if kind in (2, 3) and _has_encryption(header[after - extra : after]):
            return True
        at += 4 + after + data
    return False


def _has_encryption(extra: bytes) -> bool:
    at = 0
    while at < len(extra):
        size, place = _number(extra, at)
        if not size:
            return False
        kind, _ = _number(extra, place)
        if kind == 1:
            return True
        at = place + size
    return False


def _number(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and where it ends; 0 if the content ends before."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            return 0, at
        value |= (content[at] & 0x7F) << shift
        at += 1
        if not content[at - 1] & 0x80:
            break
    return value, at


def _seven_zip_needs_password(document: BinaryIO, beginning: bytes) -> bool:
    place, size = struct.unpack_from("<QQ", beginning, 12)
    document.seek(32 + place)
    header = document.read(min(size, _LARGEST_HEADER))
    if _AES in header:
        return True
    return header.startswith(b"\x17") and _AES in _expanded_header(document, header)


def _expanded_header(document: BinaryIO, header: bytes) -> bytes:
    """Return the header of a 7-Zip archive, expanded. Headers are compressed with LZMA; empty if this one is not."""
    _, at = _seven_number(header, 2)  # kEncodedHeader, kPackInfo; where
    pack_place, _ = _seven_number(header, 2)
    _, at = _seven_number(header, at)
    if header[at : at + 1] != b"\x09":
        return b""
    pack_size, _ = _seven_number(header, at + 1)
    properties = header.find(b"\x03\x01\x01\x05")  # the method LZMA, and that five bytes follow
    if properties < 0:
        return b""
    first, dictionary = struct.unpack_from("<BI", header, properties + 4)
    chain = {
        "id": lzma.FILTER_LZMA1,
        "lc": first % 9,
        "lp": first // 9 % 5,
        "pb": first // 45,
        "dict_size": min(max(dictionary, 4096), _LARGEST_HEADER),
    }
    document.seek(32 + pack_place)
    packed = document.read(min(pack_size, _LARGEST_HEADER))
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain]).decompress(packed, _LARGEST_HEADER)


def _seven_number(content: bytes, at: int) -> tuple[int, int]:
    """Return a number in the form of 7-Zip, whose first byte says how many follow, and where it ends."""
    first, value = content[at], 0
    for more in range(8):
        if not first & (0x80 >> more):
            return value | (first & ((0x80 >> more) - 1)) << (8 * more), at + 1 + more
        value |= content[at + 1 + more] << (8 * more)
    return value, at + 9
