"""`compliance evidence`: all that is known of a review in one file, to be checked anywhere."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated

import typer

from adapters.blobs.documents import DocumentChangedError, Documents
from adapters.stored_evidence import FaultError
from cli.evidence.page import page_of
from cli.evidence_at_hand import evidence_at_hand, keys_of
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput, prints_json
from cli.lookup import ReviewArgument
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, print_json, say, shown
from cli.whole_file import whole_file
from contracts.proofs.key_set import KeySetError
from evidence.bundle import MOST_DOCUMENT_BYTES, blocks, bundle_of, listed, write_bundle
from evidence.chain import Json
from evidence.chain_check import Fault
from evidence.checks import Evidence, first_fault


class WrittenBundle(JsonOutput):
    """A bundle that was written."""

    review_id: str
    file: str
    sha256: str  # of the file


@prints_json(WrittenBundle)
def evidence(
    context: typer.Context,
    review: ReviewArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The file to write.")],
    with_document: Annotated[
        bool, typer.Option("--with-document", help="Put the document's bytes into it, up to 1.8 GiB.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write all evidence of a review to one ZIP file.

    It can be read and checked without the system. In it: the audit trail, every decision with its comment and proof of
    identity, the policy as it was, the document's version and hash (with --with-document its bytes), the completion
    event where the topic still holds it, what the published or archived document says of itself, the public keys that
    the policy names, a page to read, and a manifest with the hash of each file. The same evidence makes the same bytes.

    It holds what reviewers wrote: give it to those who may read the review. `compliance verify --file FILE.zip --digest
    DIGEST` checks it anywhere, against the completion event that somebody has kept: without it nobody can tell a bundle
    that was made up from a right one. Evidence that is not sound is not written; `compliance verify REVIEW` says what
    is wrong. No file that exists is replaced.

    Exit code: 0 written, 2 the file exists already, 3 the evidence is not sound, 5 no such review, or its document is
    gone.
    """

    if out.exists():
        text = f"{out} exists already and was left as it is; name another file with --out, or remove it first"
        raise CommandError(text, ExitCode.USAGE)

    async def write(session: Session) -> WrittenBundle:
        found = await _sound(session, review)
        with tempfile.TemporaryFile() as bytes_at_hand:
            if with_document:
                found = replace(found, document_sha256=await _fetch(session.app.documents, found, bytes_at_hand))
            with whole_file(out) as written:
                document = bytes_at_hand if with_document else None
                write_bundle(written, bundle_of(found, _keys(session, found)), page_of(found), document)
        return WrittenBundle(review_id=found.review_id, file=str(out), sha256=_sha256(out))

    bundle = in_session(context, write)
    if as_json:
        print_json(bundle)
    else:
        text = f"{bundle.file}: evidence of review {bundle.review_id}, SHA-256 {bundle.sha256}"
        OUT.print(shown(text), soft_wrap=True)


async def _sound(session: Session, review: str) -> Evidence:
    try:
        found = await evidence_at_hand(session, review)
    except FaultError as error:
        raise _not_sound(error.fault) from error
    if fault := first_fault(found):
        raise _not_sound(fault)
    return found


def _not_sound(fault: Fault) -> CommandError:
    return CommandError(f"nothing was written, the evidence is not sound: {fault}", ExitCode.REFUSED)


async def _fetch(documents: Documents, found: Evidence, file: IO[bytes]) -> str:
    """The document's bytes from where they are now; their SHA-256. Raises CommandError."""
    document = found.head["document"]
    expected = document.get("sha256")
    if expected is None:
        raise CommandError("the document was never hashed, so its bytes prove nothing; write without --with-document")
    if document.get("length", 0) > MOST_DOCUMENT_BYTES:
        raise CommandError("the document is too large for a bundle; fetch it with `compliance fetch`")
    place = str(found.head.get("location") or f"{document['container']}/{document['name']}")
    container, _, name = place.partition("/")
    blob = await documents.current(container, name)
    if blob is None:
        raise CommandError(f"{place} is gone; write without --with-document", ExitCode.NOT_FOUND)
    try:
        async for block in documents.blocks(container, name, blob.etag):
            file.write(block)
    except DocumentChangedError as error:
        raise CommandError(f"{place} was changed while it was read; try again", ExitCode.NOT_FOUND) from error
    file.seek(0)
    sha256 = str(listed(blocks(file))["sha256"])
    file.seek(0)
    if sha256 != expected:
        text = f"{place} has the SHA-256 {sha256}, decided on were the bytes with {expected}; nothing was written"
        raise CommandError(text, ExitCode.REFUSED)
    return sha256


def _keys(session: Session, found: Evidence) -> Json | None:
    """Public keys are an aid for whoever checks: evidence without them is worth writing."""
    try:
        keys = keys_of(session, found)
    except KeySetError as error:
        say(f"The verification keys are not in it: {shown(str(error))}")
        return None
    return keys.wire() if keys else None


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
