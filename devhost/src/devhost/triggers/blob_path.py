"""Blob trigger paths such as `uploads/{folder}/{name}.csv`.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob-trigger#blob-name-patterns
"""

from __future__ import annotations

import re

from devhost.errors import StartError

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")


class BlobPath:
    """A container and a pattern of blob names. A token matches across slashes, as on Azure."""

    def __init__(self, path: str, where: str) -> None:
        self.container, _, pattern = path.partition("/")
        if not self.container or "{" in self.container:
            raise StartError(f"{where}: blob path {path!r} must begin with the name of one container.")
        self._pattern = re.compile(_expression(pattern or "{_}", path, where), re.DOTALL)

    def match(self, name: str) -> dict[str, str] | None:
        """Return the tokens' values for a blob of this name, None if it does not match."""
        match = self._pattern.fullmatch(name)
        return {key: value for key, value in match.groupdict().items() if key != "_"} if match else None


def _expression(pattern: str, path: str, where: str) -> str:
    parts: list[str] = []
    position = 0
    for token in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[position : token.start()]))
        if token[1]:
            parts.append(f"(?P<{token[1]}>.+)")
        elif len(token[0]) == 2:
            parts.append(re.escape(token[0][0]))  # {{ and }} mean a brace
        else:
            raise StartError(f"{where}: unmatched {token[0]!r} in blob path {path!r}; write it twice to mean itself.")
        position = token.end()
    return "".join([*parts, re.escape(pattern[position:])])
