"""One document version has one review id, whichever trigger opened it; two versions never share one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.document import bare_etag, review_id

TEXT = st.text(st.sampled_from('a/b:,"\\[]W #?é\u0301\u200b\n\x00'), max_size=12)
CUTS = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted)


@pytest.mark.parametrize("etag", ["0x8DC", '"0x8DC"', 'W/"0x8DC"'])
def test_quotes_around_an_etag_make_no_other_review(etag: str) -> None:
    assert bare_etag(etag) == "0x8DC"
    assert review_id("pending", "a.pdf", etag) == review_id("pending", "a.pdf", "0x8DC")


def test_the_id_of_a_version_never_changes_between_releases() -> None:
    """Reviews wait for weeks across deployments; a new formula would open each a second time."""
    known = "b768a2ea3383f2dae1572432a9daa5fc59565c46c2437acadebbc5f286c94995"
    assert review_id("pending", "reports/annual report.pdf", "0x8DC3A1B2C4D5E6F") == known


@given(text=TEXT, one=CUTS, other=CUTS)
def test_the_same_text_cut_elsewhere_has_another_id(text: str, one: list[int], other: list[int]) -> None:
    def parts(first: int, second: int) -> tuple[str, str, str]:
        return text[:first], text[first:second], bare_etag(text[second:])

    here, there = parts(*one), parts(*other)
    assert (review_id(*here) == review_id(*there)) == (here == there)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b/c", "e"), ("a/b", "c", "e")),
        (("a", 'b","c', "e"), ("a", "b", 'c","e')),
        (("ab", "", "e"), ("a", "b", "e")),
        (("a", "b\\", "e"), ("a", 'b\\"', "e")),
        (("a", "\u00e9", "e"), ("a", "e\u0301", "e")),
        (("a", "B", "e"), ("a", "b", "e")),
        (("a", "b%20c", "e"), ("a", "b c", "e")),
        (("a", "b", "1,2"), ("a", "b,1", "2")),
    ],
)
def test_separators_inside_the_parts_do_not_shift_them(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert review_id(*one) != review_id(*other)


@given(container=TEXT, name=TEXT, etag=TEXT)
def test_an_id_is_64_hex_digits_fit_for_a_table_key(container: str, name: str, etag: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", review_id(container, name, etag))
