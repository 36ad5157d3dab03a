"""Tokens of forms: fresh, old, forged; and the ids of decisions that are made of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from web.form_token import Form, FormState, decision_id, form_state, form_token

KEY = b"k" * 32
NOW = datetime(2026, 11, 29, 14, 51, tzinfo=UTC)
FORM = Form("tenant.object", "a" * 64, "b" * 64)
TOKEN = form_token(KEY, FORM, NOW)


def test_a_form_is_fresh_in_its_hour_and_in_the_next() -> None:
    ages = {minutes: form_state(KEY, FORM, TOKEN, NOW + timedelta(minutes=minutes)) for minutes in (0, 8, 68, 69, 999)}
    assert [ages[minutes] for minutes in (0, 8, 68)] == [FormState.FRESH] * 3
    assert [ages[minutes] for minutes in (69, 999)] == [FormState.OLD] * 2


def test_a_form_of_the_future_is_not_fresh() -> None:
    assert form_state(KEY, FORM, TOKEN, NOW - timedelta(hours=1)) is FormState.OLD


@pytest.mark.parametrize("other", [{"person": "tenant.other"}, {"review_id": "c" * 64}, {"document_sha256": "c" * 64}])
def test_a_form_of_something_else_is_forged(other: dict[str, str]) -> None:
    assert form_state(KEY, replace(FORM, **other), TOKEN, NOW) is FormState.FORGED


def test_a_form_under_another_key_is_forged() -> None:
    assert form_state(b"x" * 32, FORM, TOKEN, NOW) is FormState.FORGED


HOUR, NONCE, MAC = TOKEN.split(".")
PARTS = {"token": TOKEN, "hour": HOUR, "next": str(int(HOUR) + 1), "nonce": NONCE, "mac": MAC, "cut": MAC[:-1]}


@pytest.mark.parametrize(
    "made",
    [
        "",
        ".",
        "..",
        "{hour}",
        "{hour}.{nonce}",
        "{hour}.{nonce}.",
        "{hour}.{nonce}.{cut}",
        "{hour}.{nonce}.{mac}.",
        "{next}.{nonce}.{mac}",
        "{hour}..{mac}",
        "-{hour}.{nonce}.{mac}",
        " {token}",
        "0{token}",
        "{hour}{nonce:>5000}.{mac}",
        "{hour:9>5000}.{nonce}.{mac}",
        "\u00b2.{nonce}.{mac}",
        "\u0663.{nonce}.{mac}",
        "{hour}.{nonce}.\u00fc",
    ],
    ids=ascii,
)
def test_a_token_that_is_not_ours_is_forged(made: str) -> None:
    assert form_state(KEY, FORM, made.format(**PARTS), NOW) is FormState.FORGED


def test_each_form_has_a_token_of_its_own() -> None:
    assert form_token(KEY, FORM, NOW) != TOKEN


def test_the_same_form_sent_twice_is_one_decision() -> None:
    assert decision_id(KEY, FORM, TOKEN, "approve", "") == decision_id(KEY, FORM, TOKEN, "approve", "")


def test_another_form_person_or_word_is_another_decision() -> None:
    ids = {
        decision_id(KEY, FORM, TOKEN, "approve", ""),
        decision_id(KEY, FORM, form_token(KEY, FORM, NOW), "approve", ""),
        decision_id(KEY, replace(FORM, person="tenant.other"), TOKEN, "approve", ""),
        decision_id(KEY, FORM, TOKEN, "reject", ""),
        decision_id(KEY, FORM, TOKEN, "approve", "x"),
        decision_id(KEY, FORM, TOKEN, "approvex", ""),
        decision_id(KEY, FORM, TOKEN, "approve"),
    }
    assert len(ids) == 7
