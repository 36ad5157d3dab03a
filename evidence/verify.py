"""Verifying a review's evidence: its records, what they commit to, the rules, and the proofs of identity."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts.digest import canonical
from contracts.proofs.key_set import JwkSet, KeySetError, key_set, parse_jwk_set
from evidence.bundle import KEYS, evidence_in
from evidence.bundle_reading import AlteredBundleError, BundleError, read_bundle
from evidence.chain import Json
from evidence.chain_check import FaultKind
from evidence.checks import Evidence, first_fault
from evidence.proof_check import first_proof_fault, signed_messages
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


def verify_bundle(file: Path, digest: str | None, trusted_keys: JwkSet | None) -> Verification:
    """Verify a bundle, with its own keys unless others are given.

    Raises BundleError, which names the file, if it is not a bundle; MissingBundleError if there is no such file.
    """
    try:
        with file.open("rb") as content:
            bundle, document_sha256 = read_bundle(content)
        keys = trusted_keys or (_own_keys(bundle.keys) if bundle.keys else None)
    except FileNotFoundError as error:
        raise MissingBundleError(f"there is no file {file}") from error
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}") from error
    except BundleError as error:
        raise BundleError(f"{file} is not a bundle of evidence: {error}") from error
    except AlteredBundleError as error:
        return report_altered_bundle(error.fault)
    evidence = replace(evidence_in(bundle, document_sha256), digest=digest)
    result = verify_evidence(evidence, lambda: keys, from_file=True, keys_given=trusted_keys is not None)
    if not result.sound:
        return result
    contents = unproved_contents(bundle, keys_used=bool(result.proofs) and trusted_keys is None)
    return result.model_copy(update={"not_proved": (*result.not_proved, *contents)})


def verify_evidence(
    evidence: Evidence, find_keys: Callable[[], JwkSet | None], *, from_file: bool = False, keys_given: bool = False
) -> Verification:
    """Verify evidence. `find_keys` is called only if there are proofs and nothing else is wrong."""
    fault = first_fault(evidence)
    proofs = [] if fault else list(signed_messages(evidence))
    keys = find_keys() if proofs else None
    if keys is None:
        return report(evidence, fault, from_file=from_file, unchecked=len(proofs))
    fault = first_proof_fault(evidence, key_set(keys))
    return report(evidence, fault, from_file=from_file, proofs=None if fault else len(proofs), keys_given=keys_given)


def _own_keys(keys: Json) -> JwkSet:
    try:
        return parse_jwk_set(canonical(keys), KEYS)
    except KeySetError as error:
        raise AlteredBundleError(KEYS, FaultKind.EDITED, str(error)) from error
