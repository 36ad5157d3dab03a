"""Those to whom a review is escalated may decide from then on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from compliance.identity import identity_of
from compliance.policy import Part, Policy, Stage


def joined(policy: Policy, stage: int, newcomers: Iterable[str], barred: frozenset[str]) -> Policy:
    """The policy with these people as reviewers in this stage and all later ones, in each part that names reviewers.

    They are a choice more, never a demand more: a part that needs all of its reviewers needs as many as before, and
    who is named in a later stage is not taken away from there. Nobody may be among them who has decided in this review:
    then what was decided so far comes to what it came to before.
    """
    people = tuple(newcomers)
    stages = list(policy.stages)
    for number in range(stage, len(stages)):
        awaited_later = {name for later in policy.stages[number + 1 :] for part in later.parts for name in part.people}
        stages[number] = _joined_stage(
            stages[number], tuple(name for name in people if identity_of(name) not in awaited_later), barred
        )
    return replace(policy, stages=tuple(stages))


def _joined_stage(stage: Stage, newcomers: tuple[str, ...], barred: frozenset[str]) -> Stage:
    return replace(stage, parts=tuple(_joined_part(part, newcomers, barred) for part in stage.parts))


def _joined_part(part: Part, newcomers: tuple[str, ...], barred: frozenset[str]) -> Part:
    new = tuple(name for name in newcomers if identity_of(name) not in part.people)
    if not part.reviewers or not new:
        return part
    needed = part.approvals_of(part.people - barred)
    return replace(part, reviewers=(*part.reviewers, *new), approvals_needed=needed)
