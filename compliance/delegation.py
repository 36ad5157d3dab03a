"""Deciding in the place of somebody who is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from compliance.identity import identity_of
from compliance.outcome import Answer, Reason, Verdict
from compliance.refusal import Refusal, refusal_of
from compliance.review import Decision, Head
from compliance.verdict import Progress, advanced

LONGEST: Final = timedelta(days=366)  # who is away for longer says so again


@dataclass(frozen=True, slots=True)
class Delegation:
    """Between two moments, both included, `to` may decide where `by` may, in any review."""

    by: str
    to: str
    starts: datetime
    ends: datetime
    enqueued_at: datetime  # when the broker took it; the later of two of the same pair counts
    proof: str | None = None  # compact JWS of `by`
    key_sets: tuple[str, ...] = ()  # those of the policies by which the proof was right when it was taken in


def not_replacing(stored: Delegation | None, new: Delegation) -> Refusal | None:
    """Why a delegation does not take the place of the one of the same pair that is stored, or None."""
    if stored is None:
        return None
    if stored.enqueued_at > new.enqueued_at:
        return Refusal(Answer.LATE, f"a later delegation of {new.by} to {new.to} counts; send it again if it is right")
    if stored.key_sets and not new.key_sets:
        text = f"the delegation of {new.by} to {new.to} that counts was signed; sign the one that is to replace it"
        return Refusal(Answer.PROOF_MISSING, text)
    return None


def in_place_of_another(
    head: Head,
    progress: Progress,
    decision: Decision,
    delegations: Iterable[Delegation],
) -> Decision | Refusal | None:
    """The decision of somebody who is no reviewer of the open stage as that of a reviewer who has delegated.

    It is the decision of the one replaced: their place, their one vote. Neither of the two can fill another place, and
    there are no chains: who decides in somebody's place cannot hand that on. Of several delegations the first that lets
    the decision count is taken, by the names of those who have delegated; of refusals one that says to come again in a
    later stage. None: no delegation is in force.
    """
    if head.policy.stages[progress.stage].admits(identity_of(decision.reviewer)):
        return None
    refusals: list[Refusal] = []
    for delegation in sorted(delegations, key=lambda each: identity_of(each.by)):
        if not delegation.starts <= decision.enqueued_at <= delegation.ends:
            continue
        replaced = replace(
            decision,
            on_behalf_of=delegation.by,
            delegated_from=delegation.starts,
            delegated_until=delegation.ends,
            delegation_proof=delegation.proof if head.policy.verification_keys in delegation.key_sets else None,
        )
        refusal = _refusal(head, progress, replaced, delegation)
        if refusal is None:
            return replaced
        refusals.append(Refusal(refusal.answer, f"in the place of {delegation.by}: {refusal.text}"))
    later = (refusal for refusal in refusals if refusal.answer is Answer.STAGE_NOT_OPEN)
    return next(later, refusals[0] if refusals else None)


def _refusal(head: Head, progress: Progress, decision: Decision, delegation: Delegation) -> Refusal | None:
    if refusal := refusal_of(head, progress, decision):
        return refusal
    if head.policy.require_proof and head.policy.verification_keys not in delegation.key_sets:
        text = f"the delegation is not signed with a key of this document class; {delegation.by} sends it again, signed"
        return Refusal(Answer.PROOF_MISSING, text)
    if needed := _taken_from_later(head, progress, decision, delegation.by):
        text = f"{needed} is needed in a later stage, and one person counts once; ask another reviewer or delegate"
        return Refusal(Answer.STAGE_NOT_OPEN, text)
    return None


def _taken_from_later(head: Head, progress: Progress, decision: Decision, replaced: str) -> str | None:
    """Without whom a later stage could not be approved: the delegate; or, of an approval, the one replaced.

    A rejection that puts approval out of reach as the replaced one's own would do so takes nobody away.
    """
    if not _puts_out_of_reach(head, progress, decision):
        return None
    if not _puts_out_of_reach(head, progress, replace(decision, reviewer=replaced, on_behalf_of=None)):
        return decision.reviewer
    return replaced if decision.verdict is Verdict.APPROVE else None


def _puts_out_of_reach(head: Head, progress: Progress, decision: Decision) -> bool:
    after = advanced(progress, decision, head.policy, head.barred)
    return after.reason is Reason.APPROVAL_UNREACHABLE
