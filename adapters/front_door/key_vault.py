"""A front door's key in an Azure Key Vault, which signs and never hands out the key.

https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.keyvault.keys import KeyVaultKey
from azure.keyvault.keys.aio import KeyClient
from azure.keyvault.keys.crypto import SignatureAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient
from jwt.utils import base64url_encode

from adapters.front_door.signing_key import SigningKeyError, VaultKey
from contracts.proofs.key_set import AttestationJwk, KeySetError, parse_attestation_jwk

_SIGNATURE_BYTES: Final = 64  # r and s, as RFC 7518 wants them in a JWS: section 3.4
T = TypeVar("T")


class VaultSigner:
    """An AttestationSigner with one version of a key in a vault. The credential is its caller's, who closes it."""

    def __init__(self, key: VaultKey, credential: AsyncTokenCredential, **options: Any) -> None:
        self._pinned = key
        self._credential = credential
        self._options = options
        self._keys = KeyClient(key.vault_url, credential, **options)
        self._reading = asyncio.Lock()
        self._key: KeyVaultKey | None = None
        self._signing: CryptographyClient | None = None

    async def public_key(self) -> AttestationJwk:
        """Return the public half of the pinned version. Raises SigningKeyError if it is no key that may attest."""
        found = (await self._read()).key
        numbers = {"kty": found.kty, "crv": found.crv, "x": found.x, "y": found.y}  # pyright: ignore[reportAttributeAccessIssue]
        jwk = {name: _text(value) for name, value in numbers.items() if value}
        try:
            return parse_attestation_jwk(json.dumps(jwk | {"kid": self._pinned.kid, "alg": "ES256"}).encode(), "")
        except KeySetError as error:
            raise SigningKeyError(f"{self._pinned} is no key of the type EC with the curve P-256{error}") from error

    async def sign(self, data: bytes) -> bytes:
        """Return the signature that the vault makes with the pinned version. Raises SigningKeyError."""
        key = await self._read()
        if self._signing is None:
            self._signing = CryptographyClient(key, self._credential, **self._options)
        digest = hashlib.sha256(data).digest()
        made = (await self._ask("sign", self._signing.sign(SignatureAlgorithm.es256, digest))).signature
        if len(made) != _SIGNATURE_BYTES:
            raise SigningKeyError(f"{self._pinned} made a signature of {len(made)} bytes; ES256 has {_SIGNATURE_BYTES}")
        return made

    async def close(self) -> None:
        """Close the connections to the vault."""
        if self._signing:
            await self._signing.close()
        await self._keys.close()

    async def _read(self) -> KeyVaultKey:
        async with self._reading:
            if self._key is None:
                self._key = await self._ask("read", self._keys.get_key(self._pinned.name, self._pinned.version))
        return self._key

    async def _ask(self, what: str, request: Awaitable[T]) -> T:
        try:
            return await request
        except ResourceNotFoundError as error:
            text = f"there is no key {self._pinned}: check ATTESTATION_SIGNING_KEY"
            raise SigningKeyError(text) from error
        except ClientAuthenticationError as error:
            raise SigningKeyError(f"nobody is signed in who could {what} {self._pinned}: {_code(error)}") from error
        except HttpResponseError as error:
            raise SigningKeyError(f"{self._pinned} does not {what}: {self._why(what, error)}") from error
        except AzureError as error:
            text = f"{self._pinned.vault_url} cannot be reached: check the name and the network; then try again"
            raise SigningKeyError(text) from error
        except ValueError as error:  # of the SDK's own check of notBefore and expires
            raise SigningKeyError(f"{self._pinned} does not {what}: {error}; pin a version that is valid") from error

    @staticmethod
    def _why(what: str, error: HttpResponseError) -> str:
        match error.status_code:
            case 403:
                action = "sign/action" if what == "sign" else "read"
                return (
                    f"{_code(error)}: the identity needs Microsoft.KeyVault/vaults/keys/{action} on it, the version "
                    "must be enabled, and the vault's firewall must let this machine in"
                )
            case 429:
                return "the vault is throttled; try again in ten seconds"
            case status:
                return f"{status} {_code(error)}; try again"


def _code(error: HttpResponseError) -> str:
    """Return the service's code for an error, inner code first: its message names who has asked."""
    outer = error.error
    inner = (getattr(outer, "innererror", None) or {}) if outer else {}
    return str(inner.get("code") or (outer.code if outer else None) or "no code")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return base64url_encode(value).decode()
    return str(getattr(value, "value", value)).removesuffix("-HSM")  # EC-HSM is EC, kept in hardware
