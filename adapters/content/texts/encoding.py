"""Whether bytes are a text, in whatever encoding, and what it says."""

from __future__ import annotations

import codecs
import unicodedata
from typing import Final

# The longer marks come first, because the mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_WIDE: Final = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
# All but the control characters that file(1) accepts in text (src/encoding.c), the end mark of DOS, and the shifts of
# ISO 2022.
_NEVER_IN_TEXT: Final = bytes(sorted(frozenset(range(32)) - frozenset(b"\a\b\t\n\v\f\r\x0e\x0f\x1a\x1b")))
_FINE_CONTROLS: Final = frozenset("\a\b\t\n\v\f\r\x0e\x0f\x1a\x1b\x85")
# More than fields of a few odd bytes; compressed content has a tenth.
_FEW: Final = 3
_SHARE: Final = 0.05
# In UTF-16 and UTF-32: controls, unassigned, private and halves of characters.
_ODD_CATEGORIES: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
_ODD_SHARE: Final = 0.01
# What begins so, and has such bytes at all, is no text with a few of them.
_BINARY: Final = (
    b"MZ",
    b"\x7fELF",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0",
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"BZh",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xca\xfe\xba\xbe",
    b"\xfd7zXZ",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"RIFF",
    b"II*\x00",
    b"MM\x00*",
)


def is_text(beginning: bytes) -> bool:
    """Return whether the first bytes of a file are a text, perhaps with a few characters that do not belong there."""
    for mark, encoding in _MARKS:
        if beginning.startswith(mark) and encoding in _WIDE:
            # Errors are ignored because the cut may have halved the last character.
            beginning = beginning.decode(encoding, errors="ignore").encode()
            return _odd(beginning) <= _most_odd(len(beginning))
    odd = _odd(beginning)
    if not odd:
        return True
    if beginning.startswith(_BINARY):
        return False
    return odd <= _most_odd(len(beginning)) or wide_encoding(beginning) is not None


def wide_encoding(beginning: bytes) -> str | None:
    """Return which UTF-16 or UTF-32 a text without a mark is in, or None."""
    for encoding in _WIDE:
        width = 4 if encoding.startswith("utf-32") else 2
        try:
            text = beginning[: len(beginning) // width * width].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(beginning) - 4:  # not the last character, which the cut may have halved
                continue
            text = beginning[: error.start].decode(encoding)
        if text and _reads_well(text):
            return encoding
    return None


def decoded(content: bytes) -> str:
    """Return a text in the encoding that its first bytes show; any other as Latin-1, whose first half is ASCII."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    wide = wide_encoding(content[:4096]) if b"\0" in content[:4096] else None
    return content.decode(wide or "latin-1", "replace")


def _odd(content: bytes) -> int:
    return len(content) - len(content.translate(None, _NEVER_IN_TEXT))


def _most_odd(length: int) -> float:
    return max(_FEW, length * _SHARE)


def _reads_well(text: str) -> bool:
    """Return whether there are almost only letters and signs that Unicode has assigned."""
    shown = text[:4096]
    odd = sum(unicodedata.category(each) in _ODD_CATEGORIES and each not in _FINE_CONTROLS for each in shown)
    return odd <= max(_FEW, len(shown) * _ODD_SHARE) and odd * 4 <= len(shown) and _is_written(shown)


def _is_written(shown: str) -> bool:
    """Return whether there is a letter, sign or space of ASCII, or else only letters of scripts such as Chinese."""
    return any(each < "\x7f" for each in shown) or all(
        each <= "\uffff" and unicodedata.category(each) == "Lo" for each in shown
    )
