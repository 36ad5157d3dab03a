"""Programs, shortcuts and scripts that start when somebody opens them, by their content and by their names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from adapters.content.search import Search
from adapters.content.texts.encoding import decoded, is_text
from compliance.content import ContentFinding

# Programs of Linux, macOS, Java, Android and browsers; shortcuts, help files and encoded scripts of Windows.
_BINARIES: Final = (
    b"\x7fELF",
    *(bytes.fromhex(each) for each in ("feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabe", "cafed00d")),
    b"dex\n03",
    b"\0asm",
    b"Cr24",
    bytes.fromhex("4c0000000114020000000000c000000000000046"),
    b"ITSF\x03",
    b"#@~^",
)
_WINDOWS: Final = b"MZ"
# How scripts and shortcuts begin, whatever their names.
_SCRIPT: Final = re.compile(
    r"#!\s*/|@echo\s+o|\[(?:internetshortcut|desktop entry|autorun|shell)[\]\w.{]|regedit4|windows registry editor"
    r"|<(?:hta:application|package>\s*<job|job\b[^>]*>\s*<script|scriptlet\b)",
    re.IGNORECASE,
)
_HTA: Final = re.compile(r"<hta:application", re.IGNORECASE)
# Those that Outlook blocks, and what starts on other systems:
# https://support.microsoft.com/office/blocked-attachments-in-outlook-434752e1-02d3-4e90-9124-8b81e49a8519
EXTENSIONS: Final = frozenset(
    "exe com scr pif bat cmd js jse vbs vbe wsf wsh wsc ws sct hta lnk url website msi msp mst msix appx appinstaller "  # noqa: SIM905 a list would take a line for each
    "application appref-ms settingcontent-ms jar jnlp ps1 psm1 psd1 ps1xml cpl dll drv ocx sys reg chm hlp msc inf "
    "scf gadget diagcab library-ms search-ms searchconnector-ms rdp xll ade mde iqy apk ipa pkg mpkg app command "
    "workflow deb rpm run appimage desktop sh bash zsh csh ksh py pyw pyz pl xpi crx".split()
)


def is_program(beginning: bytes) -> bool:
    """Return whether something that begins with these bytes is a program, a shortcut or a script."""
    if beginning.startswith(_BINARIES):
        return True
    if beginning.startswith(_WINDOWS):
        return not is_text(beginning)
    text = decoded(beginning[:4096]).lstrip()
    return bool(_SCRIPT.match(text) or _HTA.search(text))


def is_name_of_program(name: str) -> bool:
    """Return whether systems start a file of this name as a program or script."""
    return PurePosixPath(name.replace("\\", "/").rstrip(" .")).suffix.lower().lstrip(".") in EXTENSIONS


def report_program(beginning: bytes, search: Search) -> None:
    """Add the finding if these are the first bytes of a program."""
    if is_program(beginning):
        search.add(ContentFinding.EXECUTABLE, "it, or a file in it, is a program, a shortcut or a script")
