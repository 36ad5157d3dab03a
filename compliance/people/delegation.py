"""Decisions in the place of somebody who is away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from compliance.outcome import Answer, Reason, Vote
from compliance.people.identity import person_key, same_person
from compliance.people.levels import Level
from compliance.policy import Policy
from compliance.refusal import Refusal, refusal_of
from compliance.review import Decision, Head
from compliance.verdict import Tally, count_decision

LONGEST: Final = timedelta(days=366)  # a longer absence needs a second delegation
# How long the app itself tries a message again: a decision that was in time then still counts after the end.
RETRIES: Final = timedelta(seconds=3072)
# To one person without a proof, and as many with one: each decision of a delegate reads them all.
MOST_TO_ONE_PERSON: Final = 100
# For so long after its end one is kept: nobody can send again what it has replaced.
KEPT: Final = timedelta(days=16)


@dataclass(frozen=True, slots=True)
class Delegation:
    """The right of `to` to decide in any review in which `by` may, from `starts` to `ends`, both included."""

    by: str
    to: str
    starts: datetime
    ends: datetime
    enqueued_at: datetime  # the broker's time; of two delegations of one pair the later counts
    proof: str | None = None  # compact JWS of `by`
    level: Level = Level.NONE  # of the proof, when it arrived
    key_sets: tuple[str, ...] = ()  # the policies' key sets that verified a proof with a key of `by`
    signed_at: datetime | None = None  # by the signer's clock; None without a proof
    cut_short: bool = False  # it ends earlier than one that it replaces

    def covers(self, decision: Decision) -> bool:
        """Return whether it was in force when this decision was sent.

        That is the word of whoever sent it, so the broker's own time must not be after the end, except by the app's
        retries. A delegation that was taken back allows for none.
        """
        received_until = self.ends if self.cut_short else self.ends + RETRIES
        return self.starts <= decision.enqueued_at <= self.ends and decision.received_at <= received_until

    def level_in(self, policy: Policy) -> Level:
        """Return its level in a document class, where a signature counts only if the keys of the class verified it."""
        is_unverified = self.level is Level.OWN_KEY and policy.verification_keys not in self.key_sets
        return Level.NONE if is_unverified else self.level


def replacement_refusal(stored: Delegation | None, new: Delegation) -> Refusal | None:
    """Say why a new delegation cannot replace the stored one of the same pair. None if it can."""
    if stored is None:
        return None
    if stored.enqueued_at > new.enqueued_at:
        return Refusal(Answer.LATE, f"a later delegation of {new.by} to {new.to} counts; send it again if it is right")
    if not new.level.reaches(stored.level):
        text = (
            f"the delegation of {new.by} to {new.to} that counts has a proof of the level {stored.level}; "
            "the one that replaces it needs the same level or a higher one"
        )
        return Refusal(Answer.PROOF_MISSING, text)
    if _is_older(new, stored):
        text = f"a delegation of {new.by} to {new.to} that was signed later counts; sign again what is right"
        return Refusal(Answer.LATE, text)
    return None


def _is_older(new: Delegation, stored: Delegation) -> bool:
    """Return whether a signature is older, so that somebody has sent its message again.

    Signatures have whole seconds: of two in one second the longer delegation is taken for the older one.
    """
    if new.signed_at is None or stored.signed_at is None:
        return False
    return (new.signed_at, -new.ends.timestamp()) < (stored.signed_at, -stored.ends.timestamp())


def replace_stored(stored: Delegation | None, new: Delegation) -> Delegation:
    """Return the new delegation of a pair; if it ends earlier than the stored one, it has cut that one short."""
    earlier_end = stored is not None and new.ends < stored.ends
    still_cut_short = stored is not None and stored.cut_short and new.ends == stored.ends
    return replace(new, cut_short=earlier_end or still_cut_short)


def delegated_decision(
    head: Head,
    tally: Tally,
    decision: Decision,
    delegations: Iterable[Delegation],
) -> Decision | Refusal | None:
    """Turn the decision of somebody who is no reviewer of the open stage into that of a reviewer who has delegated.

    It fills the place of the person replaced and is their one vote. Neither of the two can fill another place, and a
    delegate cannot delegate further. If several people have delegated, the first by name counts for whom the decision
    can count. If it can count for nobody, a refusal that says to come again in a later stage is returned first.
    None if no delegation is in force.
    """
    if head.policy.stages[tally.stage].admits(decision.sender):
        return None
    refusals: list[Refusal] = []
    for delegation in sorted(delegations, key=lambda each: person_key(each.by)):
        if not delegation.covers(decision):
            continue
        replaced = replace(
            decision,
            on_behalf_of=delegation.by,
            delegated_from=delegation.starts,
            delegated_until=delegation.ends,
            delegation_proof=delegation.proof if delegation.level_in(head.policy) is not Level.NONE else None,
        )
        refusal = _refusal(head, tally, replaced, delegation)
        if refusal is None:
            return replace(replaced, known_as=_other_name(delegation.to, decision.reviewer))
        refusals.append(Refusal(refusal.answer, f"in the place of {delegation.by}: {refusal.text}"))
    later = (refusal for refusal in refusals if refusal.answer is Answer.STAGE_NOT_OPEN)
    return next(later, refusals[0] if refusals else None)


def _other_name(delegate: str, reviewer: str) -> str | None:
    return None if same_person(delegate, reviewer) else delegate


def _refusal(head: Head, tally: Tally, decision: Decision, delegation: Delegation) -> Refusal | None:
    if refusal := refusal_of(head, tally, decision):
        return refusal
    if not delegation.level_in(head.policy).reaches(head.policy.proof):
        text = (
            f"the delegation has no proof of the level {head.policy.proof}, which this document class needs; "
            f"{delegation.by} sends it again with one"
        )
        return Refusal(Answer.PROOF_MISSING, text)
    if needed := _needed_later(head, tally, decision, delegation.by):
        text = f"{needed} is needed in a later stage, and one person counts once; ask another reviewer or delegate"
        return Refusal(Answer.STAGE_NOT_OPEN, text)
    return None


def _needed_later(head: Head, tally: Tally, decision: Decision, replaced: str) -> str | None:
    """Return the person whom this decision would take from a later stage that needs them.

    That is the delegate or, for an approval, the person replaced. None if the decision takes nobody: a rejection that
    would put approval out of reach even if the person replaced gave it themselves is fine.
    """
    if not _puts_approval_out_of_reach(head, tally, decision):
        return None
    own = replace(decision, reviewer=replaced, known_as=None, on_behalf_of=None)
    if not _puts_approval_out_of_reach(head, tally, own):
        return decision.reviewer
    return replaced if decision.vote is Vote.APPROVE else None


def _puts_approval_out_of_reach(head: Head, tally: Tally, decision: Decision) -> bool:
    after = count_decision(tally, decision, head.policy, head.barred)
    return after.reason is Reason.APPROVAL_UNREACHABLE
