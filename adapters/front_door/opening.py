"""Choose what signs for the front door, by its setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential

from adapters.front_door.key_file import read_key_file
from adapters.front_door.signing_key import SETTING, AttestationSigner, SigningKeyError, VaultKey, pinned_key


def open_signer(value: str | None, credential: Callable[[], AsyncTokenCredential], **options: Any) -> AttestationSigner:
    """Open the key that the setting's value pins; only a key vault needs the credential, and has options of its SDK.

    Raises SigningKeyError.
    """
    if value is None:
        raise SigningKeyError(f"{SETTING} is missing: the key version in a key vault, or a file")
    pinned = pinned_key(value)
    if isinstance(pinned, Path):
        return read_key_file(pinned)
    try:
        from adapters.front_door.key_vault import VaultSigner
    except ModuleNotFoundError as error:
        raise SigningKeyError("a key vault needs the extra `vault`: install document-compliance[vault]") from error
    return VaultSigner(pinned, credential(), **options)


async def pinned_key_id(value: str) -> str:
    """Return the id of the key that the setting's value pins; no key vault is asked. Raises SigningKeyError."""
    pinned = pinned_key(value)
    return pinned.kid if isinstance(pinned, VaultKey) else (await read_key_file(pinned).public_key()).kid
