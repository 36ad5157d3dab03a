"""Attestations: the front door's signed word that somebody who has signed in sends exactly this message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from jwt.utils import base64url_encode
from pydantic import BaseModel

from adapters.front_door.signing_key import AttestationSigner, SigningKeyError
from compliance.people.attestation import SignIn
from compliance.policy import Policy
from compliance.proof import validity_refusal
from contracts.digest import canonical
from contracts.messages.decisions import AboutReview, DelegationV1
from contracts.proofs import attestation
from contracts.proofs.attestation import AttestationClaims, DelegationAttestationClaims, policy_statement_digest
from contracts.proofs.decision_proof import (
    InvalidProofError,
    statement_claims,
    statement_of,
    verify_signature,
)
from contracts.proofs.delegation_proof import delegation_claims
from contracts.proofs.key_set import AttestationJwk, KeySet
from contracts.proofs.submission_attestation import SubmissionClaims, SubmittedDocument, submission_claims

_ALGORITHM: Final = "ES256"


class Attestor:
    """Makes attestations with the pinned key. `published` reads the public keys as the app has them now."""

    def __init__(self, signer: AttestationSigner, published: Callable[[], KeySet]) -> None:
        self._signer = signer
        self._published = published

    async def attest(self, message: AboutReview, document_sha256: str, sign_in: SignIn, policy: Policy, at: int) -> str:
        """Return the attestation of a message about a document; `at` is in seconds since 1970-01-01 UTC.

        The policy's statement must have been shown beside the button. Raises SigningKeyError.
        """
        statement = statement_of(message, document_sha256)
        claims = statement_claims(statement, at).model_dump() | _what_the_token_said(sign_in)
        claims["statement_sha256"] = policy_statement_digest(policy, statement)
        return await self._signed(AttestationClaims.model_validate(claims), attestation.TYPE, at)

    async def attest_delegation(self, delegation: DelegationV1, sign_in: SignIn, at: int) -> str:
        """Return the attestation of a delegation; `at` as above. Raises SigningKeyError."""
        claims = delegation_claims(delegation, at).model_dump() | _what_the_token_said(sign_in)
        return await self._signed(DelegationAttestationClaims.model_validate(claims), attestation.DELEGATION_TYPE, at)

    async def attest_submission(self, document: SubmittedDocument, sign_in: SignIn, at: int) -> str:
        """Return the attestation of a submission; `at` as above. Raises SigningKeyError."""
        claims = submission_claims(document, at) | _what_the_token_said(sign_in)
        return await self._signed(SubmissionClaims.model_validate(claims), attestation.SUBMISSION_TYPE, at)

    async def close(self) -> None:
        """Close what is open."""
        await self._signer.close()

    async def _signed(self, claims: BaseModel, typ: str, at: int) -> str:
        public = await self._signer.public_key()
        keys = self._published()
        check_published(public, keys, datetime.fromtimestamp(at, UTC))
        header = canonical({"alg": _ALGORITHM, "kid": public.kid, "typ": typ})
        payload = canonical(claims.model_dump(by_alias=True, exclude_none=True))
        signed = b".".join(map(base64url_encode, (header, payload)))
        made = b".".join((signed, base64url_encode(await self._signer.sign(signed)))).decode()
        try:
            verify_signature(made, keys, typ)
        except InvalidProofError as error:
            raise SigningKeyError(f"the key {public.kid} has signed wrongly: {error}") from error
        return made


def check_published(public: AttestationJwk, keys: KeySet, at: datetime) -> None:
    """Raise SigningKeyError if what this key signs now would not count: the set lacks it, or it is not valid."""
    known = keys.get(public.kid)
    if known is None:
        text = "publish it (`compliance keys attest publish`) and give the app the set before you sign with it"
        raise SigningKeyError(f"ATTESTATION_KEYS has no key {public.kid}: {text}")
    if known.thumbprint != public.thumbprint:
        text = "pin the key that is published, or publish this one under an id of its own"
        raise SigningKeyError(f"ATTESTATION_KEYS has another key under the id {public.kid}: {text}")
    if refusal := validity_refusal(known.terms, at, at):
        raise SigningKeyError(f"the key {public.kid} must not sign: {refusal.text}")


def _what_the_token_said(sign_in: SignIn) -> dict[str, object]:
    return {
        "iss": sign_in.issuer,
        "tid": sign_in.tenant_id,
        "oid": sign_in.object_id,
        "auth_time": int(sign_in.authenticated_at.timestamp()) if sign_in.authenticated_at else None,
        "otp": True if sign_in.entered_code else None,
    }
