"""Which program a compound file is of, by the streams beside its root."""

from __future__ import annotations

from typing import Final

from adapters.content.compound.streams import CompoundFile

# [MS-DOC] 2.1, [MS-XLS] 2.1, [MS-PPT] 2.1, [MS-OXMSG] 2.1, [MS-OFFCRYPTO] 2.3; Visio and Publisher by their practice.
_STREAMS: Final = {
    "worddocument": "word",
    "workbook": "excel",
    "book": "excel",
    "powerpoint document": "powerpoint",
    "pp40": "powerpoint",
    "__properties_version1.0": "outlook",
    "__nameid_version1.0": "outlook",
    "visiodocument": "visio",
    "quill": "publisher",
    "encryptedpackage": "encrypted",
    "\x09drmcontent": "encrypted",
    "starwriterdocument": "starwriter",
    "starcalcdocument": "starcalc",
    "matost": "works",
    "fileheader": "hangul",
    "catalog": "thumbnails",
    "swdoc": "solidworks",
}
# Windows Installer: transforms, packages, patches.
_INSTALLER: Final = range(0x000C1082, 0x000C1087)
_INSTALLER_END: Final = bytes.fromhex("00000000c000000000000046")


def program_of(compound: CompoundFile) -> str | None:
    """Return the program that writes such compound files; None if it is not known."""
    if _is_installer(compound.root.class_id):
        return "installer"
    beside = {entry.name.lower() for entry in compound.entries if entry.path == ()}
    for name, program in _STREAMS.items():
        if name in beside:
            return program
    if {"   112", "   114"} & beside or any(name.startswith("props") for name in beside):
        return "project"
    return None


def _is_installer(class_id: bytes) -> bool:
    return int.from_bytes(class_id[:4], "little") in _INSTALLER and class_id[4:] == _INSTALLER_END
