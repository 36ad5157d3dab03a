"""Where Azurite's program is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from devhost.errors import StartError

_NODE = "install Node.js 18 or newer from https://nodejs.org/en/download, or put it on the PATH"
_INSTALL = "run `npm install azurite@3` here (it needs Node.js 18 or newer), or set DEVHOST_AZURITE to its program"


def find_executable() -> str:
    """Return Azurite's program, installed in one of the usual places.

    That is $DEVHOST_AZURITE, else in `node_modules` of this folder or a parent, or of devhost's own folder or a parent,
    else on the PATH. Raises StartError.
    """
    if configured := os.environ.get("DEVHOST_AZURITE"):
        if not Path(configured).is_file():
            raise StartError(f"$DEVHOST_AZURITE names {configured}, which does not exist: {_INSTALL}.")
        return configured
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            candidate = folder / "node_modules" / ".bin" / "azurite"
            if candidate.exists():
                if shutil.which("node") is None:
                    raise StartError(
                        f"Node.js is not on the PATH, and Azurite, the storage emulator, runs on it: {_NODE}."
                    )
                return str(candidate)
    if found := shutil.which("azurite"):
        return found
    raise StartError(f"Azurite, the storage emulator, is missing: {_INSTALL}.")
