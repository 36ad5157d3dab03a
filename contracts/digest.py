"""Hashes of values that must be the same wherever they are computed: SHA-256 as 64 lowercase hexadecimal digits.

A value is hashed in its canonical JSON, https://www.rfc-editor.org/rfc/rfc8785
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

import rfc8785


def canonical(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Write a JSON value in its canonical form.

    Raises rfc8785.CanonicalizationError for what JSON cannot hold exactly, such as integers over 2^53.
    """
    return rfc8785.dumps(cast(Any, value))


def digest_of(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Hash a JSON value. Raises rfc8785.CanonicalizationError as `canonical`."""
    return hashlib.sha256(canonical(value)).hexdigest()


def text_digest(text: str) -> str:
    """Hash a text's UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def hashed_id(*parts: str) -> str:
    """Make a message or event id of its parts: equal parts give the same id."""
    return digest_of(parts)
