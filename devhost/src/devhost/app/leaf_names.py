"""Dotted names of single settings inside nested JSON, so that each one that is ignored can be named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def leaf_names(content: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """`a.b.c` for each value that is no object, or an empty one."""
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from leaf_names(value, f"{prefix}{name}.")
        else:
            yield prefix + name
