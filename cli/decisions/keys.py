"""`compliance keys`: signing keys, and the key sets with which policies check proofs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import click

from cli.commands import Group
from cli.options import FILE, json_option


@click.group(cls=Group)
def keys() -> None:
    """Make a signing key; maintain the key sets of policies.

    \b
    A reviewer makes a key and hands over its public half:
    compliance keys new --reviewer ana@example.com \\
    -o ~/.compliance > ana.json
    Whoever maintains the policies adds it to the key set that
    the policy names (verificationKeys):
    compliance keys add policies/keys.json ana.json
    The reviewer signs with the private half:
    compliance decide REVIEW approve --sign KEYFILE
    """


key_set_argument = click.argument(
    "key_set", type=FILE, metavar="KEYSET", help="A JWK Set file, such as policies/keys.json."
)


class Alg(StrEnum):
    """How a key signs."""

    EDDSA = "EdDSA"
    ES256 = "ES256"
    RS256 = "RS256"


@keys.command("new")
@click.option("--reviewer", required=True, metavar="NAME", help="Whose key it is, as in `decide --as`.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="DIR",
    help="Folder for the private key; no file is replaced.",
)
@click.option(
    "--alg",
    default=Alg.EDDSA.value,
    type=click.Choice([each.value for each in Alg]),
    metavar="ALG",
    help="EdDSA (Ed25519), ES256 (P-256) or RS256 (3,072 bits).",
)
def new(
    reviewer: str,
    output: Path,
    alg: str,
) -> None:
    """Make a key pair.

    The private key goes into a file, the public key to standard output. Keep the file to yourself: anybody who has it
    can decide in your name. Hand the public key to whoever maintains the policies, in a way that nobody can tamper
    with.

    \b
    Example:
      compliance keys new --reviewer ana@example.org \\
        -o ~/.compliance > ana.json
    """
    from cli.decisions.key_sets import make_key

    make_key(reviewer, output, alg)


@keys.command("add")
@key_set_argument
@click.argument("public_key", type=FILE, metavar="FILE", help="A public key from `keys new`; - for standard input.")
@click.option("--not-before", metavar="TIME", help="Valid for messages sent from then on.")
@click.option("--not-after", metavar="TIME", help="Valid for messages sent until then.")
def add(
    key_set: Path,
    public_key: Path,
    not_before: str | None,
    not_after: str | None,
) -> None:
    """Add a public key to a key set, which is created if missing.

    First check with its owner that the key is theirs: from then on it proves their decisions. TIME is ISO 8601 with a
    time zone, such as 2026-03-31T18:00Z or 2026-03-31T20:00+02:00.

    \b
    Examples:
      compliance keys add policies/keys.json ana.json
      compliance keys add policies/keys.json ana.json \\
        --not-after 2027-03-31T18:00Z
    """
    from cli.decisions.key_sets import add_key

    add_key(key_set, public_key, not_before, not_after)


@keys.command("list")
@key_set_argument
@json_option
def list_keys(
    key_set: Path,
    as_json: bool,
) -> None:
    """List the keys of a key set.

    With --json it prints the JWK Set itself.

    \b
    Example:
      compliance keys list policies/keys.json
    """
    from cli.decisions.key_sets import print_keys

    print_keys(key_set, as_json=as_json)


@keys.command("revoke")
@key_set_argument
@click.argument("kid", metavar="KID", help="Key id, as in `keys list`; its beginning is enough.")
@click.option("--at", metavar="TIME", help="From when on; by default now.")
def revoke(
    key_set: Path,
    kid: str,
    at: str | None,
) -> None:
    """Revoke a key.

    Whatever arrives from then on is refused, whenever it claims to have been sent. The key stays in the set, so that
    what it has proved before can still be verified.

    \b
    Example:
      compliance keys revoke policies/keys.json 3f9a01
    """
    from cli.decisions.key_sets import revoke_key

    revoke_key(key_set, kid, at)


@keys.group("attest", cls=Group)
def attest() -> None:
    """Make a front door's key; maintain the set of such keys.

    A front door vouches for people who have signed in: docs/proofs.md. The app reads the set from ATTESTATION_KEYS.

    \b
    Examples:
      compliance keys attest new -o ~/front-door > door.json
      compliance keys attest publish attestation-keys.json door.json
    """


front_door_keys_argument = click.argument(
    "key_set", type=FILE, metavar="KEYSET", help="The front door's JWK Set file, such as attestation-keys.json."
)


@attest.command("new")
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    metavar="DIR",
    help="Folder for the private key; no file is replaced.",
)
def new_attesting(output: Path) -> None:
    """Make a key pair for a front door, ES256.

    The private key goes into a file, the public key to standard output. Whoever has the file can vouch for anybody.

    \b
    Example:
      compliance keys attest new -o ~/front-door > door.json
    """
    from cli.decisions.attestation_key_sets import make_key

    make_key(output)


@attest.command("publish")
@front_door_keys_argument
@click.argument(
    "public_key",
    metavar="KEY",
    help="A public key from `keys attest new`, - for standard input, or the id of a key's version in a key vault.",
)
@click.option("--not-before", metavar="TIME", help="Valid for messages sent from then on.")
@click.option("--not-after", metavar="TIME", help="Valid for messages sent until then.")
def publish(key_set: Path, public_key: str, not_before: str | None, not_after: str | None) -> None:
    """Add a public key to the front door's key set, which is created if missing.

    To rotate, publish the new key first, and pin it once the app has the set: `keys attest pin`. The old key stays in
    the set: evidence is verified with it. A key in a vault is read there with your sign-in (`az login`); its id is
    https://VAULT.vault.azure.net/keys/NAME/VERSION.

    \b
    Examples:
      compliance keys attest publish attestation-keys.json door.json
      compliance keys attest publish attestation-keys.json KEYID
    """
    from cli.decisions.attestation_key_sets import publish_key

    publish_key(key_set, public_key, not_before, not_after)


@attest.command("pin")
@click.argument(
    "key", metavar="KEY", help="A key file from `keys attest new`, or the id of a key's version in a key vault."
)
@click.pass_context
def pin(context: click.Context, key: str) -> None:
    """Print the setting with which the front door signs with this key, if the whole app has read it.

    Each process of the app reports which keys it has read, every five minutes while it works. If one has not read this
    key, or holds it as revoked, nothing is printed: what the front door signs with it would be refused. The id of a key
    in a vault is https://VAULT.vault.azure.net/keys/NAME/VERSION.

    Exit code: 0 all have read it, 3 refused, 2 this is no key.

    \b
    Example:
      compliance keys attest pin KEYID
    """
    from cli.session import in_session, reach_storage

    reach_storage(context)
    from cli.decisions.attestation_key_sets import pin_key

    value = key if "://" in key else str(Path(key).absolute())
    in_session(context, lambda session: pin_key(session, value))


@attest.command("revoke")
@front_door_keys_argument
@click.argument("kid", metavar="KID", help="Key id; its beginning is enough.")
@click.option("--at", metavar="TIME", help="From when on; by default now.")
def revoke_attesting(key_set: Path, kid: str, at: str | None) -> None:
    """Revoke a key of the front door.

    Whatever arrives from then on is refused, whenever it claims to have been sent. The key stays in the set, so that
    what it has vouched for before can still be verified.

    \b
    Example:
      compliance keys attest revoke attestation-keys.json 3f9a01
    """
    from cli.decisions.attestation_key_sets import revoke_key

    revoke_key(key_set, kid, at)
