"""A key set holds public keys of named people and nothing else; what is wrong is said without showing a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from contracts.proofs.key_set import KeySetError, parse_attestation_jwk, parse_jwk, parse_jwk_set
from tests.front_door import public_jwk
from tests.signing_keys import key_set_text, signer

ANA = signer("ana-1", "ana@example.org")
EC = signer("ana-ec", "ana@example.org", "ES256")
RSA = signer("ana-rsa", "ana@example.org", "RS256")


def small_rsa() -> dict[str, Any]:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 it is to be refused
    numbers = RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    return {**RSA.jwk(), "n": numbers["n"]}


def other_curve() -> dict[str, Any]:
    numbers = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
    return {**EC.jwk(), **{name: numbers[name] for name in ("crv", "x", "y")}}


WRONG = {
    "a private key": (ANA.private_jwk(), "keys.0.d: part of a private key"),
    "a private RSA key": (RSA.private_jwk(), "part of a private key"),
    "a shared secret": ({**ANA.jwk(), "kty": "oct", "k": "c2VjcmV0"}, "kty"),
    "an HMAC algorithm": (ANA.jwk(alg="HS256"), "alg"),
    "no algorithm": ({**ANA.jwk(), "alg": None}, "alg"),
    "an algorithm of another kind of key": (ANA.jwk(alg="ES256"), "a key for ES256 must be of the kind EC P-256"),
    "another curve": (other_curve(), "crv"),
    "a point that is not on the curve": ({**EC.jwk(), "y": EC.jwk()["x"]}, "not a key of this kind"),
    "half a point": ({**EC.jwk(), "y": None}, "not a key of this kind"),
    "too few bytes": ({**ANA.jwk(), "x": "AAAA"}, "not a key of this kind"),
    "a short RSA key": (small_rsa(), "at least 2048 bits"),
    "an RSA exponent of one": ({**RSA.jwk(), "e": "AQ"}, "not a key of this kind"),
    "nobody's key": ({**ANA.jwk(), "reviewer": " "}, "reviewer"),
    "no kid": ({**ANA.jwk(), "kid": None}, "kid"),
    "a key for encryption": (ANA.jwk(use="enc"), "use"),
    "a term without a time zone": (ANA.jwk(notAfter="2026-03-02T12:00:00"), "notAfter"),
    "a term at the beginning of time": (
        ANA.jwk(notBefore="0001-01-01T00:00:00+23:59"),
        "must be in the years 2 to 9998",
    ),
    "a term at the end of time": (ANA.jwk(revokedAt="9999-12-31T23:59:59-23:59"), "must be in the years 2 to 9998"),
    "a term that is no time": (ANA.jwk(revokedAt="soon"), "revokedAt"),
    "a term that ends before it begins": (
        ANA.jwk(notBefore="2026-03-02T12:00:00Z", notAfter="2026-03-01T12:00:00Z"),
        "notBefore is after notAfter",
    ),
    "a misspelt term": (ANA.jwk(notafter="2026-03-02T12:00:00Z"), "unknown member"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_key_set_that_cannot_be_trusted_is_refused(mistake: str) -> None:
    key, expected = WRONG[mistake]
    with pytest.raises(KeySetError) as refused:
        parse_jwk_set(key_set_text(key).encode(), "keys.json")
    assert str(refused.value).startswith("keys.json: keys.0")
    assert expected in str(refused.value)
    for name in ("d", "x", "n", "k"):
        secret = key.get(name)
        assert not secret or len(secret) < 6 or secret not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": {}}', '{"keys": [], "keys": []}', '{"keys": [], "x": 1}'])
def test_what_is_no_key_set_is_refused(text: str) -> None:
    with pytest.raises(KeySetError, match=r"^keys.json: "):
        parse_jwk_set(text.encode(), "keys.json")


def test_a_kid_names_one_key() -> None:
    with pytest.raises(KeySetError, match="appear twice: ana-1"):
        parse_jwk_set(key_set_text(ANA.jwk(), EC.jwk(), ANA.jwk()).encode(), "keys.json")


def test_a_key_set_is_written_as_it_was_read() -> None:
    keys = [
        ANA.jwk(revokedAt="2026-03-02T12:00:00Z"),
        EC.jwk(notBefore="2026-03-01T00:00:00+02:00"),
        RSA.jwk(use="sig"),
    ]
    text = key_set_text(*keys)
    assert parse_jwk_set(text.encode(), "keys.json").wire() == json.loads(text)


def test_one_key_is_read_alone() -> None:
    assert parse_jwk(json.dumps(ANA.jwk()).encode(), "ana.json").terms.reviewer == "ana@example.org"
    with pytest.raises(KeySetError, match=r"^ana.json: d: part of a private key"):
        parse_jwk(json.dumps(ANA.private_jwk()).encode(), "ana.json")


def test_a_key_of_the_front_door_is_nobodys_and_signs_with_es256() -> None:
    assert parse_attestation_jwk(json.dumps(public_jwk()).encode(), "door.json").terms.reviewer is None
    with pytest.raises(KeySetError, match="a front door signs with ES256 only"):
        parse_attestation_jwk(json.dumps(public_jwk(ANA)).encode(), "ana.json")
