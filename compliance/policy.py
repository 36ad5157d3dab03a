"""The policy of one review: resolved once when it opens, kept in its head, never looked up again."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Who decides, how many must agree, how long they have, and what may be reviewed at all."""

    document_class: str
    version: str
    sha256: str
    approvals_needed: int
    reviewers: tuple[str, ...]  # empty: anyone whom Azure lets send to the decision queue
    separation_of_duties: bool
    comment_required_on_reject: bool
    deadline: timedelta
    grace: timedelta  # how long an expiry waits for decisions that were sent in time and are still queued
    archive_tier: str
    max_bytes: int
    require_proof: bool = False  # decisions and withdrawals count only with a proof of identity
    verification_keys: str | None = None  # the key set that proofs are checked with, as the policy file names it

    def may_decide(self, reviewer: str) -> bool:
        """Whether the policy names this person, or names nobody."""
        return not self.reviewers or any(same_person(reviewer, named) for named in self.reviewers)


def same_person(one: str, other: str) -> bool:
    """Whether two identities differ at most in letter case, Unicode form, surrounding blanks or what cannot be seen."""
    return _plain(one) == _plain(other)


def _plain(identity: str) -> str:
    # Compatibility caseless matching, definition D146 of https://www.unicode.org/versions/latest/core-spec/chapter-3/
    visible = "".join(character for character in identity if unicodedata.category(character) != "Cf")
    folded = unicodedata.normalize("NFD", visible).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    return unicodedata.normalize("NFKC", folded).strip()
