"""`compliance evidence`: everything that is known of a review in one file, to be verified anywhere."""

from __future__ import annotations

from pathlib import Path

import click

from cli.commands import Command
from cli.options import FILE, json_option, named_review_argument
from cli.session import in_session, reach_storage
from cli.terminal import print_json


@click.command(cls=Command)
@named_review_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="FILE.zip",
    help="A new file to write, or - for standard output.",
)
@click.option("--with-document", "with_document", is_flag=True, help="Include the document's bytes, up to 1.8 GiB.")
@json_option
@click.pass_context
def evidence(
    context: click.Context,
    *,
    review: str,
    output: Path,
    with_document: bool,
    as_json: bool,
) -> None:
    """Write all evidence of a review to one ZIP file.

    It can be read and verified without the system. It holds the audit trail, every decision with its comment and proof
    of identity, the policy as it was, the version and hash of the document (with --with-document its bytes), the
    completion event if the topic still holds it, the metadata of the published or archived document, the public keys
    that the policy names, a page to read, and a manifest with the hash of each file. The same evidence gives the same
    bytes.

    It holds what reviewers wrote: give it only to people who may read the review. `compliance verify --file FILE.zip
    --digest DIGEST` verifies it anywhere, against a completion event that somebody has kept: without one, a bundle that
    was made up looks like a real one. Nothing is written if the evidence is not sound; `compliance verify REVIEW` says
    what is wrong. No file is replaced.

    Exit code: 0 written, 2 the file exists already, 3 the evidence is not sound, 5 no such review, or its document is
    gone.

    \b
    Example:
      compliance evidence 3f9a01 -o evidence.zip --with-document
    """
    from cli.whole_file import check_output, print_about

    check_output(output, as_json=as_json)
    reach_storage(context)
    from cli.evidence.write import write_evidence

    bundle = in_session(context, lambda session: write_evidence(session, review, output, with_document=with_document))
    if as_json:
        print_json(bundle)
    else:
        text = f"{bundle.file}: evidence of review {bundle.review_id}, SHA-256 {bundle.sha256}"
        print_about(output, text)
