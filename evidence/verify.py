"""Verifying a review's evidence: its records, what they commit to, the rules, and the proofs of identity."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from contracts.digest import canonical
from contracts.proofs.attestation import is_attestation
from contracts.proofs.key_set import (
    AttestationJwkSet,
    JwkSet,
    KeySetError,
    key_set,
    parse_attestation_jwk_set,
    parse_jwk_set,
)
from evidence.bundle import ATTESTATION_KEYS, KEYS, evidence_in
from evidence.bundle_reading import AlteredBundleError, BundleError, read_bundle
from evidence.chain import Json
from evidence.chain_check import Fault, FaultKind
from evidence.checks import Evidence, first_fault
from evidence.proof_check import delegation_proofs, first_proof_fault, signed_messages, vouched_or_fault
from evidence.report import Verification, report, report_altered_bundle
from evidence.unproved import unproved_contents

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class DigestError(Exception):
    """The text is not a digest."""


class MissingBundleError(BundleError):
    """There is no such file."""


def check_digest(digest: str) -> None:
    """Raise DigestError if the text is not a digest."""
    if not _DIGEST.fullmatch(digest):
        raise DigestError("a digest has 64 lowercase hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys at hand: those of people, which the policy names, and those of the front door."""

    of_people: JwkSet | None = None
    of_front_door: AttestationJwkSet | None = None


def verify_bundle(file: Path, digest: str | None, trusted: Keys) -> Verification:
    """Verify a bundle, with its own keys unless others are given.

    Raises BundleError, which names the file, if it is not a bundle; MissingBundleError if there is no such file.
    """
    try:
        with file.open("rb") as content:
            bundle, document_sha256 = read_bundle(content)
        keys = Keys(
            trusted.of_people or (_own_keys(KEYS, bundle.keys, parse_jwk_set) if bundle.keys else None),
            trusted.of_front_door
            or (
                _own_keys(ATTESTATION_KEYS, bundle.attestation_keys, parse_attestation_jwk_set)
                if bundle.attestation_keys
                else None
            ),
        )
    except FileNotFoundError as error:
        raise MissingBundleError(f"there is no file {file}") from error
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from error
    except BundleError as error:
        raise BundleError(f"{file} is not a bundle of evidence: {error}") from error
    except AlteredBundleError as error:
        return report_altered_bundle(error.fault)
    evidence = replace(evidence_in(bundle, document_sha256), digest=digest)
    result = verify_evidence(evidence, lambda: keys, from_file=True, trusted=trusted)
    if not result.sound:
        return result
    used = {KEYS} if result.proofs and trusted.of_people is None else set[str]()
    used |= {ATTESTATION_KEYS} if result.vouched and trusted.of_front_door is None else set[str]()
    contents = unproved_contents(bundle, used)
    return result.model_copy(update={"not_proved": (*result.not_proved, *contents)})


def verify_evidence(
    evidence: Evidence, find_keys: Callable[[], Keys], *, from_file: bool = False, trusted: Keys | None = None
) -> Verification:
    """Verify evidence. `find_keys` is called only if there are proofs and nothing else is wrong.

    `trusted` are those of the keys that somebody has given, and so does not owe to whoever made the file.
    """
    fault = first_fault(evidence)
    messages = [] if fault else list(signed_messages(evidence))
    delegations = [] if fault else list(delegation_proofs(evidence))
    submissions = 1 if not fault and evidence.head.get("submissionProof") else 0
    if not messages and not delegations and not submissions:
        return report(evidence, fault, from_file=from_file)
    keys = find_keys()
    signatures = sum(not is_attestation(message.proof) for message in messages)
    attestations = len(messages) - signatures + sum(is_attestation(proof) for _, proof in delegations) + submissions
    of_people = key_set(keys.of_people) if keys.of_people else None
    fault = first_proof_fault(evidence, of_people)
    vouched = vouched_or_fault(evidence, key_set(keys.of_front_door)) if keys.of_front_door and not fault else ()
    if isinstance(vouched, Fault):
        fault, vouched = vouched, ()
    given = trusted or Keys()
    return report(
        evidence,
        fault,
        from_file=from_file,
        proofs=signatures if of_people and signatures and not fault else None,
        unchecked=0 if of_people else signatures,
        unchecked_attestations=0 if keys.of_front_door else attestations,
        vouched=vouched,
        keys_given=given.of_people is not None,
        front_door_given=given.of_front_door is not None,
    )


K = TypeVar("K")


def _own_keys(name: str, keys: Json, parse: Callable[[bytes, str], K]) -> K:
    try:
        return parse(canonical(keys), name)
    except KeySetError as error:
        raise AlteredBundleError(name, FaultKind.EDITED, str(error)) from error
