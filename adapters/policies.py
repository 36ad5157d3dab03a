"""The policy file of this deployment, read and checked once per process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from adapters.settings import settings
from contracts.policy_file import PolicyFile


class PolicyError(Exception):
    """The policy file cannot be used; the text says where and why."""


def load_policies(path: Path) -> PolicyFile:
    """Read a policy file. Raises PolicyError with the file, the place and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from error
    try:
        return PolicyFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, found['loc'])) or 'file'}: {found['msg']}" for found in error.errors())
        raise PolicyError(f"{path}:\n" + "\n".join(f"- {line}" for line in wrong)) from error


@cache
def policies() -> PolicyFile:
    """The policies of this process."""
    return load_policies(settings().policy_file)
