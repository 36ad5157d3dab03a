"""The key sets that policies name: files beside the policy file, or app settings that Azure fills from Key Vault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from adapters.attestation_keys import attestation_keys_of
from adapters.settings import settings
from contracts.proofs.key_set import SETTING, JwkSet, KeySet, KeySetError, key_set, parse_jwk_set, read_jwk_set

# https://learn.microsoft.com/azure/app-service/app-service-key-vault-references: without access, the
# reference itself is the value.
_UNRESOLVED: Final = "@Microsoft.KeyVault("


def named_key_set(name: str) -> KeySet:
    """Read the key set that a policy names, as it is now: a revoked key counts no longer at once.

    Raises KeySetError.
    """
    chosen = settings()
    return _read_key_set(
        name, chosen.policy_file, chosen.verification_keys, attestation_keys_of(chosen.attestation_keys)
    )


def named_jwk_set(name: str, policy_file: Path, set_keys: Mapping[str, str]) -> JwkSet:
    """Read the key set that a policy names, with public keys only. Raises KeySetError."""
    if not name.startswith(SETTING):
        return read_jwk_set(policy_file.parent / name)
    setting = name.removeprefix(SETTING)
    return parse_jwk_set(_content_of(setting, policy_file, set_keys).encode(), f"the app setting {setting}")


def check_key_sets(
    names: Iterable[str], policy_file: Path, set_keys: Mapping[str, str], front_door: KeySet | None = None
) -> None:
    """Read key sets that policies name. Raises KeySetError with the faults of all of them.

    `front_door` are the keys that may be in none of them.
    """
    wrong: list[str] = []
    for name in sorted(names):
        try:
            _read_key_set(name, policy_file, set_keys, front_door or {})
        except KeySetError as error:
            wrong.append(str(error))
    if wrong:
        raise KeySetError("\n".join(wrong))


def _read_key_set(name: str, policy_file: Path, set_keys: Mapping[str, str], front_door: KeySet) -> KeySet:
    keys = _read_keys(name, policy_file, set_keys)
    attesting = {key.thumbprint for key in front_door.values()}
    if wrong := sorted(key.kid for key in keys.values() if key.kid in front_door or key.thumbprint in attesting):
        text = "a key of the front door (ATTESTATION_KEYS), which vouches for everybody, is nobody's own; remove it"
        raise KeySetError(f"{name}: {', '.join(wrong)}: {text}")
    return keys


def _read_keys(name: str, policy_file: Path, set_keys: Mapping[str, str]) -> KeySet:
    if not name.startswith(SETTING):
        file = policy_file.parent / name
        try:
            written = file.stat()
        except OSError as error:
            raise KeySetError(f"{file}: cannot be read: {error.strerror}; {policy_file} names it") from error
        return _of_file(file, (written.st_mtime_ns, written.st_size, written.st_ino))
    setting = name.removeprefix(SETTING)
    return _of_setting(setting, _content_of(setting, policy_file, set_keys))


def _content_of(setting: str, policy_file: Path, set_keys: Mapping[str, str]) -> str:
    content = set_keys.get(setting)
    if content is None:
        raise KeySetError(
            f"the app setting {setting} is missing; {policy_file} names it: a JWK Set, or a reference to it"
        )
    if content.startswith(_UNRESOLVED):
        raise KeySetError(
            f"the app setting {setting} is a Key Vault reference that Azure has not resolved: check that the secret "
            "exists and that the app's identity has the role Key Vault Secrets User on the vault"
        )
    return content


@lru_cache(maxsize=32)
def _of_file(file: Path, _version: tuple[int, int, int]) -> KeySet:
    return key_set(read_jwk_set(file))


@lru_cache(maxsize=32)
def _of_setting(setting: str, content: str) -> KeySet:
    return key_set(parse_jwk_set(content.encode(), f"the app setting {setting}"))
