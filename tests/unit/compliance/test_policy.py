"""Who may decide, and who is whom."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.policy import same_person
from tests.builders import policy


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


def test_a_policy_that_names_nobody_lets_everybody_decide() -> None:
    assert policy(reviewers=()).may_decide("anyone at all")


def test_a_policy_that_names_people_lets_only_them_decide() -> None:
    rules = policy(reviewers=("rita@example.org", "Raj@example.org"))
    assert rules.may_decide("RAJ@EXAMPLE.ORG")
    assert not rules.may_decide("eve@example.org")
