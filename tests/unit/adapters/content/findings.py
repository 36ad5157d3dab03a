"""What an inspection says of a document made in a test."""

from __future__ import annotations

import io

from adapters.content.inspection import inspect_content


def found(content: bytes, name: str, declared: str | None = None) -> dict[str, str]:
    """Return the findings in a document: the detail of each kind."""
    return {each.kind.value: each.detail for each in inspect_content(io.BytesIO(content), name, declared, ())}


def kinds(content: bytes, name: str, declared: str | None = None) -> set[str]:
    """Return the kinds of findings in a document."""
    return set(found(content, name, declared))
