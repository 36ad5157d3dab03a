"""Quorums that can never be reached, reported when the policy file is read."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.policy import Part, Stage
from compliance.policy_changes import require_approvals_last
from compliance.quorum import Demand, can_fill
from contracts.policy_file.policies import stages_of
from contracts.policy_file.shape import MOST_APPROVALS, PolicyFile, ReviewPolicy

Found = tuple[tuple[int | str, ...], str]  # the place within `policies`, and what is wrong


def unreachable_quorums(file: PolicyFile) -> Iterator[Found]:
    """Find quorums that can never be reached, or that one person's choice of stage can make unreachable."""
    for number, entry in enumerate(file.policies):
        stages = stages_of(entry, file)
        found = _within(entry, stages)
        if not found and (most := entry.content.most_approvals):
            stricter = _within(entry, require_approvals_last(stages, most))
            found = [(("content",), f"with requireApprovals {most}: {text}") for _, text in stricter]
        yield from (((number, *place), text) for place, text in found)


def _within(entry: ReviewPolicy, stages: tuple[Stage, ...]) -> list[Found]:
    return [*_parts(entry, stages)] or [*_across_parts(entry, stages)]


def _parts(entry: ReviewPolicy, stages: tuple[Stage, ...]) -> Iterator[Found]:
    for position, stage in enumerate(stages):
        here: tuple[int | str, ...] = ("stages", position) if entry.stages else ()
        for part in stage.parts:
            place = (*here, "groups", part.group) if part.group else (*here, "quorum")
            if part.approvals_needed is None and not part.reviewers:
                yield place, "quorum all needs a list of reviewers; name them, or give a number"
            elif part.reviewers and _needed(part) > len(part.people):
                text = f"the quorum is {part.approvals_needed}, the number of reviewers {len(part.people)}"
                yield place, f"{text}; name more, or lower the quorum"


def _across_parts(entry: ReviewPolicy, stages: tuple[Stage, ...]) -> Iterator[Found]:
    place: tuple[int | str, ...] = ("stages",) if entry.stages else ("quorum",)
    parts = [part for stage in stages for part in stage.parts]
    needed = sum(map(_needed, parts))
    if needed > MOST_APPROVALS:
        yield place, f"{needed} approvals are needed in all; at most {MOST_APPROVALS} are possible; lower a quorum"
    elif not can_fill(Demand(_needed(part), part.people) for part in parts if part.reviewers):
        yield place, "there are too few people for all approvals: one person fills one place in a review; name more"
    else:
        yield from _exhaustible_parts(stages)


def _exhaustible_parts(stages: tuple[Stage, ...]) -> Iterator[Found]:
    """Yield the parts that would lack people if those who may decide in an earlier stage did so there."""
    for position, stage in enumerate(stages):
        earlier = [part for other in stages[:position] for part in other.parts]
        for part in stage.parts:
            may_be_gone = min(len(_shared(part, earlier)), sum(map(_needed, earlier)))
            if part.reviewers and len(part.people) - may_be_gone < _needed(part):
                text = (
                    f"{_needed(part)} of {len(part.people)} people must approve here, but {may_be_gone} of them may "
                    "have decided in an earlier stage, and one person counts once; name others, or lower the quorum"
                )
                yield ("stages", position), text


def _shared(part: Part, earlier: list[Part]) -> frozenset[str]:
    if any(not other.reviewers for other in earlier):
        return part.people
    return part.people & frozenset[str]().union(*(other.people for other in earlier))


def _needed(part: Part) -> int:
    return part.approvals_of(part.people)
