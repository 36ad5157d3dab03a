"""Text that strangers wrote is shown with nothing invisible in it."""

from __future__ import annotations

import pytest

from contracts.plain_text import escape_invisible, quantity


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("Zoë", "Zoë"), ("a\nb", "a\\nb"), ("\u202ea", "\\u202ea"), ("a\u200bb", "a\\u200bb"), (7, "7")],
)
def test_invisible_characters_are_escaped_and_all_others_kept(text: object, escaped: str) -> None:
    assert escape_invisible(text) == escaped


def test_only_line_feeds_can_be_kept() -> None:
    assert escape_invisible("a\nb\rc", keep_lines=True) == "a\nb\\rc"


def test_a_quantity_is_plural_unless_it_is_exactly_one() -> None:
    assert [quantity(number, "proof") for number in (0, 1, 2, 1000)] == [
        "0 proofs",
        "1 proof",
        "2 proofs",
        "1,000 proofs",
    ]
    assert quantity(1, "proof", or_more=True) == "1 or more proofs"
