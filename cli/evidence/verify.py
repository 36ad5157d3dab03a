"""`compliance verify`: whether what is known of a review is what was recorded, against the ledger or offline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.stored_evidence import FaultError
from adapters.verification_keys import jwk_set_in
from cli.evidence.verification import Verification, in_words, unreadable, verification
from cli.evidence_at_hand import evidence_at_hand, keys_of
from cli.failures import CommandError, ExitCode
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, print_json, shown
from contracts.proofs.key_set import JwkSet, KeySetError, key_set, parse_jwk_set
from evidence.bundle import KEYS, evidence_in
from evidence.bundle_reading import AlteredBundleError, BundleError, read_bundle
from evidence.chain import Json, canonical
from evidence.chain_check import Wrong
from evidence.checks import Evidence, first_wrong
from evidence.proof_check import signed_statements, wrong_proof

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def verify(
    context: typer.Context,
    review: Annotated[
        str | None,
        typer.Argument(metavar="REVIEW", help="The review's id; its first 6 or more digits are enough."),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="Check this bundle of `compliance evidence`; no network, no settings."),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="The auditDigest of the completion event that you have kept."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check proofs of identity with this JWK Set instead of the one at hand."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that a review's records are the ones that were written, and that the rules lead from each to the next.

    Every record of the audit trail holds the digest of the one before it, and commits to the decision, the policy or
    the document that it is about. The first that is edited, missing, out of order or foreign is named. Then the review
    is made once more from its policy and its decisions; a record to which the rules do not lead is named unsupported.
    Without a digest that is kept outside of the ledger the end of the trail is not proved: who may write all of the
    ledger can rewrite all of it, if not against the rules. Lines that start with "Not proved" say what is left open.

    With a REVIEW the ledger is read, the completion event where the topic still holds it, and the metadata of the
    published or archived document. With --file a bundle is checked on its own, with the document's bytes where they
    are in it. Whoever makes a bundle can make one that fits together: it takes the digest that you have kept to prove
    that this is the review of your system, and --keys to prove who has signed. Of the page index.html only the hash in
    the manifest is checked: it is for reading and proves nothing.

    \b
    compliance verify 3f9a01
    compliance verify --file evidence.zip --digest "$(jq -r .data.auditDigest event.json)"

    Exit code: 0 nothing is wrong with it, even where something is not proved; 3 not sound, also where a file of the
    bundle is not what its manifest says; 2 the file is no bundle at all, 5 no such review or file.

    With --json one object {reviewId, sound, fault {where, wrong, text}, records, decisions, proofs, uncheckedProofs,
    anchors, document, notProved}.
    """
    if (review is None) == (file is None):
        raise CommandError("name a REVIEW, or a bundle with --file", ExitCode.USAGE)
    if digest and not _DIGEST.fullmatch(digest):
        raise CommandError("a digest has 64 lowercase hexadecimal digits", ExitCode.USAGE)
    try:
        given = jwk_set_in(keys) if keys else None
        if file:
            checked = _of_bundle(file, digest, given)
        else:
            checked = in_session(context, lambda session: _of_review(session, str(review), digest, given))
    except KeySetError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if as_json:
        print_json(checked)
    else:
        for line in in_words(checked):
            OUT.print(shown(line), soft_wrap=True)
    raise typer.Exit(ExitCode.DONE if checked.sound else ExitCode.REFUSED)


async def _of_review(session: Session, review: str, digest: str | None, given: JwkSet | None) -> Verification:
    try:
        evidence = replace(await evidence_at_hand(session, review), digest=digest)
    except FaultError as error:
        return verification(Evidence(error.review_id, {}, (), ()), error.fault, from_file=False)
    return _checked(evidence, lambda: given or keys_of(session, evidence))


def _of_bundle(file: Path, digest: str | None, given: JwkSet | None) -> Verification:
    try:
        with file.open("rb") as content:
            bundle, document_sha256 = read_bundle(content)
        keys = given or (_own_keys(bundle.keys) if bundle.keys else None)
    except FileNotFoundError as error:
        raise CommandError(f"there is no file {file}", ExitCode.NOT_FOUND) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", ExitCode.USAGE) from error
    except BundleError as error:
        raise CommandError(f"{file} is no bundle of evidence: {error}", ExitCode.USAGE) from error
    except AlteredBundleError as error:
        return unreadable(error.fault)
    evidence = replace(evidence_in(bundle, document_sha256), digest=digest)
    return _checked(evidence, lambda: keys, from_file=True, keys_given=given is not None)


def _own_keys(keys: Json) -> JwkSet:
    try:
        return parse_jwk_set(canonical(keys), KEYS)
    except KeySetError as error:
        raise AlteredBundleError(KEYS, Wrong.EDITED, str(error)) from error


def _checked(
    evidence: Evidence, keys: Callable[[], JwkSet | None], *, from_file: bool = False, keys_given: bool = False
) -> Verification:
    """Keys are asked for only when there is a proof and nothing else is wrong."""
    fault = first_wrong(evidence)
    proofs = [] if fault else list(signed_statements(evidence))
    found = keys() if proofs else None
    if found is None:
        return verification(evidence, fault, from_file=from_file, unchecked=len(proofs))
    fault = wrong_proof(evidence, key_set(found))
    return verification(
        evidence, fault, from_file=from_file, proofs=None if fault else len(proofs), keys_given=keys_given
    )
