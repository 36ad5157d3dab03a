"""Path prefixes and the list of ignored files in the policy file, as they are compared with documents' names."""

from __future__ import annotations

import re
from typing import Final

from contracts.blob_path import BlobNameError, canonical_name, comparable_name

_PERCENT_ENCODED: Final = re.compile("%[0-9A-Fa-f]{2}")


def prefix_fault(prefix: str) -> str | None:
    """Say why no document's name can begin with a path prefix, or why all do, and what to write. None if neither."""
    if not comparable_name(prefix).strip("/"):
        return "nothing of it can be seen; write the beginning of names, such as contracts/"
    if "\\" in prefix:
        return "storage has / where it says \\; write /"
    if prefix.startswith("/"):
        return "no document's name begins with a slash; remove it"
    if set(prefix) & {"*", "?"}:
        return "a prefix is no pattern; write the beginning of names as they are, such as contracts/"
    if _PERCENT_ENCODED.search(prefix):
        return "names are not percent-encoded; write each character as it is"
    try:
        canonical_name(prefix + "x")
    except BlobNameError as error:
        return f"no document's name begins with it: a name {error}"
    return None
