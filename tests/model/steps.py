"""The model's vocabulary: what can happen to a review, and the rules that it is under.

People are numbers in the order of their names; times are microseconds from the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SUBMITTER = 0


@dataclass(frozen=True)
class Part:
    """A part of a stage's quorum: the number of approvals that it needs, and the people who can give them."""

    needed: int | Literal["all"] = 1
    people: frozenset[int] = frozenset()  # empty: anyone


Stage = tuple[Part, ...]


@dataclass(frozen=True)
class Delegation:
    """A person's decisions are made by another from one moment to another, both included."""

    by: int
    to: int
    starts: int = -2_000_000
    ends: int = 2_000_000


@dataclass(frozen=True)
class Rules:
    """The policy of the review, the person who changed the document last, and the delegations."""

    stages: tuple[Stage, ...] = ((Part(),),)
    separation_of_duties: bool = True
    comment_required_on_reject: bool = False
    reject_veto: bool = True
    may_change_mind: bool = False
    modifier: int | None = None
    escalates_to: tuple[int, ...] = ()
    delegations: frozenset[Delegation] = frozenset()

    @property
    def involved(self) -> frozenset[int | None]:
        """The people who wrote the document: they can neither delegate nor be delegates."""
        return frozenset({SUBMITTER, self.modifier})

    @property
    def barred(self) -> frozenset[int | None]:
        """The people who may not decide."""
        return self.involved if self.separation_of_duties else frozenset()


@dataclass(frozen=True)
class Body:
    """A decision message without its envelope. Equal bodies are the same decision."""

    decision_id: int
    person: int
    spelling: int = 0  # people write their name in different letter case
    approves: bool = True
    version: Literal["unnamed", "right", "wrong"] = "unnamed"
    comment: bool = False


@dataclass(frozen=True)
class Decide:
    """A decision message arrives; a redelivery is the same message again."""

    message: int
    body: Body
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Withdraw:
    """A person asks to take the document back."""

    person: int = SUBMITTER
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Open:
    """An opener writes the first head."""


@dataclass(frozen=True)
class Inspect:
    """The document is inspected; if its content does not match its type, it is rejected at once."""

    mismatch: bool = False


@dataclass(frozen=True)
class Expire:
    """The deadline's timer fires."""


@dataclass(frozen=True)
class Supersede:
    """The document was overwritten."""


@dataclass(frozen=True)
class Vanish:
    """The document was deleted or renamed."""


@dataclass(frozen=True)
class Close:
    """The document was moved, or its move was prevented."""

    prevented: Literal["superseded", "gone", "failed"] | None = None


@dataclass(frozen=True)
class Remind:
    """A reminder falls due."""

    number: int


@dataclass(frozen=True)
class Escalate:
    """The escalation falls due."""


Step = Open | Inspect | Decide | Withdraw | Expire | Supersede | Vanish | Close | Remind | Escalate
Log = Sequence[Step]  # the steps that took effect, in that order
