"""Making a signing key, and maintaining the JWK Set files with which policies check proofs."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

import click

from cli.decisions.signing_key import new_key, write_private
from cli.failures import CommandError, ExitCode
from cli.terminal import moment, out, print_json, say, table
from cli.whole_file import whole_file
from contracts.proofs.key_set import Algorithm, JwkSet, KeySetError, PublicJwk, parse_jwk, parse_jwk_set

_LARGEST: Final = 64 * 1024
_ALGORITHMS: Final[dict[str, Algorithm]] = {name: name for name in get_args(Algorithm)}


def make_key(reviewer: str, folder: Path, alg: str) -> None:
    """Write a private key to a file in a folder, and print its public half."""
    private, public = new_key(reviewer, _ALGORITHMS[alg])
    file = write_private(folder, private)
    say(f"The private key is in {file}: keep it to yourself, and sign with `compliance decide --sign`.")
    say("The public key follows. Add it to the key set of your policies: `compliance keys add KEYSET FILE`.")
    click.echo(json.dumps(public.wire(), indent=2))


def add_key(key_set: Path, public_key: Path, not_before: str | None, not_after: str | None) -> None:
    """Add a public key to a key set. Raises CommandError, KeySetError."""
    found = _read(key_set) if key_set.exists() else JwkSet(keys=())
    text = sys.stdin.buffer.read(_LARGEST + 1) if str(public_key) == "-" else _bytes(public_key)
    added = parse_jwk(text, str(public_key))
    terms = {"notBefore": _time(not_before), "notAfter": _time(not_after)}
    wanted = added.wire() | {name: value for name, value in terms.items() if value}
    if any(key.kid == added.kid for key in found.keys):
        raise CommandError(f"{key_set} has the key {added.kid} already", ExitCode.USAGE)
    _write(key_set, [*(key.wire() for key in found.keys), wanted])
    say(f"{key_set}: the key {added.kid} now proves decisions of {added.reviewer}. Deploy the set.")


def print_keys(key_set: Path, *, as_json: bool) -> None:
    """Print the keys of a key set. Raises CommandError, KeySetError."""
    found = _read(key_set)
    if as_json:
        print_json(found.wire())
    else:
        columns = ("Kid", "Reviewer", "Alg", "From", "Until", "Revoked")
        out().print(table(columns, map(_row, found.keys)))


def revoke_key(key_set: Path, kid: str, at: str | None) -> None:
    """Revoke the only key whose id starts so, from a time on or from now on. Raises CommandError, KeySetError."""
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
