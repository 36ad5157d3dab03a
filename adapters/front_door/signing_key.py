"""The pinned key that the front door signs with: one version in a key vault, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from contracts.proofs.key_set import AttestationJwk

SETTING: Final = "ATTESTATION_SIGNING_KEY"
_PROJECT: Final = Path(__file__).resolve().parents[2]
# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning
_IN_VAULT: Final = re.compile(r"(https://[A-Za-z0-9.-]+(?::[0-9]+)?)/keys/([A-Za-z0-9-]{1,127})(?:/([0-9a-f]{32}))?/?")
_LONGEST_NAME: Final = 95  # the key id in a key set has at most 128 characters


class SigningKeyError(Exception):
    """The front door's key cannot sign; the text says why and what to do, and never holds a key."""


@dataclass(frozen=True, slots=True)
class VaultKey:
    """One version of a key in a key vault."""

    vault_url: str
    name: str
    version: str

    @property
    def kid(self) -> str:
        """The key id in the front door's key set, known without a request to the vault."""
        return f"{self.name}.{self.version}"

    def __str__(self) -> str:
        return f"{self.vault_url}/keys/{self.name}/{self.version}"


class AttestationSigner(Protocol):
    """Something that signs with the front door's key. One per process; closed at the end."""

    async def public_key(self) -> AttestationJwk:
        """Return the public half, as the front door's key set must hold it. Raises SigningKeyError."""
        ...

    async def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of some bytes as a JWS holds it, 64 bytes. Raises SigningKeyError."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


def pinned_key(value: str) -> VaultKey | Path:
    """Return the key that the setting's value pins. Raises SigningKeyError if it pins none."""
    if "://" not in value:
        return _PROJECT / value
    found = _IN_VAULT.fullmatch(value)
    if found is None:
        form = "https://VAULT.vault.azure.net/keys/NAME/VERSION"
        raise SigningKeyError(f"{SETTING}: this is no key of a key vault; write {form}, or the path of a file")
    url, name, version = found.groups()
    if version is None:
        raise SigningKeyError(
            f"{SETTING}: {value} names no version, so a new one would sign before the app has read it; "
            "pin one: `compliance keys attest pin`"
        )
    if len(name) > _LONGEST_NAME:
        raise SigningKeyError(f"{SETTING}: the name {name} is longer than {_LONGEST_NAME} characters; name another key")
    return VaultKey(url, name, version)
