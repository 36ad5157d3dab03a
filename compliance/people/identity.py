"""People: one person under several spellings of a name is one person."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from compliance.people.mail_address import address_in, strip_quotes, windows_account_in

# What leaves no trace on the screen without being a format character (category Cf): the rest of the property
# Default_Ignorable_Code_Point of https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, and Khitan's
# filler.
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U00016fe4"
    "\U000e0000-\U000e0fff]"
)
# Drawn as a blank without being white space to Unicode: an empty Braille cell, a note without a head, hieroglyphs.
_BLANK: Final = re.compile("[\u2800\U0001d159\U00013441\U00013442]")


@lru_cache(maxsize=4096)  # each decision needs the names of its policy again
def person_key(name: str) -> str:
    """Return one form for all spellings of a person's name: see docs/policy.md. Empty if nothing of it is visible.

    They may differ in letter case, Unicode form, blanks and invisible characters, and in what programs put around a
    mail address.
    """
    key = _reduce(name)
    while (reduced := _reduce(key)) != key:
        key = reduced
    return key


def same_person(one: str, other: str) -> bool:
    """Return whether two names are spellings of one person's name."""
    return person_key(one) == person_key(other)


def _reduce(name: str) -> str:
    text = strip_invisible(name)
    if address := address_in(text):
        local, domain = address
        return f"{fold(local)}@{domain}"
    return fold(windows_account_in(strip_quotes(text)))


def strip_invisible(text: str) -> str:
    """Return a text in compatibility form without what cannot be seen; runs of blanks become one space."""
    seen = _IGNORABLE.sub("", "".join(character for character in text if unicodedata.category(character) != "Cf"))
    return " ".join(_BLANK.sub(" ", unicodedata.normalize("NFKC", seen)).split())


def fold(text: str) -> str:
    """Return the text in compatibility caseless form.

    Definition D146 of https://www.unicode.org/versions/latest/core-spec/chapter-3/
    """
    folded = unicodedata.normalize("NFD", text).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return unicodedata.normalize("NFKC", folded)
