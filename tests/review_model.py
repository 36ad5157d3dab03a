"""What one review must come to, told without the product's rules: who said what, in the order in which it took effect.

A model of design section 3.2 for property tests. It keeps no state but the log of steps that took effect and answers
every question by looking through all of it again; people are numbers, times are microseconds from the deadline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SUBMITTER = 0  # the person who handed the document in


@dataclass(frozen=True)
class Rules:
    """The policy of the review."""

    approvals_needed: int = 1
    reviewers: frozenset[int] = frozenset()  # empty: anyone
    separation_of_duties: bool = True
    comment_required_on_reject: bool = False


@dataclass(frozen=True)
class Said:
    """What a decision message says; the same words under the same id are the same decision."""

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
    said: Said
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Withdraw:
    """Somebody asks to take the document back."""

    person: int = SUBMITTER
    after_deadline: int = -1  # microseconds


@dataclass(frozen=True)
class Open:
    """An opener writes the first head."""


@dataclass(frozen=True)
class Inspect:
    """The document is looked at; what belies its name is rejected at once."""

    mismatch: bool = False


@dataclass(frozen=True)
class Expire:
    """The deadline's timer fires."""


@dataclass(frozen=True)
class Supersede:
    """The document was overwritten."""


@dataclass(frozen=True)
class Close:
    """The document was moved, or its move was prevented."""

    prevented: Literal["superseded", "failed"] | None = None


Step = Open | Inspect | Decide | Withdraw | Expire | Supersede | Close
Log = Sequence[Step]

OUTCOMES = {
    "approve": "approved",
    "reject": "rejected",
    "expire": "expired",
    "withdraw": "withdrawn",
    "supersede": "superseded",
}


def counted(log: Log) -> list[Decide]:
    """The decisions that took effect, in their order."""
    return [step for step in log if isinstance(step, Decide)]


def verdict(log: Log, rules: Rules) -> str | None:
    """What was decided. No order is needed: only one final thing can have taken effect."""
    for ending, name in ((Expire, "expire"), (Withdraw, "withdraw"), (Supersede, "supersede")):
        if any(isinstance(step, ending) for step in log):
            return name
    approvals = [step.said.approves for step in counted(log)]
    if Inspect(mismatch=True) in log or not all(approvals):
        return "reject"
    return "approve" if sum(approvals) >= rules.approvals_needed else None


def outcome(log: Log, rules: Rules) -> str | None:
    """How the review ended."""
    closings = [step for step in log if isinstance(step, Close)]
    return (closings[0].prevented or OUTCOMES[str(verdict(log, rules))]) if closings else None


def state(log: Log, rules: Rules) -> str | None:
    """How far the review is; None before it exists."""
    if Open() not in log:
        return None
    if outcome(log, rules):
        return "closed"
    return "decided" if verdict(log, rules) else "open"


def takes_effect(log: Log, step: Step, rules: Rules) -> bool:
    """Whether this step, made now, changes the review."""
    now, inspected = state(log, rules), any(isinstance(past, Inspect) for past in log)
    match step:
        case Open():
            return now is None
        case Inspect():
            return now == "open" and not inspected
        case Expire() | Supersede():
            return now == "open"
        case Close():
            return now == "decided"
        case Decide() | Withdraw():
            repeated = isinstance(step, Decide) and any(step.said == past.said for past in counted(log))
            return now == "open" and not repeated and answer(log, step, rules) == "recorded"


def answer(log: Log, step: Step, rules: Rules) -> str | None:
    """What the sender is told; None: nothing, because nobody asked or because it is too early to say."""
    now, inspected = state(log, rules), any(isinstance(past, Inspect) for past in log)
    too_early = now is None or (now == "open" and not inspected)
    match step:
        case Decide() if not too_early:
            return _answer_to_decision(log, step, rules, now == "open")
        case Withdraw() if not too_early:
            if any(isinstance(past, Withdraw) and past.person == step.person for past in log):
                return "recorded"
            if now != "open" or step.after_deadline > 0:
                return "late"
            return "recorded" if step.person == SUBMITTER else "not_permitted"
        case _:
            return None


def _answer_to_decision(log: Log, step: Decide, rules: Rules, is_open: bool) -> str:
    said = step.said
    for past in counted(log):
        if past.said == said:
            return "recorded" if past.message == step.message else "duplicate"
        if past.said.decision_id == said.decision_id:
            return "id_reused"
    if not is_open or step.after_deadline > 0:
        return "late"
    if said.version == "wrong":
        return "wrong_version"
    permitted = (
        (not rules.reviewers or said.person in rules.reviewers)
        and not (rules.separation_of_duties and said.person == SUBMITTER)
        and said.person not in {past.said.person for past in counted(log)}
        and not (rules.comment_required_on_reject and not said.approves and not said.comment)
    )
    return "recorded" if permitted else "not_permitted"
