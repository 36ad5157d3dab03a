"""The classes of documents that people can submit."""

from __future__ import annotations

from web.door import Door


def class_names(door: Door) -> list[str]:
    """List the names of all document classes."""
    return sorted(door.policies().by_class)
