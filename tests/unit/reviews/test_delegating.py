"""Whose word a delegation is: its proof, by the keys of all policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import verification_keys
from adapters.messaging.arrivals import Arrival
from compliance.refusal import Refusal
from contracts.messages.decisions import DelegationV1
from reviews.delegating import verifying_key_sets
from reviews.proving import delegation_key_refusal
from tests import builders
from tests.malformed import DELEGATION
from tests.signing_keys import Signer, key_set_text, signer

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MESSAGE = Arrival("message-1", b"", NOW, NOW, 0, None, {})
TYPE = "compliance-delegation+jwt"
ana, zoe = signer("ana-d", "ana@example.org"), signer("zoe-d", "zoe@example.org")


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.json").write_text(key_set_text(ana.jwk(), zoe.jwk()))
    (tmp_path / "two.json").write_text(key_set_text(zoe.jwk()))
    (tmp_path / "three.json").write_text(key_set_text(ana.jwk()))
    found = SimpleNamespace(policy_file=tmp_path / "policies.yaml", verification_keys={}, attestation_keys=None)
    monkeypatch.setattr(verification_keys, "settings", lambda: found)


def signed(by: Signer = ana, typ: str = TYPE, message: Arrival = MESSAGE, **claims: Any) -> tuple[str, ...] | str:
    """Return the key sets that prove a delegation with this proof, or the code of its refusal."""
    said = {name: DELEGATION[name] for name in ("by", "to", "from", "until")}
    made = {"aud": "document-compliance:review-decisions", "iat": int(NOW.timestamp()) - 60, **said, **claims}
    told = DelegationV1.model_validate(DELEGATION | {"proof": by.sign(made, typ=typ)})
    found = verifying_key_sets(told, message, frozenset({"one.json", "two.json", "three.json"}))
    return str(found.answer) if isinstance(found, Refusal) else found


def test_it_is_verifying_key_sets_every_key_set_that_knows_the_signer() -> None:
    assert signed() == ("one.json", "three.json")


@pytest.mark.parametrize(
    "attack",
    [
        {"by": zoe},  # signed by the delegate
        {"typ": "compliance-decision+jwt"},
        {"aud": "elsewhere"},
        {"iat": int((NOW - timedelta(hours=2)).timestamp())},
        {"urgent": True},
        {"message": replace(MESSAGE, enqueued_at=NOW + timedelta(hours=2))},
    ],
)
def test_what_does_not_prove_it_is_refused(attack: dict[str, Any]) -> None:
    assert signed(**attack) == "proof_invalid"


@pytest.mark.parametrize("other", [{"to": "eve@example.org"}, {"until": "2026-12-31T00:00:00Z"}])
def test_the_proof_of_another_delegation_is_a_replay(other: dict[str, Any]) -> None:
    assert signed(**other) == "proof_replayed"


def test_without_a_proof_it_is_nobodys_proven_word() -> None:
    assert verifying_key_sets(DelegationV1.model_validate(DELEGATION), MESSAGE, frozenset({"one.json"})) == ()


def test_a_proof_that_nothing_can_check_is_refused() -> None:
    told = DelegationV1.model_validate(DELEGATION | {"proof": "a.b.c"})
    assert isinstance(verifying_key_sets(told, MESSAGE, frozenset()), Refusal)


def test_a_decision_under_a_delegation_counts_only_while_the_key_of_it_does(tmp_path: Path) -> None:
    said = {name: DELEGATION[name] for name in ("by", "to", "from", "until")}
    claims = {"aud": "document-compliance:review-decisions", "iat": int(NOW.timestamp()), **said}
    decided = builders.decision(on_behalf_of="ana@example.org", delegation_proof=ana.sign(claims, typ=TYPE))
    (tmp_path / "revoked.json").write_text(key_set_text(ana.jwk(revokedAt=NOW.isoformat()), zoe.jwk()))

    def refused(key_set: str) -> Refusal | None:
        head = builders.open_review(policy=builders.policy(verification_keys=key_set))
        return delegation_key_refusal(head, decided, MESSAGE)

    assert refused("one.json") is None
    refusal = refused("revoked.json")
    assert refusal
    assert (refusal.answer, "is revoked since" in refusal.text) == ("proof_invalid", True)
