"""The model's steps and rules in the product's types."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from compliance import policy as policy_rules
from compliance import rounds, transitions
from compliance.content import ContentFinding, Finding
from compliance.outcome import Outcome, ReviewState, Vote
from compliance.people.delegation import Delegation
from compliance.policy import Policy, Stage
from compliance.review import Decision, Head, RecordedDecision
from compliance.rulings import Ruling, Transition
from tests.builders import DEADLINE, ETAG, REQUESTED_AT, SHA256, document, policy, uninspected_review
from tests.model import steps
from tests.model.ledger_in_memory import Transact
from tests.model.review_model import Counted
from tests.model.steps import (
    SUBMITTER,
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Open,
    Remind,
    Rules,
    Step,
    Supersede,
    Vanish,
    Withdraw,
)

ESCALATED_AFTER = timedelta(hours=1)
PEOPLE = [f"{name}@example.org" for name in ("amy", "ben", "eve", "hal", "zoe")]


def part_of(part: steps.Part) -> policy_rules.Part:
    """Translate a part of a stage."""
    reviewers = tuple(PEOPLE[person] for person in sorted(part.people))
    return policy_rules.Part(reviewers, None if part.needed == "all" else part.needed)


def policy_of(rules: Rules) -> Policy:
    """Translate rules to a policy."""
    return policy(
        stages=tuple(Stage(str(number), tuple(map(part_of, parts))) for number, parts in enumerate(rules.stages)),
        reject_veto=rules.reject_veto,
        may_change_mind=rules.may_change_mind,
        separation_of_duties=rules.separation_of_duties,
        comment_required_on_reject=rules.comment_required_on_reject,
        escalation=policy_rules.Escalation(ESCALATED_AFTER, tuple(PEOPLE[each] for each in rules.escalates_to)),
    )


def decision_of(step: Decide) -> Decision:
    """Translate a decision message to what the trigger hands to the ledger."""
    body = step.body
    name = PEOPLE[body.person]
    return Decision(
        decision_id=f"decision-{body.decision_id}",
        vote=Vote.APPROVE if body.approves else Vote.REJECT,
        reviewer=name.upper() if body.spelling else name,
        digest=hashlib.sha256(repr(body).encode()).hexdigest(),
        message_id=f"message-{step.message}",
        enqueued_at=DEADLINE + timedelta(microseconds=step.after_deadline),
        comment="because" if body.comment else None,
        document_sha256={"unnamed": None, "right": SHA256, "wrong": "00" * 32}[body.version],
        etag=f'"{ETAG}"' if body.version == "right" else None,
    )


def recorded_of(counted: Counted) -> Decision:
    """Translate a decision that took effect to what the ledger records."""
    arrived = decision_of(counted.step)
    if counted.delegation is None:
        return arrived
    delegation = delegation_of(counted.delegation)
    return replace(
        arrived, on_behalf_of=delegation.by, delegated_from=delegation.starts, delegated_until=delegation.ends
    )


def delegation_of(delegation: steps.Delegation) -> Delegation:
    """Translate a delegation to the stored one."""
    starts, ends = (DEADLINE + timedelta(microseconds=moment) for moment in (delegation.starts, delegation.ends))
    return Delegation(PEOPLE[delegation.by].title(), PEOPLE[delegation.to], starts, ends, REQUESTED_AT)


def first_head(rules: Rules) -> Head:
    """Build the head with which the review is opened."""
    modifier = None if rules.modifier is None else PEOPLE[rules.modifier].upper()
    return uninspected_review(policy=policy_of(rules), submitter=PEOPLE[SUBMITTER], modifier=modifier)


def transact_under(rules: Rules) -> Transact:
    """Build the function that computes the product's transition for a step, as triggers and activities do."""
    first = first_head(rules)

    def transact(step: Step, head: Head | None, decisions: tuple[RecordedDecision, ...]) -> Ruling | Transition | None:
        match step:
            case Open():
                return None if head else transitions.open_review(first)
            case Decide():
                to_sender = [delegation_of(each) for each in rules.delegations if each.to == step.body.person]
                return transitions.record(head, decisions, decision_of(step), to_sender)
            case Withdraw():
                at = DEADLINE + timedelta(microseconds=step.after_deadline)
                return transitions.withdraw(head, PEOPLE[step.person], at, "too early")
        if head is None:
            return None
        match step:
            case Inspect():
                findings = (Finding(ContentFinding.TYPE_MISMATCH, "no PDF"),) if step.mismatch else ()
                return transitions.begin(head, document(), REQUESTED_AT, None, findings=findings)
            case Expire():
                return transitions.expire(head, DEADLINE)
            case Supersede():
                return transitions.supersede(head)
            case Vanish():
                return transitions.vanish(head)
            case Remind():
                return rounds.remind(head, step.number, REQUESTED_AT)
            case Escalate():
                return rounds.escalate(head, decisions, REQUESTED_AT + ESCALATED_AFTER)
            case Close():
                prevented = Outcome(step.prevented) if step.prevented else None
                if head.state is ReviewState.OPEN:
                    return None
                return transitions.close(head, DEADLINE, "somewhere", prevented)

    return transact
