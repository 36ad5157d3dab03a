"""The policy file of this deployment, read and checked once per process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from adapters.settings import settings
from adapters.verification_keys import check_key_sets
from contracts.policy_file.parsing import PolicyError, parse_policies
from contracts.policy_file.policies import Policies

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
    check_key_sets(loaded.key_sets, settings().policy_file, settings().verification_keys)
    return loaded


def check_configuration() -> None:
    """Read every setting, the policy file and all key sets, so that a fault in one of them prevents the start.

    Raises SettingsError, PolicyError and KeySetError; their texts list all faults of their kind.
    """
    policies()
