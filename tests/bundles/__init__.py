"""A bundle that an older version wrote, and how tests take bundles apart and put them together."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

# Written by commit fd888f9, whose template made another index.html than any since: two signed decisions, the
# document, its copy's metadata, the completion event and the keys. With it, its event's auditDigest.
OLDER_PAGE: Final = Path(__file__).parent / "older_page.zip"
OLDER_DIGEST: Final = "616457c0f1aea940c5b63e96b4bd976f41f702279ef500220ec84391204ff698"


def contents(file: Path) -> dict[str, bytes]:
    """Read the files in a bundle."""
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a bundle of these files, even if its manifest contradicts them."""
    file = folder / "other.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file
