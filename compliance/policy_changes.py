"""Changes to a review's policy while it runs: more approvals for what was found, more or other reviewers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from compliance.people.identity import person_key
from compliance.policy import Part, Policy, Stage


def require_approvals(policy: Policy, approvals: int) -> Policy:
    """Return the policy with at least this many approvals in each part of its last stage."""
    return replace(policy, stages=require_approvals_last(policy.stages, approvals))


def require_approvals_last(stages: tuple[Stage, ...], approvals: int) -> tuple[Stage, ...]:
    """Return the stages with at least this many approvals in each part of the last one.

    The last one, because its reviewers have all earlier decisions in view. A part that needs all of its reviewers still
    does.
    """
    *before, last = stages
    parts = (
        part if part.approvals_needed is None else replace(part, approvals_needed=max(part.approvals_needed, approvals))
        for part in last.parts
    )
    return (*before, replace(last, parts=tuple(parts)))


def add_reviewers(policy: Policy, stage: int, names: Iterable[str], barred: frozenset[str]) -> Policy:
    """Return the policy with these people added to each part that names reviewers, in this stage and all later ones.

    They may decide; they need not: a part that needs all of its reviewers needs as many as before, and a person whom a
    later stage names is not added to an earlier one. Nobody in `names` may have decided in this review already, so that
    the decisions so far come to what they came to before.
    """
    added = tuple(names)
    stages = list(policy.stages)
    for number in range(stage, len(stages)):
        awaited_later = {key for later in policy.stages[number + 1 :] for part in later.parts for key in part.people}
        here = tuple(name for name in added if person_key(name) not in awaited_later)
        stages[number] = replace(
            stages[number], parts=tuple(_add_to_part(part, here, barred) for part in stages[number].parts)
        )
    return replace(policy, stages=tuple(stages))


def replace_reviewer(policy: Policy, stage: int, replaced: str, replacement: str) -> Policy:
    """Return the policy with one person in the place of another, in this stage and all later ones."""
    key = person_key(replaced)

    def renamed(part: Part) -> Part:
        return replace(part, reviewers=tuple(replacement if person_key(n) == key else n for n in part.reviewers))

    stages = tuple(
        replace(each, parts=tuple(map(renamed, each.parts))) if number >= stage else each
        for number, each in enumerate(policy.stages)
    )
    return replace(policy, stages=stages)


def _add_to_part(part: Part, names: tuple[str, ...], barred: frozenset[str]) -> Part:
    new = tuple(name for name in names if person_key(name) not in part.people)
    if not part.reviewers or not new:
        return part
    needed = part.approvals_of(part.people - barred)
    return replace(part, reviewers=(*part.reviewers, *new), approvals_needed=needed)
