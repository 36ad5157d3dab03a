"""`compliance keys`: signing keys, and the key sets with which policies check proofs."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, get_args

import typer

from cli.decisions.signing_key import new_key, write_private
from cli.failures import CommandError, Commands, ExitCode
from cli.session import JsonOption
from cli.terminal import OUT, moment, print_json, say, table
from cli.whole_file import whole_file
from contracts.proofs.key_set import Algorithm, JwkSet, KeySetError, PublicJwk, parse_jwk, parse_jwk_set

keys = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Make a signing key; maintain the key sets of policies.

\b
A reviewer makes a key and hands over its public half:
  compliance keys new --reviewer ana@example.com \\
    --out ~/.compliance > ana.json
Whoever maintains the policies adds it to the key set that
the policy names (verificationKeys):
  compliance keys add policies/keys.json ana.json
The reviewer signs with the private half:
  compliance decide REVIEW approve --sign KEYFILE
""",
)

KeySetArgument = Annotated[
    Path, typer.Argument(metavar="KEYSET", help="A JWK Set file, such as policies/keys.json.", show_default=False)
]
_LARGEST: Final = 64 * 1024


class Alg(StrEnum):
    """How a key signs."""

    EDDSA = "EdDSA"
    ES256 = "ES256"
    RS256 = "RS256"


_ALGORITHMS: Final[dict[str, Algorithm]] = {name: name for name in get_args(Algorithm)}


@keys.command("new")
def new(
    reviewer: Annotated[str, typer.Option(metavar="NAME", help="Whose key it is, as in `decide --as`.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the private key; no file is replaced.")],
    alg: Annotated[
        Alg, typer.Option(metavar="ALG", help="EdDSA (Ed25519), ES256 (P-256) or RS256 (3,072 bits).")
    ] = Alg.EDDSA,
) -> None:
    """Make a key pair.

    The private key goes into a file, the public key to standard output. Keep the file to yourself: anybody who has it
    can decide in your name. Hand the public key to whoever maintains the policies, in a way that nobody can tamper
    with.
    """
    private, public = new_key(reviewer, _ALGORITHMS[alg])
    file = write_private(out, private)
    say(f"The private key is in {file}: keep it to yourself, and sign with `compliance decide --sign`.")
    say("The public key follows. Add it to the key set of your policies: `compliance keys add KEYSET FILE`.")
    typer.echo(json.dumps(public.wire(), indent=2))


@keys.command("add")
def add(
    key_set: KeySetArgument,
    public_key: Annotated[
        Path, typer.Argument(metavar="FILE", help="A public key from `keys new`; - for standard input.")
    ],
    not_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Valid for messages sent from then on.")
    ] = None,
    not_after: Annotated[str | None, typer.Option(metavar="TIME", help="Valid for messages sent until then.")] = None,
) -> None:
    """Add a public key to a key set, which is created if missing.

    First check with its owner that the key is theirs: from then on it proves their decisions. TIME is ISO 8601 with a
    time zone, such as 2026-03-31T18:00Z or 2026-03-31T20:00+02:00.
    """
    found = _read(key_set) if key_set.exists() else JwkSet(keys=())
    text = sys.stdin.buffer.read(_LARGEST + 1) if str(public_key) == "-" else _bytes(public_key)
    added = parse_jwk(text, str(public_key))
    terms = {"notBefore": _time(not_before), "notAfter": _time(not_after)}
    wanted = added.wire() | {name: value for name, value in terms.items() if value}
    if any(key.kid == added.kid for key in found.keys):
        raise CommandError(f"{key_set} has the key {added.kid} already", ExitCode.USAGE)
    _write(key_set, [*(key.wire() for key in found.keys), wanted])
    say(f"{key_set}: the key {added.kid} now proves decisions of {added.reviewer}. Deploy the set.")


@keys.command("list")
def list_keys(key_set: KeySetArgument, as_json: JsonOption = False) -> None:
    """List the keys of a key set.

    With --json the JWK Set itself.
    """
    found = _read(key_set)
    if as_json:
        print_json(found.wire())
    else:
        columns = ("Kid", "Reviewer", "Alg", "From", "Until", "Revoked")
        OUT.print(table(columns, map(_row, found.keys)))


@keys.command("revoke")
def revoke(
    key_set: KeySetArgument,
    kid: Annotated[str, typer.Argument(metavar="KID", help="Key id, as in `keys list`; its beginning is enough.")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="From when on; by default now.")] = None,
) -> None:
    """Revoke a key.

    Whatever arrives from then on is refused, whenever it claims to have been sent. The key stays in the set, so that
    what it has proved before can still be verified.
    """
    found = _read(key_set)
    named = [key for key in found.keys if key.kid.startswith(kid)]
    if len(named) != 1:
        text = f"{len(named)} keys of {key_set} start with {kid}; see `compliance keys list`"
        raise CommandError(text, ExitCode.USAGE if named else ExitCode.NOT_FOUND)
    if named[0].revoked_at:
        raise CommandError(
            f"the key {named[0].kid} is revoked already, since {moment(named[0].revoked_at)}", ExitCode.USAGE
        )
    revoked_at = _time(at) or datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 an order that a person gives now
    changed = [{**key.wire(), "revokedAt": revoked_at} if key is named[0] else key.wire() for key in found.keys]
    _write(key_set, changed)
    say(f"{key_set}: the key {named[0].kid} of {named[0].reviewer} is revoked. Deploy the set.")


def _row(key: PublicJwk) -> tuple[object, ...]:
    terms = (moment(at) if at else None for at in (key.not_before, key.not_after, key.revoked_at))
    return (key.kid, key.reviewer, key.alg, *terms)


def _time(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"{text!r} is not a time; write ISO 8601, such as 2026-03-31T18:00Z", ExitCode.USAGE
        ) from error
    if at.tzinfo is None:
        raise CommandError(f"{text!r} has no time zone: add Z for UTC, or an offset", ExitCode.USAGE)
    return at.isoformat()


def _read(file: Path) -> JwkSet:
    return parse_jwk_set(_bytes(file), str(file))


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as content:
            return content.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise CommandError(f"there is no file {file}", ExitCode.NOT_FOUND) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", ExitCode.USAGE) from error


def _write(file: Path, wanted: Sequence[Mapping[str, object]]) -> None:
    text = json.dumps({"keys": wanted}, indent=2) + "\n"
    try:
        parse_jwk_set(text.encode(), str(file))
    except KeySetError as error:
        raise CommandError(f"nothing was changed: {error}", ExitCode.USAGE) from error
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644  # public keys: the app must read them
    with whole_file(file) as content:
        content.write(text.encode())
    file.chmod(mode)
