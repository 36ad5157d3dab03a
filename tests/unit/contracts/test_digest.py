"""Equal values have equal digests, as anybody can compute them; different values have different ones."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785

from contracts.digest import canonical, digest_of, hashed_id, text_digest


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    assert canonical({"b": [1, 1.0, None, True], "a": "\u20ac\n"}) == b'{"a":"\xe2\x82\xac\\n","b":[1,1,null,true]}'


def test_a_digest_is_sha256_over_the_canonical_form() -> None:
    assert digest_of({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


def test_a_number_that_json_cannot_hold_exactly_has_no_digest() -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        digest_of({"n": 2**53 + 1})


def test_the_digest_of_a_text_is_that_of_its_utf_8() -> None:
    assert text_digest("\u20ac") == hashlib.sha256(b"\xe2\x82\xac").hexdigest()


def test_an_id_depends_on_each_of_its_parts_and_on_their_order() -> None:
    assert hashed_id("a", "b") == hashlib.sha256(b'["a","b"]').hexdigest()
    assert len({hashed_id("a", "b"), hashed_id("b", "a"), hashed_id("ab"), hashed_id("a", "b", "")}) == 4
