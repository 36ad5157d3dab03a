"""A policy's rules, as JSON."""

from __future__ import annotations

from datetime import timedelta

from cli.json_output import JsonOutput
from compliance.people.levels import Level
from compliance.policy import Part, Policy


class PartJson(JsonOutput):
    """Some reviewers of a stage; empty if anyone may decide who may send decisions."""

    group: str | None
    reviewers: tuple[str, ...]
    approvals_needed: int | None  # null: all of them who may decide


class StageJson(JsonOutput):
    """A stage; it is done when each part has its approvals."""

    name: str
    parts: tuple[PartJson, ...]


class RulesJson(JsonOutput):
    """The rules of a policy."""

    stages: tuple[StageJson, ...]
    reject_veto: bool
    may_change_mind: bool
    separation_of_duties: bool
    comment_required_on_reject: bool
    deadline_hours: float
    archive_tier: str
    max_bytes: int
    proof: Level
    submitter_proof: Level


def rules_json(policy: Policy) -> RulesJson:
    """Return a policy's rules as `show --json` prints them."""
    return RulesJson(
        stages=tuple(StageJson(name=stage.name, parts=tuple(map(_part_json, stage.parts))) for stage in policy.stages),
        reject_veto=policy.reject_veto,
        may_change_mind=policy.may_change_mind,
        separation_of_duties=policy.separation_of_duties,
        comment_required_on_reject=policy.comment_required_on_reject,
        deadline_hours=policy.deadline / timedelta(hours=1),
        archive_tier=policy.archive_tier,
        max_bytes=policy.max_bytes,
        proof=policy.proof,
        submitter_proof=policy.submitter_proof,
    )


def _part_json(part: Part) -> PartJson:
    return PartJson(group=part.group, reviewers=part.reviewers, approvals_needed=part.approvals_needed)
