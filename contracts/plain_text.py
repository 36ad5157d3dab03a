"""Text that people read: what strangers wrote with nothing invisible in it, and numbers of things."""

from __future__ import annotations

import unicodedata
from typing import Final

# Control, format (bidirectional overrides, zero width), surrogate, private and unassigned characters, line separators.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def escape_invisible(text: object, *, keep_lines: bool = False) -> str:
    """Escape every invisible character in a stranger's text, so that nothing in it stays hidden."""
    return "".join(
        character if (character == "\n" and keep_lines) or _is_visible(character) else _escape(character)
        for character in str(text)
    )


def quantity(number: int, what: str, *, or_more: bool = False) -> str:
    """Write a number of things, such as `1 message`, `2 messages`, `1,000 or more messages`."""
    return f"{number:,}{' or more' if or_more else ''} {what}{'' if number == 1 and not or_more else 's'}"


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
