"""The front door's public keys, the same for all document classes, from the setting ATTESTATION_KEYS."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from adapters.settings import settings
from contracts.proofs.key_set import (
    AttestationJwkSet,
    KeySet,
    KeySetError,
    key_set,
    parse_attestation_jwk_set,
    read_attestation_jwk_set,
)

SETTING: Final = "ATTESTATION_KEYS"
_PROJECT: Final = Path(__file__).resolve().parent.parent
_SOURCE: Final = f"the app setting {SETTING}"
# https://learn.microsoft.com/azure/app-service/app-service-key-vault-references: without access, the
# reference itself is the value.
_UNRESOLVED: Final = "@Microsoft.KeyVault("


def attestation_keys() -> KeySet:
    """Read the front door's keys as they are now: a revoked key counts no longer at once. Raises KeySetError."""
    return attestation_keys_of(settings().attestation_keys)


def attestation_keys_of(value: str | None) -> KeySet:
    """Read the front door's keys that the setting's value holds or names; empty without one. Raises KeySetError."""
    if value is None:
        return {}
    file = _file_of(value)
    if file is None:
        return _of_text(value)
    try:
        written = file.stat()
    except OSError as error:
        raise KeySetError(f"{file}: cannot be read: {error.strerror}; {SETTING} names it") from error
    return _of_file(file, (written.st_mtime_ns, written.st_size, written.st_ino))


def attestation_jwk_set(value: str) -> AttestationJwkSet:
    """Read the key set that the setting's value holds or names. Raises KeySetError."""
    file = _file_of(value)
    return read_attestation_jwk_set(file) if file else parse_attestation_jwk_set(value.encode(), _SOURCE)


def _file_of(value: str) -> Path | None:
    """Return the file that the setting names. None if its value is the key set. Raises KeySetError."""
    if value.startswith(_UNRESOLVED):
        raise KeySetError(f"{_SOURCE} is a Key Vault reference that Azure has not resolved")
    return None if value.startswith("{") else _PROJECT / value


@lru_cache(maxsize=4)
def _of_file(file: Path, _version: tuple[int, int, int]) -> KeySet:
    return key_set(read_attestation_jwk_set(file))


@lru_cache(maxsize=4)
def _of_text(text: str) -> KeySet:
    return key_set(parse_attestation_jwk_set(text.encode(), _SOURCE))
