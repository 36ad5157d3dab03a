"""The key sets that policies name are read when the app starts; what is wrong with them is said in one error."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.policies import check_against_settings, load_policies
from adapters.settings import Settings
from adapters.verification_keys import check_key_sets
from contracts.policy_file.parsing import PolicyError
from contracts.proofs.key_set import KeySetError
from tests.front_door import DOOR, public_jwk
from tests.front_door import key_set_text as front_door_keys
from tests.signing_keys import key_set_text, signer

ANA = signer("ana-1", "ana@example.org")
GOOD = key_set_text(ANA.jwk())


def policy_file(folder: Path, *names: str) -> Path:
    """Write policies whose classes name these key sets."""
    classes = [f"  - {{documentClass: class-{at}, verificationKeys: {name}}}" for at, name in enumerate(names)]
    file = folder / "policies.yaml"
    file.write_text("\n".join(['version: "1"', "policies:", "  - documentClass: default", *classes]))
    return file


def mistakes(file: Path, **settings: str) -> list[str]:
    with pytest.raises(KeySetError) as refused:
        check_key_sets(load_policies(file).key_sets, file, settings)
    assert ANA.jwk()["x"] not in str(refused.value)
    return str(refused.value).splitlines()


def test_good_key_sets_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(GOOD)
    file = policy_file(tmp_path, "keys.json", "setting:VERIFICATION_KEYS", "setting:VERIFICATION_KEYS_LEGAL")
    check_key_sets(
        load_policies(file).key_sets, file, {"VERIFICATION_KEYS": GOOD, "VERIFICATION_KEYS_LEGAL": '{"keys": []}'}
    )


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(key_set_text(ANA.private_jwk()))
    file = policy_file(tmp_path, "broken.json", "missing.json", "setting:VERIFICATION_KEYS")
    broken, missing, setting = mistakes(file)

    assert broken.startswith(f"{tmp_path}/broken.json: keys.0.d: part of a private key")
    assert missing.startswith(f"{tmp_path}/missing.json: cannot be read")
    assert setting.startswith("the app setting VERIFICATION_KEYS is missing")


def test_a_reference_that_key_vault_did_not_resolve_is_told_from_a_bad_key_set(tmp_path: Path) -> None:
    reference = "@Microsoft.KeyVault(VaultName=kv;SecretName=verification-keys)"
    [told] = mistakes(policy_file(tmp_path, "setting:VERIFICATION_KEYS"), VERIFICATION_KEYS=reference)
    assert "Key Vault Secrets User" in told


@pytest.mark.parametrize(
    "name", ["setting:PATH", "setting:", "/etc/keys.json", "https://example.org/keys.json", "keys.pem", "c:\\keys.json"]
)
def test_a_key_set_is_a_json_file_or_a_setting_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(PolicyError, match="verificationKeys"):
        load_policies(policy_file(tmp_path, f"'{name}'"))


def test_a_policy_that_demands_proofs_says_what_they_are_checked_with(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text('version: "1"\npolicies:\n  - documentClass: default\n    proof: ownKey\n')
    with pytest.raises(PolicyError, match=r"policies.yaml:4: .*proof.*verificationKeys"):
        load_policies(file)


def front_door(folder: Path, attestation_keys: str | None) -> Settings:
    environment = {
        "Documents": "UseDevelopmentStorage=true",
        "ServiceBus__fullyQualifiedNamespace": "bus.servicebus.windows.net",
        "EventGridTopic__topicEndpointUri": "https://topic.example/api/events",
        "POLICY_FILE": str(folder / "policies.yaml"),
    }
    given = {"ATTESTATION_KEYS": attestation_keys} if attestation_keys else {}
    return Settings.from_environment(environment | given)


def test_a_class_that_demands_a_sign_in_needs_the_keys_of_the_front_door(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text('version: "1"\npolicies:\n  - documentClass: default\n    proof: signIn\n')
    loaded = load_policies(file)
    with pytest.raises(PolicyError, match=r"proof: signIn \(default\) needs the keys of the front door"):
        check_against_settings(loaded, tmp_path / "policies.yaml", front_door(tmp_path, None))

    text = front_door_keys(public_jwk())
    (tmp_path / "door.json").write_text(text)
    check_against_settings(loaded, tmp_path / "policies.yaml", front_door(tmp_path, text))
    check_against_settings(loaded, tmp_path / "policies.yaml", front_door(tmp_path, str(tmp_path / "door.json")))


@pytest.mark.parametrize("value", ["no-such-file.json", "{}", '{"keys": [{}]}', "@Microsoft.KeyVault(SecretName=a)"])
def test_what_is_wrong_with_the_keys_of_the_front_door_names_their_setting(tmp_path: Path, value: str) -> None:
    file = policy_file(tmp_path)
    with pytest.raises(KeySetError, match="ATTESTATION_KEYS"):
        check_against_settings(load_policies(file), file, front_door(tmp_path, value))


def test_a_policy_that_names_the_front_doors_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(key_set_text(DOOR.jwk(reviewer="ana@example.org", kid="ana")))
    loaded = load_policies(policy_file(tmp_path, "keys.json"))
    with pytest.raises(KeySetError, match=r"keys\.json: ana: a key of the front door"):
        check_against_settings(loaded, tmp_path / "policies.yaml", front_door(tmp_path, front_door_keys(public_jwk())))
