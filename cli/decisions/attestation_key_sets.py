"""Making a front door's key, and maintaining the JWK Set with which its attestations are checked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click
from azure.core.credentials_async import AsyncTokenCredential

from adapters.front_door.opening import open_signer, pinned_key_id
from adapters.front_door.signing_key import SETTING, SigningKeyError
from adapters.ledger.key_reports import why_not_read
from adapters.probe import Probe
from cli.decisions.key_sets import bytes_of, public_key_bytes, time_of, with_revoked, write_key_set
from cli.decisions.signing_key import new_attestation_key, write_private
from cli.failures import CommandError, ExitCode
from cli.session import Session
from cli.terminal import say
from contracts.proofs.key_set import AttestationJwk, AttestationJwkSet, parse_attestation_jwk, parse_attestation_jwk_set


def make_key(folder: Path) -> None:
    """Write a private key to a file in a folder, and print its public half. Raises CommandError."""
    private, public = new_attestation_key()
    say(f"The private key is in {write_private(folder, 'front-door', private)}: only the front door may have it.")
    say("The public key follows. Add it to the front door's key set: `compliance keys attest publish KEYSET FILE`.")
    click.echo(json.dumps(public, indent=2))


def publish_key(key_set: Path, public_key: str, not_before: str | None, not_after: str | None) -> None:
    """Add a public key to the front door's key set. Raises CommandError, KeySetError."""
    found = _read(key_set) if key_set.exists() else AttestationJwkSet(keys=())
    if "://" in public_key:
        added = asyncio.run(public_key_in_vault(public_key))
    else:
        added = parse_attestation_jwk(public_key_bytes(Path(public_key)), public_key)
    if any(added.kid == key.kid or added.thumbprint == key.thumbprint for key in found.keys):
        raise CommandError(f"{key_set} has the key {added.kid} already", ExitCode.USAGE)
    terms = {"notBefore": time_of(not_before), "notAfter": time_of(not_after)}
    wanted = added.wire() | {name: value for name, value in terms.items() if value}
    write_key_set(key_set, [*(key.wire() for key in found.keys), wanted], parse_attestation_jwk_set)
    say(f"{key_set}: attestations with the key {added.kid} count once the app has the set (ATTESTATION_KEYS).")


async def public_key_in_vault(
    key: str, credential: AsyncTokenCredential | None = None, **options: Any
) -> AttestationJwk:
    """Read the public half of a key's version in a key vault, by default as whoever is signed in.

    Raises CommandError.
    """
    from azure.identity.aio import DefaultAzureCredential

    asking = credential or DefaultAzureCredential()
    try:
        signer = open_signer(key, lambda: asking, **options)
        try:
            return await signer.public_key()
        finally:
            await signer.close()
    except SigningKeyError as error:
        raise CommandError(str(error)) from error
    finally:
        await asking.close()


async def pin_key(session: Session, value: str) -> None:
    """Print the setting that pins a key, if every process of the app has read it. Raises CommandError."""
    try:
        key_id = await pinned_key_id(value)
    except SigningKeyError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    now = await Probe(session.clients).storage_time()
    if why := why_not_read(key_id, await session.key_reports.list_all(), now):
        advice = "publish it (`compliance keys attest publish`), give the app the set, restart it, and try again"
        raise CommandError(f"nothing was pinned: {why}; {advice}", ExitCode.REFUSED)
    say(
        f"All processes of the app have read the key {key_id}. Give this setting to the front door, and to nobody else:"
    )
    click.echo(f"{SETTING}={value}")


def revoke_key(key_set: Path, kid: str, at: str | None) -> None:
    """Revoke the only key whose id starts so, from a time on or from now on. Raises CommandError, KeySetError."""
    revoked, wanted = with_revoked(key_set, _read(key_set).keys, kid, at)
    write_key_set(key_set, wanted, parse_attestation_jwk_set)
    say(f"{key_set}: the key {revoked.kid} of the front door is revoked. Give the app the set.")


def _read(file: Path) -> AttestationJwkSet:
    return parse_attestation_jwk_set(bytes_of(file), str(file))
