"""A blob has one name, however it is spelled; a location in the ledger is one text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.blob_path import BlobNameError, BlobPath, archive_path, canonical_name, comparable_name
from tests.malformed import NO_TEXT

PARTS = st.text(st.sampled_from("aB. \\/é\u0301\uff0f\u200b\x01\uffff~$%"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "container", "name"),
    [("published/a.pdf", "published", "a.pdf"), ("archived/ab12/2026/a b.pdf", "archived", "ab12/2026/a b.pdf")],
)
def test_a_path_comes_back_from_its_text(text: str, container: str, name: str) -> None:
    path = BlobPath.parse(text)

    assert path == BlobPath(container, name)
    assert str(path) == text


@pytest.mark.parametrize(
    "name",
    ["a.pdf", "a/b.pdf", " a", "a ", ".a", "..a", "a%2Fb", "a%5cb", "a?b#c;d", "é", "e\u0301", "a\u200bb", "~$a"],
)
def test_a_name_that_storage_keeps_as_it_is_stays_as_it_is(name: str) -> None:
    assert canonical_name(name) == name


@pytest.mark.parametrize(("name", "kept"), [("a\\b", "a/b"), ("a\\b/c\\d", "a/b/c/d")])
def test_a_backslash_is_a_slash(name: str, kept: str) -> None:
    assert canonical_name(name) == kept


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "blank"),
        (" \u3000", "blank"),
        ("n" * 1025, "1024 characters"),
        ("/".join("n" * 255), "254 parts"),
        *((name, "slash") for name in ("/a", "a/", "a//b", "\\a", "a\\", "a/\\b", "a/./b", "..", "a/.../b", "a/. /b")),
        *((name, "dot at the end") for name in ("a.", "a./b", "a/b..")),
        *((name, r"U\+") for name in (*NO_TEXT, "a\ud800", "a\tb", "a\x7f")),
    ],
)
def test_a_name_without_a_canonical_form_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(BlobNameError, match=why):
        canonical_name(name)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a/b.pdf", "a/b.pdf"),
        ("x" * 959, "x" * 959),
        ("x" * 1000, "x" * 959),
        ("x" * 65 + "/" + "y" * 958, "y" * 958),
        ("x" * 65 + "/.y" + "z" * 956, "y" + "z" * 956),
        ("\U0001f4c4" * 512, "\U0001f4c4" * 479),
        ("/".join("p" * 254), "/".join("p" * 253)),
    ],
)
def test_a_name_is_archived_without_the_beginning_for_which_there_is_no_room(name: str, kept: str) -> None:
    path = archive_path("1" * 64, name)
    assert path == BlobPath("archived", f"{'1' * 64}/{kept}")
    assert canonical_name(path.name) == path.name


@given(PARTS)
def test_a_canonical_name_is_canonical(name: str) -> None:
    try:
        kept = canonical_name(name)
    except BlobNameError:
        return
    assert canonical_name(kept) == kept
    assert "\\" not in kept


@given(PARTS, st.sampled_from(["upper", "lower", "swapcase"]), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_spellings_that_people_take_for_one_name_compare_equal(name: str, case: str, form: str) -> None:
    spelled = unicodedata.normalize(form, getattr(name, case)())  # type: ignore[arg-type]
    assert comparable_name(f" \u200b{spelled} ") == comparable_name(name)
