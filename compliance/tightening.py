"""More approvals where the content asks for them."""

from __future__ import annotations

from dataclasses import replace

from compliance.policy import Policy


def tightened(policy: Policy, approvals: int) -> Policy:
    """The policy with at least so many approvals in each part of the last stage. A part that needs all still does.

    The last stage, because it alone is part of every approval and is decided with all before it in view.
    """
    *before, last = policy.stages
    parts = tuple(
        part if part.approvals_needed is None else replace(part, approvals_needed=max(part.approvals_needed, approvals))
        for part in last.parts
    )
    return replace(policy, stages=(*before, replace(last, parts=parts)))
