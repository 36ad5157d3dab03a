"""Who is whom."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.identity import person_key, same_person


@pytest.mark.parametrize(
    "other",
    [
        "RITA@example.org",
        "  rita@example.org ",
        "\u00a0rita@example.org\u3000",
        "rita\uff20example.org",
        "\uff52ita@example.org",
        "rita\u200b@example.org",
        "rita@example.org\ufeff",
        "ri\u00adta@example.org",
        "rita\ufe0f@example.org",
        "ri\u3164ta@example.org",
        "rita@example.org\U000e0101",
    ],
)
def test_letter_case_blanks_unicode_form_and_invisible_characters_make_nobody_else(other: str) -> None:
    assert same_person("rita@example.org", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rita@example.org", "rit@example.org"),
        ("rita@example.org", "rita@example.com"),
        ("rita smith", "ritasmith"),
        ("rita@example.org", "rіta@example.org"),  # noqa: RUF001 (a Cyrillic letter is another person's)
        ("jose", "josé"),
    ],
)
def test_other_letters_are_other_people(one: str, other: str) -> None:
    assert not same_person(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("STRASSE", "straße"), ("José", "jose\u0301".upper()), ("μαΐου", "μαΐου".upper())]
)
def test_case_is_folded_as_unicode_folds_it(one: str, other: str) -> None:
    assert same_person(one, other)


@given(st.text(max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_name_in_any_unicode_form_and_folded_case_is_the_same_person(name: str, form: str) -> None:
    assert same_person(name, unicodedata.normalize(form, name))  # pyright: ignore[reportArgumentType]
    assert same_person(name, unicodedata.normalize("NFD", name).casefold())


@pytest.mark.parametrize("name", ["", "\u200b", "\u200b\u2060\ufeff", "\u3164\u115f", " \u00ad ", "\ufe0f"])
def test_what_cannot_be_seen_names_nobody(name: str) -> None:
    assert not person_key(name)
