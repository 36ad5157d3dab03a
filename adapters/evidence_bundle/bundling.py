"""The bundle of evidence of a review, with the keys that verify the proofs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adapters.attestation_keys import attestation_jwk_set
from adapters.settings import Settings
from adapters.verification_keys import named_jwk_set
from contracts.proofs.attestation import is_attestation
from contracts.proofs.key_set import AttestationJwkSet, JwkSet, KeySetError
from evidence.bundle import Bundle, bundle_of
from evidence.chain import Json
from evidence.checks import Evidence
from evidence.proof_check import delegation_proofs, signed_messages


def bundle_with_keys(found: Evidence, chosen: Settings, remark: Callable[[str], None]) -> Bundle:
    """Return the bundle of sound evidence. `remark` gets what is left out: evidence without keys is worth having."""

    def keys_in(what: str, read: Callable[[], JwkSet | AttestationJwkSet | None]) -> Json | None:
        try:
            keys = read()
        except KeySetError as error:
            remark(f"The {what} are not included: {error}")
            return None
        return keys.wire() if keys else None

    keys = keys_in("verification keys", lambda: keys_of(found, chosen))
    attested = any(is_attestation(proof) for proof in _proofs(found))
    return bundle_of(found, keys, keys_in("front door's keys", lambda: front_door_keys(chosen)) if attested else None)


def keys_of(evidence: Evidence, chosen: Settings) -> JwkSet | None:
    """Read the public keys that the review's policy names; None if it names no key set. Raises KeySetError."""
    name = evidence.head["policy"].get("verificationKeys")
    return named_jwk_set(name, chosen.policy_file, chosen.verification_keys) if name else None


def front_door_keys(chosen: Settings) -> AttestationJwkSet | None:
    """Read the front door's public keys; None if the settings name none. Raises KeySetError."""
    return attestation_jwk_set(chosen.attestation_keys) if chosen.attestation_keys else None


def _proofs(found: Evidence) -> Iterator[str]:
    yield from (message.proof for message in signed_messages(found))
    yield from (proof for _, proof in delegation_proofs(found))
