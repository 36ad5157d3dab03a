"""Documents as tests submit them, and how their reviews must end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from local.stack.reviews import Ending, wait_until_open
from local.stack.running import Stack

SAMPLES = Path(__file__).parents[2] / "local" / "samples"
ANN, BEN, SAM = "ann@example.org", "ben@example.org", "sam@example.org"


@dataclass(frozen=True, slots=True)
class Submitted:
    """One document version whose review is open."""

    name: str
    sha256: str
    review_id: str

    def published(self, *decisions: tuple[str, str]) -> Ending:
        """Return its ending if it was approved."""
        location = f"published/{self.name}"
        return Ending(self.review_id, self.name, self.sha256, "approved", location, decisions=decisions)

    def archived(self, outcome: str, *decisions: tuple[str, str], reason: str | None = None) -> Ending:
        """Return its ending if it was not approved."""
        location = f"archived/{self.review_id}/{self.name}"
        return Ending(
            self.review_id, self.name, self.sha256, outcome, location, reason, tier="Cool", decisions=decisions
        )

    def superseded(self, *decisions: tuple[str, str]) -> Ending:
        """Other bytes took its name while it waited; its own must be gone."""
        return Ending(self.review_id, self.name, self.sha256, "superseded", None, decisions=decisions)

    def gone(self) -> Ending:
        """Return its ending if it was deleted while it waited: no decision counts on it."""
        return Ending(self.review_id, self.name, self.sha256, "gone", None)


def submit(stack: Stack, folder: str, sample: str, content: bytes | None = None) -> Submitted:
    """Put a sample, or other content under its name, below a folder of `pending`; wait for its review."""
    content = content or (SAMPLES / sample).read_bytes()
    name = f"{folder}/{sample}"
    etag = stack.documents.upload(name, content, {"submitter": SAM})
    return Submitted(name, hashlib.sha256(content).hexdigest(), wait_until_open(stack, name, etag))
