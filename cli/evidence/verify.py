"""`compliance verify`: prove that a review's evidence is what was recorded, against the ledger or offline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import FILE, NAMED_REVIEW, json_option
from cli.session import Session, in_session, reach_storage
from cli.terminal import print_json, print_line

if TYPE_CHECKING:
    from evidence.report import Verification
    from evidence.verify import Keys


@click.command(cls=Command)
@click.argument("review", required=False, metavar="REVIEW|DOCUMENT", help=NAMED_REVIEW)
@click.option("--file", type=FILE, metavar="BUNDLE", help="Verify this bundle, without network or settings.")
@click.option("--digest", metavar="DIGEST", help="The auditDigest of the completion event that you have kept.")
@click.option(
    "--keys", type=FILE, metavar="FILE", help="Check proofs of identity with this JWK Set, not with the one at hand."
)
@click.option(
    "--attestation-keys",
    type=FILE,
    metavar="FILE",
    help="Check attestations with this JWK Set of the front door, not with the one at hand.",
)
@json_option
@click.pass_context
def verify(
    context: click.Context,
    *,
    review: str | None,
    file: Path | None,
    digest: str | None,
    keys: Path | None,
    attestation_keys: Path | None,
    as_json: bool,
) -> None:
    """Prove that a review's records are as they were written.

    Every record of the audit trail holds the digest of the record before it, and commits to the decision, the policy or
    the document that it is about. The command names the first record that is edited, missing, out of order or foreign.
    Then it applies the rules again to the policy and the decisions; a record that does not follow from them is named as
    unsupported. Only a digest that is kept outside the ledger proves the end of the trail: whoever may write the whole
    ledger can rewrite all of it, though not against the rules. Lines that start with "Not proved" say what remains
    open.

    With a REVIEW it reads the ledger, the completion event if the topic still holds it, and the published or archived
    document: its metadata, and its bytes, whose SHA-256 it compares. If the bytes cannot be read, it compares the ETag,
    and says so. With --file it reads only a bundle, with the document's bytes if they are in it. Anybody can make a
    bundle that fits together: only the digest that you have kept proves that it is a review of your system, and only
    your --keys and --attestation-keys prove who signed and who signed in. The page index.html is for reading and proves
    nothing: only its hash is checked, against the manifest.

    \b
    compliance verify 3f9a01
    compliance verify --file evidence.zip \\
      --digest "$(jq -r .data.auditDigest event.json)"

    Exit code: 0 sound, even if something is not proved; 3 not sound, also if a file of the bundle is not what its
    manifest says; 2 the file is not a bundle, 5 no such review or file.
    """
    if (review is None) == (file is None):
        raise CommandError("name a REVIEW, or a bundle with --file", ExitCode.USAGE)
    if not file:
        reach_storage(context)
    from contracts.proofs.key_set import KeySetError, read_attestation_jwk_set, read_jwk_set
    from evidence.bundle_reading import BundleError
    from evidence.report import in_words
    from evidence.verify import DigestError, Keys, MissingBundleError, check_digest, verify_bundle

    try:
        if digest:
            check_digest(digest)
        trusted = Keys(
            read_jwk_set(keys) if keys else None,
            read_attestation_jwk_set(attestation_keys) if attestation_keys else None,
        )
        if file:
            result = verify_bundle(file, digest, trusted)
        else:
            result = in_session(context, lambda session: _verify_review(session, str(review), digest, trusted))
    except MissingBundleError as error:
        raise CommandError(str(error), ExitCode.NOT_FOUND) from error
    except (BundleError, DigestError, KeySetError) as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if as_json:
        print_json(result)
    else:
        for line in in_words(result):
            print_line(line)
    raise click.exceptions.Exit(ExitCode.DONE if result.sound else ExitCode.REFUSED)


async def _verify_review(session: Session, review: str, digest: str | None, trusted: Keys) -> Verification:
    from adapters.evidence_bundle.bundling import front_door_keys, keys_of
    from adapters.stored_evidence import FaultError
    from cli.evidence.moved_document import with_document
    from cli.evidence_at_hand import evidence_at_hand
    from evidence.checks import Evidence
    from evidence.report import report
    from evidence.verify import Keys, verify_evidence

    try:
        evidence = replace(await evidence_at_hand(session, review), digest=digest)
    except FaultError as error:
        return report(Evidence(error.review_id, {}, (), ()), error.fault, from_file=False)
    result = verify_evidence(
        evidence,
        lambda: Keys(
            trusted.of_people or keys_of(evidence, session.settings),
            trusted.of_front_door or front_door_keys(session.settings),
        ),
    )
    return await with_document(session.documents, evidence, result) if result.sound else result
