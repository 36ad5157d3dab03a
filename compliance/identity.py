"""People: one person under several spellings of a name is one person."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# What leaves no trace on the screen without being a format character (category Cf): the rest of the property
# Default_Ignorable_Code_Point of https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


@lru_cache(maxsize=4096)  # each decision needs the names of its policy again
def person_key(name: str) -> str:
    """Return one form for all spellings that differ in case, Unicode form, outer blanks or invisible characters.

    Empty if nothing of the name is visible. Compatibility caseless matching, definition D146 of
    https://www.unicode.org/versions/latest/core-spec/chapter-3/
    """
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFD", _IGNORABLE.sub("", visible)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def same_person(one: str, other: str) -> bool:
    """Return whether two names are spellings of one person's name."""
    return person_key(one) == person_key(other)
