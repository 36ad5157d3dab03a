"""Names of files that strangers chose, before a file gets one here."""

from __future__ import annotations

import re
from typing import Final

from contracts.plain_text import escape_invisible

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_NOT_ON_WINDOWS: Final = re.compile(r'[\\/:*?"<>|]')
_DEVICE: Final = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
_MOST_BYTES: Final = 255


def file_name_objection(name: str) -> str | None:
    """Say why this cannot be a file's name on every system. None if it can."""
    if not name.strip():
        return "it is blank"
    if name.startswith("."):
        return "it begins with a dot, so the file would be hidden or a folder"
    if name.startswith("-"):
        return "it begins with -, so programs would take it for an option"
    if escape_invisible(name) != name:
        return "it has invisible characters"
    if found := _NOT_ON_WINDOWS.search(name):
        return f"it has {found[0]}, which leads elsewhere on Windows"
    if name.endswith((".", " ")) or name.startswith(" "):
        return "it begins or ends with a blank or ends with a dot, which Windows drops"
    if _DEVICE.match(name):
        return "it is a device on Windows"
    if len(name.encode()) > _MOST_BYTES:
        return f"it has more than {_MOST_BYTES} bytes"
    return None
