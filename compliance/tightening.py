"""More approvals where the content asks for them."""

from __future__ import annotations

from dataclasses import replace

from compliance.policy import Policy, Stage


def tightened(policy: Policy, approvals: int) -> Policy:
    """The policy with at least so many approvals in each part of its last stage."""
    return replace(policy, stages=tightened_stages(policy.stages, approvals))


def tightened_stages(stages: tuple[Stage, ...], approvals: int) -> tuple[Stage, ...]:
    """The stages with at least so many approvals in each part of the last one; a part that needs all still does.

    The last one, because it is decided with all before it in view.
    """
    *before, last = stages
    parts = (
        part if part.approvals_needed is None else replace(part, approvals_needed=max(part.approvals_needed, approvals))
        for part in last.parts
    )
    return (*before, replace(last, parts=tuple(parts)))
