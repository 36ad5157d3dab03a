"""The path of a blob: its container and its name there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Self

from compliance.people.identity import fold, strip_invisible
from contracts.names import ARCHIVED

# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST: Final = 1024
_MOST_PARTS: Final = 254
# Controls, halves of surrogate pairs, noncharacters and characters that Unicode does not assign (yet). XML cannot hold
# some of them, and storage lists blobs in XML.
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})


class BlobNameError(ValueError):
    """A name that storage cannot hold, or takes for that of another blob; the text says what is wrong with it."""


def canonical_name(name: str) -> str:
    r"""Return the one spelling under which storage keeps a blob, equal for all names that reach the same blob.

    Storage takes `\` for `/`, and drops empty parts, parts of dots, and dots at the end of a part. Parts that it drops
    have no canonical form: they raise BlobNameError.
    """
    name = name.replace("\\", "/")
    if not name.strip():
        raise BlobNameError("must not be blank")
    if len(name) > _LONGEST:
        raise BlobNameError(f"must have at most {_LONGEST} characters")
    if found := next((each for each in name if unicodedata.category(each) in _NO_TEXT), None):
        text = f"must not have the character U+{ord(found):04X}, which is a control or no character at all"
        raise BlobNameError(text)
    parts = name.split("/")
    if len(parts) > _MOST_PARTS:
        raise BlobNameError(f"must have at most {_MOST_PARTS} parts between slashes")
    if not all(part.strip(". ") for part in parts):
        raise BlobNameError("must not begin or end with a slash, nor have a part that is empty or only dots")
    if any(part.endswith(".") for part in parts):
        raise BlobNameError("must not have a dot at the end of a part, which storage drops")
    return name


def comparable_name(name: str) -> str:
    """Return one form for all spellings of a name that people take for the same: for prefixes, never for addresses.

    Letter case, Unicode form, invisible characters and blanks around a part make no difference.
    """
    return "/".join(part.strip() for part in fold(strip_invisible(name)).replace("\\", "/").split("/"))


@dataclass(frozen=True, slots=True)
class BlobPath:
    """A blob's container and name. As text: `container/name`, as the ledger, events and commands have it."""

    container: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `container/name`; the name may have slashes too."""
        container, _, name = text.partition("/")
        return cls(container, name)

    def __str__(self) -> str:
        return f"{self.container}/{self.name}"


def archive_path(review: str, name: str) -> BlobPath:
    """Return the place of a document in `archived`: in its review's folder, a very long name without its beginning.

    Characters are counted as units of UTF-16, the strictest way.
    """
    kept = "/".join(name.split("/")[1 - _MOST_PARTS :])
    room = _LONGEST - len(review) - 1
    if len(units := kept.encode("utf-16-le")) > 2 * room:
        kept = units[-2 * room :].decode("utf-16-le", errors="ignore").lstrip("/. ")
    return BlobPath(ARCHIVED, f"{review}/{kept}")
