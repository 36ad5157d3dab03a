"""Versions of orchestrations: which one a new instance gets, and whether this host may run an instance of another one.

https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-orchestration-versioning
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class Versioning:
    """The versions of host.json: `default`, and what happens to an instance whose version does not match it."""

    default: str | None = None
    match: Literal["None", "Strict", "CurrentOrOlder"] = "CurrentOrOlder"
    on_mismatch: Literal["Reject", "Fail"] = "Reject"

    def refusal(self, version: str | None) -> str | None:
        """Return why an instance of this version may not run here, None if it may."""
        ours = self.default or ""
        if self.match == "None" or (version or "") == ours:
            return None
        if self.match == "CurrentOrOlder" and not is_newer(version or "", ours):
            return None
        return (
            f"it has the version '{version or ''}', but defaultVersion in host.json is '{ours}' and "
            f"versionMatchStrategy is {self.match}"
        )


ANY_VERSION = Versioning(match="None")


def is_newer(one: str, other: str) -> bool:
    """Return whether a version is newer than another one, by the rules of DurableTask.Core's VersioningSettings."""
    if not one.strip() or not other.strip():
        return bool(one.strip())
    numbers, others = _numbers(one), _numbers(other)
    if numbers and others:
        return numbers > others
    return one.upper() > other.upper()


def _numbers(version: str) -> list[int] | None:
    """Return the two to four numbers of a version as .NET parses it, None if it has another form."""
    parts = [part.strip() for part in version.split(".")]
    if not 2 <= len(parts) <= _MOST_PARTS or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    return [int(part) for part in parts]
