"""The policy file of this deployment, read and checked once per process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from adapters.settings import settings
from adapters.verification_keys import check_key_sets
from contracts.policy_file import PolicyFile
from contracts.policy_yaml import PolicyError, parse_policies


def load_policies(path: Path) -> PolicyFile:
    """Read a policy file. Raises PolicyError with the file, the line and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from error
    return parse_policies(text, str(path))


@cache
def policies() -> PolicyFile:
    """The policies of this process, every key set that they name checked. Raises PolicyError, KeySetError."""
    found = load_policies(settings().policy_file)
    check_key_sets(found, settings().policy_file, settings().verification_keys)
    return found
