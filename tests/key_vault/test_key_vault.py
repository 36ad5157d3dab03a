"""Attestations signed by a key vault, by the real SDK over HTTPS, and what is said if the vault does not sign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from azure.core.credentials import AccessToken, AccessTokenInfo

from adapters.front_door.attesting import Attestor
from adapters.front_door.key_vault import VaultSigner
from adapters.front_door.opening import open_signer
from adapters.front_door.signing_key import SigningKeyError, VaultKey, pinned_key
from cli.decisions.attestation_key_sets import public_key_in_vault
from cli.failures import CommandError
from compliance.people.attestation import SignIn
from contracts.messages.decisions import AboutReview, parse_decision
from contracts.proofs.attestation import verify_attestation
from contracts.proofs.key_set import KeySet
from tests import builders
from tests.front_door import SIGN_IN, keys_of
from tests.key_vault.vault import NAME, NEW, OLD, TOKEN, Vault, running_vault

AT = 1_772_452_800
HERE = SignIn(SIGN_IN["iss"], SIGN_IN["tid"], SIGN_IN["oid"])
HEAD = builders.open_review()


class Credential:
    """Somebody who is signed in."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://vault.azure.net/.default",)
        return AccessToken(TOKEN, 9_999_999_999)

    async def get_token_info(self, *scopes: str, **_: Any) -> AccessTokenInfo:
        return AccessTokenInfo((await self.get_token(*scopes)).token, 9_999_999_999)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Credential:
        return self

    async def __aexit__(self, exc_type: object = None, exc_value: object = None, traceback: object = None) -> None: ...


@pytest_asyncio.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    async with running_vault(tmp_path) as running:
        yield running


def signer(vault: Vault, folder: Path, version: str = OLD, name: str = NAME) -> VaultSigner:
    """Return a signer with the real SDK, which trusts this vault's certificate and does not wait before it retries."""
    key = pinned_key(f"{vault.url}/keys/{name}/{version}")
    assert isinstance(key, VaultKey)
    options: dict[str, Any] = {"connection_verify": str(folder / "ca.pem"), "verify_challenge_resource": False}
    return VaultSigner(key, Credential(), **options, retry_backoff_factor=0)


def published(vault: Vault, *versions: str) -> KeySet:
    kid, alg = f"{NAME}.", "ES256"
    return keys_of(*(vault.public_jwk(version) | {"kid": kid + version, "alg": alg} for version in versions))


def approval() -> AboutReview:
    message = parse_decision(
        b'{"reviewId": "%s", "decisionId": "1", "reviewer": "ana@example.org", "decision": "approve"}'
        % HEAD.review_id.encode()
    )
    assert isinstance(message, AboutReview)
    return message


async def attested(signing: VaultSigner, keys: KeySet) -> str:
    attestor = Attestor(signing, lambda: keys)
    try:
        return await attestor.attest(approval(), builders.SHA256, HERE, HEAD.policy, AT)
    finally:
        await attestor.close()


async def test_the_pinned_version_signs_whatever_else_the_vault_has(vault: Vault, tmp_path: Path) -> None:
    both = published(vault, OLD, NEW)
    for version in (OLD, NEW):
        found = verify_attestation(await attested(signer(vault, tmp_path, version), both), both)
        assert (found.kid, found.sign_in.object_id) == (f"{NAME}.{version}", SIGN_IN["oid"])
    assert vault.asked == [f"get {OLD}", f"sign {OLD}", f"get {NEW}", f"sign {NEW}"]


async def test_another_attestation_costs_one_request_even_at_the_same_time(vault: Vault, tmp_path: Path) -> None:
    signing, keys = signer(vault, tmp_path), published(vault, OLD)
    attestor = Attestor(signing, lambda: keys)
    await asyncio.gather(*(attestor.attest(approval(), builders.SHA256, HERE, HEAD.policy, AT) for _ in range(3)))
    await attestor.attest(approval(), builders.SHA256, HERE, HEAD.policy, AT)
    await attestor.close()
    assert vault.asked == [f"get {OLD}", *[f"sign {OLD}"] * 4]


async def test_nothing_is_signed_with_a_version_that_is_not_published(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=f"ATTESTATION_KEYS has no key {NAME}.{NEW}: publish it"):
        await attested(signer(vault, tmp_path, NEW), published(vault, OLD))
    other = keys_of(vault.public_jwk(OLD) | {"kid": f"{NAME}.{NEW}", "alg": "ES256"})
    with pytest.raises(SigningKeyError, match="has another key under the id"):
        await attested(signer(vault, tmp_path, NEW), other)
    assert "sign" not in " ".join(vault.asked)


async def test_what_the_vault_refuses_for_a_moment_is_tried_again(vault: Vault, tmp_path: Path) -> None:
    vault.failures = [("sign", 429, "Throttled")]
    keys = published(vault, OLD)
    assert verify_attestation(await attested(signer(vault, tmp_path), keys), keys)
    assert vault.asked.count(f"sign {OLD}") == 2


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (("get", 403, "ForbiddenByRbac"), r"does not read: ForbiddenByRbac: .* needs Microsoft.KeyVault/.*/keys/read"),
        (("sign", 403, "KeyDisabled"), r"does not sign: KeyDisabled: .*keys/sign/action on it, the version must be"),
        (("get", 404, "KeyNotFound"), r"there is no key https://.*/keys/attestation/0+: check ATTESTATION_SIGNING_KEY"),
        (("sign", 429, "Throttled"), "throttled; try again in ten seconds"),
        (("sign", 500, "Internal"), "does not sign: 500 Internal; try again"),
        (("get", 401, "Unauthorized"), "nobody is signed in who could read"),
    ],
    ids=str,
)
async def test_a_failure_of_the_vault_says_what_to_do(
    vault: Vault, tmp_path: Path, failure: tuple[str, int, str], said: str
) -> None:
    vault.failures = [failure] * 20
    with pytest.raises(SigningKeyError, match=said) as raised:
        await attested(signer(vault, tmp_path), published(vault, OLD))
    assert "appid" not in str(raised.value)


async def test_a_vault_that_does_not_answer_is_named(vault: Vault, tmp_path: Path) -> None:
    stranger = signer(vault, tmp_path)
    stranger_to_its_certificate = VaultSigner(stranger._pinned, Credential(), retry_total=0)
    await stranger.close()
    with pytest.raises(SigningKeyError, match=r"127.0.0.1:\d+ cannot be reached"):
        await attested(stranger_to_its_certificate, published(vault, OLD))


async def test_a_key_of_another_curve_is_refused(vault: Vault, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 only here

    keys = published(vault, OLD)
    vault.private[OLD] = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(SigningKeyError, match="is no key of the type EC with the curve P-256"):
        await attested(signer(vault, tmp_path), keys)


async def test_the_public_half_is_published_from_the_vault(vault: Vault, tmp_path: Path) -> None:
    options: dict[str, Any] = {"connection_verify": str(tmp_path / "ca.pem"), "verify_challenge_resource": False}
    found = await public_key_in_vault(f"{vault.url}/keys/{NAME}/{NEW}", Credential(), **options)
    assert found.wire().items() >= {"kid": f"{NAME}.{NEW}", "x": vault.public_jwk(NEW)["x"]}.items()
    with pytest.raises(CommandError, match="there is no key"):
        await public_key_in_vault(f"{vault.url}/keys/{NAME}/{'2' * 32}", Credential(), **options)


async def test_the_setting_chooses_the_vault(vault: Vault) -> None:
    opened = open_signer(f"{vault.url}/keys/{NAME}/{OLD}", Credential)
    assert isinstance(opened, VaultSigner)
    await opened.close()
