"""A signed delegation has the time of its signing, and ends with the keys of the person who has delegated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.proofs.decision_proof import InvalidProofError
from contracts.proofs.delegation_proof import ended_delegation, signing_time
from contracts.proofs.key_set import key_set, parse_jwk_set
from tests.malformed import DELEGATION
from tests.signing_keys import key_set_text, signer

NOW = datetime(2026, 8, 5, tzinfo=UTC)
old, new, zoe = signer("ana-1", "ana@example.org"), signer("ana-2", "ana@example.org"), signer("zoe", "zoe@example.org")
SIGNED = old.sign(
    {
        "aud": "document-compliance:review-decisions",
        "iat": 1,
        **{n: DELEGATION[n] for n in ("by", "to", "from", "until")},
    },
    typ="compliance-delegation+jwt",
)


def ended(*keys: dict[str, object], first: datetime = NOW, proof: str = SIGNED) -> str | None:
    found = key_set(parse_jwk_set(key_set_text(*keys).encode(), "keys"))
    return ended_delegation(proof, found, "ana@example.org", first, NOW)


def at(days: int) -> str:
    return (NOW + timedelta(days=days)).isoformat()


def test_it_counts_while_the_person_has_a_key_that_counts() -> None:
    assert ended(old.jwk(), zoe.jwk()) is None
    assert ended(old.jwk(notAfter=at(-1)), new.jwk()) is None


def test_it_ends_when_its_key_is_revoked() -> None:
    assert "is revoked since" in str(ended(old.jwk(revokedAt=at(-1)), new.jwk()))
    assert "is revoked since" in str(ended(old.jwk(revokedAt=at(-1)), first=NOW - timedelta(days=2)))
    assert ended(old.jwk(revokedAt=at(1))) is None


def test_it_ends_when_the_person_has_no_key_left() -> None:
    assert ended(old.jwk(notAfter=at(-1)), zoe.jwk()) == "ana@example.org has no key any more that counts"
    assert ended(old.jwk(notAfter=at(-1)), first=NOW - timedelta(days=2)) is None


def test_one_whose_key_was_removed_is_not_accepted() -> None:
    assert "names no key" in str(ended(new.jwk()))


def test_its_time_is_that_of_the_signers_clock_for_keys_that_verify_it() -> None:
    keys, others = (key_set(parse_jwk_set(key_set_text(key.jwk()).encode(), "keys")) for key in (old, new))
    assert signing_time(SIGNED, keys) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    with pytest.raises(InvalidProofError, match="names no key"):
        signing_time(SIGNED, others)
