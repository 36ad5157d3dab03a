"""Making a signing key, and maintaining the JWK Set files with which policies check proofs."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar, get_args

import click

from cli.decisions.signing_key import new_key, write_private
from cli.failures import CommandError, ExitCode
from cli.local_time import LocalTime
from cli.lookup import short_id
from cli.terminal import moment, print_json, print_table, say
from cli.whole_file import whole_file
from contracts.proofs.key_set import (
    Algorithm,
    AttestationJwkSet,
    JwkSet,
    KeySetError,
    PublicJwk,
    VerifyingJwk,
    parse_jwk,
    parse_jwk_set,
)

_LARGEST: Final = 64 * 1024
K = TypeVar("K", bound=VerifyingJwk)
_ALGORITHMS: Final[dict[str, Algorithm]] = {name: name for name in get_args(Algorithm)}


def make_key(reviewer: str, folder: Path, alg: str) -> None:
    """Write a private key to a file in a folder, and print its public half."""
    private, public = new_key(reviewer, _ALGORITHMS[alg])
    file = write_private(folder, reviewer, private)
    say(f"The private key is in {file}: keep it to yourself, and sign with `compliance decide --sign`.")
    say("The public key follows. Add it to the key set of your policies: `compliance keys add KEYSET FILE`.")
    click.echo(json.dumps(public.wire(), indent=2))


def add_key(key_set: Path, public_key: Path, not_before: str | None, not_after: str | None) -> None:
    """Add a public key to a key set. Raises CommandError, KeySetError."""
    found = _read(key_set) if key_set.exists() else JwkSet(keys=())
    added = parse_jwk(public_key_bytes(public_key), str(public_key))
    terms = {"notBefore": time_of(not_before), "notAfter": time_of(not_after)}
    wanted = added.wire() | {name: value for name, value in terms.items() if value}
    if any(key.kid == added.kid for key in found.keys):
        raise CommandError(f"{key_set} has the key {added.kid} already", ExitCode.USAGE)
    write_key_set(key_set, [*(key.wire() for key in found.keys), wanted])
    say(f"{key_set}: the key {added.kid} now proves decisions of {added.reviewer}. Deploy the set.")


def print_keys(key_set: Path, *, as_json: bool) -> None:
    """Print the keys of a key set. Raises CommandError, KeySetError."""
    found = _read(key_set)
    if as_json:
        print_json(found.wire())
    else:
        columns = ("Kid", "Reviewer", "Alg", "From", "Until", "Revoked")
        print_table(columns, map(_row, found.keys))


def revoke_key(key_set: Path, kid: str, at: str | None) -> None:
    """Revoke the only key whose id starts so, from a time on or from now on. Raises CommandError, KeySetError."""
    found = _read(key_set)
    revoked, wanted = with_revoked(key_set, found.keys, kid, at)
    write_key_set(key_set, wanted)
    say(f"{key_set}: the key {revoked.kid} of {revoked.reviewer} is revoked. Deploy the set.")


def with_revoked(key_set: Path, keys: Sequence[K], kid: str, at: str | None) -> tuple[K, list[Mapping[str, object]]]:
    """Return the only key whose id starts so, and all keys in JSON with that one revoked. Raises CommandError."""
    named = [key for key in keys if key.kid.startswith(kid)]
    if len(named) != 1:
        text = f"{len(named)} keys of {key_set} start with {kid}; see `compliance keys list`"
        raise CommandError(text, ExitCode.USAGE if named else ExitCode.NOT_FOUND)
    [key] = named
    if key.revoked_at:
        raise CommandError(
            f"the key {key.kid} is revoked already, since {LocalTime.here().stamp(key.revoked_at)}", ExitCode.USAGE
        )
    revoked_at = time_of(at) or datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 an order that a person gives now
    return key, [{**each.wire(), "revokedAt": revoked_at} if each is key else each.wire() for each in keys]


def _row(key: PublicJwk) -> tuple[object, ...]:
    terms = (moment(at) if at else None for at in (key.not_before, key.not_after, key.revoked_at))
    kid = short_id(key.kid) if sys.stdout.isatty() else key.kid  # which `keys revoke` takes, too
    return (kid, key.reviewer, key.alg, *terms)


def time_of(text: str | None) -> str | None:
    """Return a time that a person gave as ISO 8601, or None. Raises CommandError if it is no time, or has no zone."""
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
    return parse_jwk_set(bytes_of(file), str(file))


def public_key_bytes(file: Path) -> bytes:
    """Read the public key in a file, or from standard input if it is called `-`. Raises CommandError."""
    return sys.stdin.buffer.read(_LARGEST + 1) if str(file) == "-" else bytes_of(file)


def bytes_of(file: Path) -> bytes:
    """Read a small file. Raises CommandError."""
    try:
        with file.open("rb") as content:
            return content.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise CommandError(f"there is no file {file}", ExitCode.NOT_FOUND) from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}", ExitCode.USAGE) from error


def write_key_set(
    file: Path,
    wanted: Sequence[Mapping[str, object]],
    parse: Callable[[bytes, str], JwkSet | AttestationJwkSet] = parse_jwk_set,
) -> None:
    """Write a key set to a file. Raises CommandError if `parse` refuses it."""
    text = json.dumps({"keys": wanted}, indent=2) + "\n"
    try:
        parse(text.encode(), str(file))
    except KeySetError as error:
        raise CommandError(f"nothing was changed: {error}", ExitCode.USAGE) from error
    mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644  # public keys: the app must read them
    with whole_file(file) as content:
        content.write(text.encode())
    file.chmod(mode)
