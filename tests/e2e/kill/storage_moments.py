"""Moments of a stack's storage: Azurite's files as they were, to be put back as a restored account has them.

No request of the API restores an ETag, so the files themselves are exchanged, while host and Azurite are down.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Literal

from local.stack.eventually import eventually

Part = Literal["blobs", "tables"]

_FILES: dict[Part, tuple[str, ...]] = {
    "blobs": ("__azurite_db_blob__.json", "__azurite_db_blob_extent__.json", "__blobstorage__"),
    "tables": ("__azurite_db_table__.json",),
}


class StorageMoments:
    """The storage of one devhost. The moments are kept in a folder."""

    def __init__(self, state: Path, folder: Path) -> None:
        self._state = state
        self._folder = folder
        self._azurite = state / "azurite"

    def keep(self, moment: str) -> None:
        """Keep all files as they are now; host and Azurite must be down."""
        shutil.copytree(self._azurite, self._folder / moment)

    def put_back(self, moment: str, part: Part) -> None:
        """Put the blobs alone or the tables alone of a moment back; host and Azurite must be down."""
        for name in _FILES[part]:
            there, kept = self._azurite / name, self._folder / moment / name
            if kept.is_dir():
                shutil.rmtree(there)
                shutil.copytree(kept, there)
            else:
                shutil.copy2(kept, there)

    def end_azurite(self) -> None:
        """End the Azurite that a killed host has left, and wait until it has saved."""
        os.kill(json.loads((self._state / "azurite.json").read_text())["pid"], signal.SIGTERM)
        eventually(self._is_down, "Azurite has ended")

    def _is_down(self) -> bool:
        with (self._state / "azurite.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True
