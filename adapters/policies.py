"""The policy file of this deployment, read and checked once per process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from adapters.attestation_keys import SETTING, attestation_keys_of
from adapters.settings import Settings, settings
from adapters.verification_keys import check_key_sets
from compliance.people.levels import Level
from contracts.policy_file.parsing import PolicyError, parse_policies
from contracts.policy_file.policies import Policies
from contracts.proofs.key_set import KeySet

_MOST_BYTES: Final = 1024 * 1024


def load_policies(path: Path) -> Policies:
    """Read a policy file. Raises PolicyError with the file, the line and what is wrong."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PolicyError(f"{path}: larger than {_MOST_BYTES:,} bytes; name people in groups")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from error
    return parse_policies(text, str(path), lambda name: (path.parent / name).read_text(encoding="utf-8"))


@cache
def policies() -> Policies:
    """Return the policies of this process, after a check of every key set that they name.

    Raises SettingsError, PolicyError, KeySetError.
    """
    loaded = load_policies(settings().policy_file)
    check_against_settings(loaded, settings().policy_file, settings())
    return loaded


def check_against_settings(loaded: Policies, file: Path, chosen: Settings) -> None:
    """Check that a deployment with these settings can apply its policies. Raises PolicyError, KeySetError.

    It reads the front door's keys and every key set that the policies name.
    """
    front_door = attestation_keys_of(chosen.attestation_keys)
    check_vouched_classes(loaded, file, front_door)
    check_open_classes(loaded, file, chosen)
    check_key_sets(loaded.key_sets, file, chosen.verification_keys, front_door)


def check_vouched_classes(loaded: Policies, file: Path, front_door: KeySet) -> None:
    """Raise PolicyError if a class needs the front door's word, but there are no keys to check it with."""
    vouched = (Level.SIGN_IN, Level.CODE)
    needing = {
        "proof": [kind for kind, rules in loaded.by_class.items() if rules.proof in vouched],
        "submitterProof": [kind for kind, rules in loaded.by_class.items() if rules.submitter_proof in vouched],
    }
    for key, classes in needing.items():
        if classes and not front_door:
            what = f"{key}: signIn ({', '.join(classes)})"
            text = f"{what} needs the keys of the front door: set {SETTING} to a JWK Set or its file"
            raise PolicyError(f"{file}: {text}")


def check_open_classes(loaded: Policies, file: Path, chosen: Settings) -> None:
    """Raise PolicyError if a stage names nobody and nobody has the role for it, as far as the settings say.

    A class with `proof: ownKey` is left out: nobody can decide on its documents at the front door.
    """
    if chosen.sign_in_client_id is None or chosen.reviewer_role_assigned:
        return
    classes = [
        kind
        for kind, rules in loaded.by_class.items()
        if rules.proof is not Level.OWN_KEY
        and any(not part.reviewers for stage in rules.stages for part in stage.parts)
    ]
    if classes:
        text = (
            f"no reviewers are named ({', '.join(classes)}), so at the front door only people with the role Reviewer "
            f"decide: give somebody that role and set REVIEWER_ROLE_ASSIGNED to true, or name reviewers"
        )
        raise PolicyError(f"{file}: {text}")


def check_configuration() -> None:
    """Read every setting, the policy file and all key sets, so that a fault in one of them prevents the start.

    Raises SettingsError, PolicyError and KeySetError; their texts list all faults of their kind.
    """
    policies()
