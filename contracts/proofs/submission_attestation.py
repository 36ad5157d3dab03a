"""The attestation of a submission: the front door saw its submitter sign in and hand in these very bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from compliance.document import DocumentVersion, bare_etag
from compliance.outcome import Answer, Reason
from compliance.people.attestation import SignIn
from compliance.people.identity import same_person
from compliance.proof import validity_refusal
from compliance.refusal import Refusal
from compliance.review import Head
from contracts.messages.fields import BlobName, ETag, Identifier, Person, Sha256
from contracts.messages.submissions import DocumentSubmittedV2
from contracts.proofs.attestation import SUBMISSION_TYPE, SignInClaims, verify_claims
from contracts.proofs.decision_proof import LAST_SECOND, InvalidProofError, parse_claimed_part
from contracts.proofs.key_set import KeySet

SUBMISSION_AUDIENCE: Final = "document-compliance:document-submissions"


class SubmissionClaims(SignInClaims):
    """The payload of the attestation of a submission: these claims and no others."""

    aud: Literal["document-compliance:document-submissions"]
    iat: Annotated[int, Field(ge=0, le=LAST_SECOND)]  # seconds since 1970-01-01 UTC
    container: Literal["pending", "submissions"]
    name: BlobName
    etag: ETag
    document_sha256: Sha256
    document_class: Identifier | None = None
    submitter: Person
    modifier: Person | None = None

    def are_of_version(self, document: DocumentVersion) -> bool:
        """Return whether these are claims about this version, whatever its bytes are."""
        announced = (self.container, self.name, bare_etag(self.etag))
        return announced == (document.container, document.name, bare_etag(document.etag))


class SubmittedDocument(NamedTuple):
    """What a submission says of its document."""

    version: DocumentVersion  # with its SHA-256
    submitter: str
    document_class: str | None = None
    modifier: str | None = None


def submission_claims(document: SubmittedDocument, at: int) -> dict[str, object]:
    """Return the claims about a submission, `at` in seconds since 1970-01-01 UTC."""
    version = document.version
    return {
        "aud": SUBMISSION_AUDIENCE,
        "iat": at,
        "container": version.container,
        "name": version.name,
        "etag": bare_etag(version.etag),
        "document_sha256": version.sha256,
        "document_class": document.document_class,
        "submitter": document.submitter,
        "modifier": document.modifier,
    }


def submission_refusal(
    message: DocumentSubmittedV2, keys: KeySet, first_enqueued: datetime, enqueued: datetime
) -> Refusal | None:
    """Say why an attestation does not vouch for a submission. None if it does.

    The times are as in `compliance.proof.contradiction`. It may be of any age: a version has one review.
    """
    try:
        claims, _, terms = verify_claims(message.submitter_proof, keys, SUBMISSION_TYPE, SubmissionClaims)
    except InvalidProofError as invalid:
        return Refusal(Answer.PROOF_INVALID, f"the attestation is not accepted: {invalid}")
    version = DocumentVersion(message.container, message.name, message.etag)
    if not claims.are_of_version(version) or claims.document_sha256 != message.document_sha256:
        text = "the attestation was made for another version of a document; submit this one at the front door"
        return Refusal(Answer.PROOF_REPLAYED, text)
    for claimed, said, what in (
        (claims.submitter, message.submitter, "submitter"),
        (claims.modifier, message.modifier, "modifier"),
        (claims.document_class, message.document_class, "class (documentClass)"),
    ):
        if claimed != said:
            text = f"the attestation and the message differ in the {what}; send what the front door has attested"
            return Refusal(Answer.PROOF_INVALID, text)
    return validity_refusal(terms, first_enqueued, enqueued)


def attested_submission(head: Head, keys: KeySet) -> tuple[SignIn, str] | None:
    """Return the sign-in of a review's submitter, and the id of the key that vouches for it. None without attestation.

    Raises InvalidProofError if the attestation does not vouch for the submission of this document, or its key did not
    count when it was made.
    """
    if head.submission_proof is None:
        return None
    claims, kid, terms = verify_claims(head.submission_proof, keys, SUBMISSION_TYPE, SubmissionClaims)
    if not claims.are_of_version(head.document) or not _holds_bytes(head, claims.document_sha256):
        raise InvalidProofError("the attestation was made for another version of the document")
    if not same_person(claims.submitter, head.submitter or ""):
        raise InvalidProofError("the attestation names another submitter")
    if claims.document_class not in (None, head.policy.document_class):
        raise InvalidProofError("the attestation names another class")
    at = datetime.fromtimestamp(claims.iat, UTC)
    if refusal := validity_refusal(terms, at, at):
        raise InvalidProofError(refusal.text)
    return claims.sign_in, kid


def other_submitter_refusal(proof: str | None, sign_in: SignIn) -> Refusal | None:
    """Say that somebody else has signed in than the submitter whose attestation this is. None if not.

    Names change hands, people do not.
    """
    claims = parse_claimed_part(proof, 1) if proof else {}
    if not proof or (claims.get("tid"), claims.get("oid")) == (sign_in.tenant_id, sign_in.object_id):
        return None
    return Refusal(Answer.NOT_PERMITTED, "only the person who has submitted the document can withdraw it")


def submitted_sha256(proof: str | None) -> str | None:
    """Return the SHA-256 of the bytes that were handed in, by an attestation that was verified before, or None."""
    return str(parse_claimed_part(proof, 1).get("documentSha256")) if proof else None


def _holds_bytes(head: Head, attested: str) -> bool:
    """Return whether the review is of the attested bytes; it was rejected if it is not."""
    return head.document.sha256 in (None, attested) or head.reason == Reason.NOT_AS_SUBMITTED
