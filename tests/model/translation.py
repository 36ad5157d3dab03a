"""The model's steps and rules as the product writes them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from compliance import ledger, outcome, rounds
from compliance import policy as policy_rules
from compliance.content import ContentFinding, Finding
from compliance.delegation import Delegation
from compliance.outcome import Outcome, ReviewState
from compliance.policy import Policy, Stage
from compliance.review import Decision, Head, RecordedDecision, Ruling, Transition
from tests.builders import DEADLINE, ETAG, REQUESTED_AT, SHA256, document, policy, uninspected_review
from tests.model import review_model as model
from tests.model.ledger_in_memory import Transact
from tests.model.review_model import (
    Away,
    Close,
    Decide,
    Escalate,
    Expire,
    Inspect,
    Open,
    Part,
    Remind,
    Rules,
    Step,
    Supersede,
    Vote,
    Withdraw,
)

ESCALATED_AFTER = timedelta(hours=1)
PEOPLE = [f"{name}@example.org" for name in ("amy", "ben", "eve", "hal", "zoe")]


def part_of(stated: Part) -> policy_rules.Part:
    """The model's part of a stage as the product writes it."""
    reviewers = tuple(PEOPLE[person] for person in sorted(stated.people))
    return policy_rules.Part(reviewers, None if stated.needed == "all" else stated.needed)


def policy_of(stated: Rules) -> Policy:
    """The model's rules as the product writes them."""
    return policy(
        stages=tuple(Stage(str(number), tuple(map(part_of, parts))) for number, parts in enumerate(stated.stages)),
        reject_veto=stated.reject_veto,
        may_change_mind=stated.may_change_mind,
        separation_of_duties=stated.separation_of_duties,
        comment_required_on_reject=stated.comment_required_on_reject,
        escalation=policy_rules.Escalation(ESCALATED_AFTER, tuple(PEOPLE[each] for each in stated.escalates_to)),
    )


def decision_of(step: Decide) -> Decision:
    """The model's message as the trigger hands it to the ledger."""
    words = step.said
    name = PEOPLE[words.person]
    return Decision(
        decision_id=f"decision-{words.decision_id}",
        vote=outcome.Vote.APPROVE if words.approves else outcome.Vote.REJECT,
        reviewer=name.upper() if words.spelling else name,
        digest=hashlib.sha256(repr(words).encode()).hexdigest(),
        message_id=f"message-{step.message}",
        enqueued_at=DEADLINE + timedelta(microseconds=step.after_deadline),
        comment="because" if words.comment else None,
        document_sha256={"unnamed": None, "right": SHA256, "wrong": "00" * 32}[words.version],
        etag=f'"{ETAG}"' if words.version == "right" else None,
    )


def recorded_of(vote: Vote) -> Decision:
    """The model's decision as the ledger keeps it."""
    arrived = decision_of(vote.step)
    if vote.away is None:
        return arrived
    given = delegation_of(vote.away)
    return replace(arrived, on_behalf_of=given.by, delegated_from=given.starts, delegated_until=given.ends)


def delegation_of(away: Away) -> Delegation:
    """The model's delegation as it is stored."""
    starts, ends = (DEADLINE + timedelta(microseconds=moment) for moment in (away.starts, away.ends))
    return Delegation(PEOPLE[away.by].title(), PEOPLE[away.to], starts, ends, REQUESTED_AT)


def first_head(stated: Rules) -> Head:
    """The review as it is opened."""
    modifier = None if stated.modifier is None else PEOPLE[stated.modifier].upper()
    return uninspected_review(policy=policy_of(stated), submitter=PEOPLE[model.SUBMITTER], modifier=modifier)


def transact_under(stated: Rules) -> Transact:
    """The product's transitions, asked as triggers and activities ask for them."""
    first = first_head(stated)

    def transact(step: Step, head: Head | None, decisions: tuple[RecordedDecision, ...]) -> Ruling | Transition | None:
        match step:
            case Open():
                return None if head else ledger.open_review(first)
            case Decide():
                to_sender = [delegation_of(each) for each in stated.delegations if each.to == step.said.person]
                return ledger.record(head, decisions, decision_of(step), to_sender)
            case Withdraw():
                at = DEADLINE + timedelta(microseconds=step.after_deadline)
                return ledger.withdraw(head, PEOPLE[step.person], at, "too early")
        if head is None:
            return None
        match step:
            case Inspect():
                findings = (Finding(ContentFinding.TYPE_MISMATCH, "no PDF"),) if step.mismatch else ()
                return ledger.begin(head, document(), REQUESTED_AT, None, findings=findings)
            case Expire():
                return ledger.expire(head, DEADLINE)
            case Supersede():
                return ledger.supersede(head)
            case Remind():
                return rounds.remind(head, step.number, REQUESTED_AT)
            case Escalate():
                return rounds.escalate(head, decisions, REQUESTED_AT + ESCALATED_AFTER)
            case Close():
                prevented = Outcome(step.prevented) if step.prevented else None
                return None if head.state is ReviewState.OPEN else ledger.close(head, DEADLINE, "somewhere", prevented)

    return transact
