"""Names of blobs that XML cannot hold: Azurite takes them and then fails to list their container.

https://www.w3.org/TR/xml/#charsets
"""

from __future__ import annotations

import json
import re
from pathlib import Path

NAMES_FILE = "__azurite_db_blob__.json"  # Azurite's own, written every few seconds
_NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def unlistable_names(file: Path, container: str) -> list[str]:
    """Return the names of a container's blobs that XML cannot hold, as far as Azurite has saved them."""
    try:
        collections = json.loads(file.read_text())["collections"]
        rows = [row for collection in collections for row in collection["data"]]
        names = {row["name"] for row in rows if row.get("containerName") == container and "name" in row}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # another version of Azurite keeps them otherwise
    return sorted(name for name in names if _NOT_IN_XML.search(name))
