"""The files that lie in compound files: attachments of mails, packages and other objects.

The formats: [MS-OXMSG] 2.2.2, [MS-OLEDS] 2.3.6; the inside of a package is described by its practice only.
"""

from __future__ import annotations

import struct
from typing import Final

from adapters.content.compound.streams import CompoundFile, Entry
from adapters.content.names import inspect_name
from adapters.content.search import MEBIBYTE, Search
from compliance.content import ContentFinding

_MAIL: Final = "__attach_version1.0_"
_MAIL_CONTENT: Final = "__substg1.0_37010102"
# PidTagAttachLongFilename and PidTagAttachFilename
_NAMES: Final = frozenset(f"__substg1.0_{tag}00{kind}" for tag in ("3707", "3704") for kind in ("1f", "1e"))
_NATIVE: Final = "\x01ole10native"
_HOLDING: Final = frozenset({_NATIVE, _MAIL_CONTENT, "package", "contents", "embeddedodf"})
_STORAGES: Final = ("objectpool", "mbd", "_vba_project_cur")
_LARGEST: Final = 8 * MEBIBYTE


def inspect_attachments(compound: CompoundFile, depth: int, search: Search) -> None:
    """Inspect what lies in a compound file as a file of its own, as far as the names show it."""
    for entry in compound.entries:
        name, path = entry.name.lower(), entry.path or ()
        if name.startswith(_MAIL) and not entry.is_stream:
            search.add(ContentFinding.ATTACHMENT, "other files are attached to it")
        elif not entry.is_stream and (path[:1] == ("objectpool",) or (not path and _is_object(name))):
            search.add(ContentFinding.ATTACHMENT, "other documents are embedded in it")
        elif entry.is_stream and name in _NAMES and any(above.startswith(_MAIL) for above in path):
            raw = compound.read(entry, 2048)
            inspect_name(raw.decode("utf-16-le" if name.endswith("1f") else "latin-1", "replace").rstrip("\0"), search)
        elif entry.is_stream and name in _HOLDING:
            _inspect_stream(compound, entry, depth, search)


def _is_object(name: str) -> bool:
    return name.startswith("mbd") and len(name) == 11


def _inspect_stream(compound: CompoundFile, entry: Entry, depth: int, search: Search) -> None:
    content = compound.read(entry, _LARGEST)
    if entry.name.lower() == _NATIVE:
        search.add(ContentFinding.ATTACHMENT, "a file is packed in it")
        inspect_packed(content, depth, search)
    else:
        search.inspect_embedded(content, depth)


def inspect_packed(native: bytes, depth: int, search: Search) -> None:
    """Inspect the file that a package holds, and its name there."""
    label = native[6:600].partition(b"\0")[0].decode("latin-1")
    name = label.replace("\\", "/").rpartition("/")[2] if label.isprintable() else ""
    search.inspect_embedded(packed_file(native), depth, name)


def packed_file(native: bytes) -> bytes:
    """Return the file that a package holds, or what else lies there if it is no package."""
    length = struct.unpack_from("<I", native)[0] if len(native) >= 4 else 0
    at = 6
    try:
        for _ in range(2):  # its name and its path
            at = native.index(b"\0", at) + 1
        at += 4
        (path_length,) = struct.unpack_from("<I", native, at)
        at += 4 + path_length
        (size,) = struct.unpack_from("<I", native, at)
    except (ValueError, struct.error):
        return native[4 : 4 + length]
    return native[at + 4 : at + 4 + size] if size <= len(native) else native[4 : 4 + length]
