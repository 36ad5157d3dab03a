"""Path prefixes and the list of ignored files in the policy file, as they are compared with documents' names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

from contracts.blob_path import BlobNameError, canonical_name, comparable_name

# Files that programs leave beside documents, and documents that programs are still writing.
DEFAULT_IGNORED: Final = (
    ".DS_Store",
    "._*",
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "~$*",
    ".~lock.*#",
    "*.tmp",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.download",
    ".azDownload-*",
    ".fuse_hidden*",
    ".nfs*",
)
# Set on the empty blobs that stand for folders, by Data Lake Storage and by tools that mount containers.
_FOLDER_MARK: Final = "hdi_isfolder"
_OF_FOLDERS: Final = ("/", "\\", "_$folder$")  # the last by Hadoop
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


def ignore_fault(pattern: str) -> str | None:
    """Say why a pattern ignores no file, or every one, and what to write. None if neither."""
    if "\\" in pattern:
        return "storage has / where it says \\; write /"
    if pattern.startswith("/"):
        return "no document's name begins with a slash; remove it"
    if not comparable_name(pattern).strip("*?/"):
        return "it would ignore every document; name the files that are not documents, such as *.tmp"
    return None


def is_no_document(name: str, length: int | None, metadata: Mapping[str, str], patterns: Iterable[str]) -> bool:
    """Return whether a blob is a file that a pattern ignores, or a folder. `length` is None if it is unknown.

    A pattern stands for the last part of a name, or for all of it if the pattern has a slash. `metadata` has names in
    lower case.
    """
    whole = comparable_name(name)
    last = whole.rpartition("/")[2]
    globs = (comparable_name(pattern).replace("[", "[[]") for pattern in patterns)  # only * and ? stand for others
    if any(fnmatchcase(whole if "/" in glob else last, glob) for glob in globs):
        return True
    is_marked = metadata.get(_FOLDER_MARK, "").strip().lower() == "true"
    return length == 0 and (is_marked or name.lower().endswith(_OF_FOLDERS))
