"""`compliance policy`: check a policy file, and show what it means for a document."""

from __future__ import annotations

from pathlib import Path

import click

from cli.commands import Group
from cli.options import FILE, json_option


@click.group(cls=Group)
def policy() -> None:
    """Check policy files before they are deployed.

    The app does not start with a bad one.

    \b
    compliance policy check policies/default.yaml
    compliance policy check policies/examples/company.yaml \\
    --name contracts/nda/acme.pdf

    docs/policy.md explains each key. An editor that supports JSON Schema completes and checks keys if the file begins
    with

    \b
    # yaml-language-server: $schema=PATH

    where PATH leads to contracts/schemas/PolicyFile.json.
    """


@policy.command("check")
@click.argument("file", type=FILE, metavar="FILE", help="The policy file.")
@click.option("--name", metavar="NAME", help="Show the rules for a document of this name.")
@click.option(
    "--class", "document_class", metavar="CLASS", help="Show the rules for a document submitted under this class."
)
@json_option
@click.pass_context
def check(
    context: click.Context,
    file: Path,
    name: str | None,
    document_class: str | None,
    as_json: bool,
) -> None:
    """Report the mistakes in a policy file, offline.

    Each mistake is reported with its line, what is wrong and what to do. The file is checked in rounds, each of which
    needs the one before: keys and shapes; names of groups and calendars; whether every quorum can be reached; sizes and
    times; key sets that are files. All mistakes of a round are reported at once: correct them and check again. A class
    with proof: signIn needs the front door's keys, in the setting ATTESTATION_KEYS.

    A document's class is the one submitted (--class, or the blob's metadata documentclass), else that of the longest
    path prefix with which its name begins, else `default`. If a prefix binds its class, no other can be submitted.

    Exit code: 0 the file is good; 1 it is not, or has no such class.

    \b
    Example:
      compliance policy check policies/default.yaml --class contract
    """
    from cli.reviews.policy_file import check_policy_file
    from cli.session import read_settings

    check_policy_file(file, name, document_class, read_settings(context)[0].attestation_keys, as_json=as_json)
