"""A review made once more from what its records hold, each transition by the very function that made it.

The policy is the one at the end throughout. It differs from the one at the beginning by more approvals, where the
inspection's findings ask for them, and by the people whom an escalation lets decide, of whom nobody has decided before.
Neither changes what the decisions before came to (`compliance.policy_changes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from compliance.delegation import Delegation
from compliance.ledger import begin, close, expire, open_review, record, restart, supersede, withdraw
from compliance.outcome import Outcome, Reason
from compliance.review import AuditEvent, Head, RecordedDecision, Ruling, Transition
from compliance.rounds import escalate, open_stage, remind
from compliance.verdict import count_decision, tally_of
from contracts.names import DEADLINE_MARGIN
from evidence.chain import DECISION, Json, link

_REFUSED_UNREAD: Final = (Reason.TOO_LARGE, Reason.UNREADABLE, Reason.INSPECTION_TIMEOUT)


class NotAllowedError(ValueError):
    """The rules do not allow the transition that a record names."""


class Replay:
    """One review. `last` is where it stood at the end, `said` its decisions by their numbers."""

    def __init__(self, last: Head, said: Mapping[int, RecordedDecision]) -> None:
        self._last = last
        self._said = said
        self._head: Head | None = None  # as the rules have it after the records so far
        self._counted: list[RecordedDecision] = []
        self._so_far = tally_of((), last.policy, last.barred)  # what they come to

    def made(self, content: Json) -> Transition:
        """Make the transition that the next record names.

        Raises NotAllowedError if the rules do not allow it at this point; ValueError or OverflowError if nothing of the
        kind happens to any review.
        """
        made = self._made(self._head, content)
        ruling = made if isinstance(made, Ruling) else None
        transition = ruling.transition if ruling else made
        if not isinstance(transition, Transition) or not transition.writes:
            why = ruling.explanation if ruling else None
            raise NotAllowedError(why or "nothing of the kind happens to a review that stands so")
        made = link(self._head, transition)
        self._head = made.head
        if made.decision:
            self._counted.append(made.decision)
            self._so_far = count_decision(self._so_far, made.decision.decision, made.head.policy, made.head.barred)
        return made

    def _made(self, head: Head | None, content: Json) -> Transition | Ruling | None:
        event, facts = AuditEvent(content["event"]), content["facts"]
        at = datetime.fromisoformat(content["at"]) if content.get("at") else None
        if head is None:
            return open_review(self._unopened(facts)) if event is AuditEvent.REVIEW_OPENED else None
        match event:
            case AuditEvent.REVIEW_OPENED:
                return None
            case AuditEvent.DECISION_RECORDED:
                return self._recorded(head, self._said[facts[DECISION]["seq"]])
            case AuditEvent.DOCUMENT_SUPERSEDED:
                return supersede(head)
            case AuditEvent.REVIEW_RESTARTED:
                return restart(head)
            case AuditEvent.REVIEW_CLOSED:
                return self._closed(head, Outcome(facts.get("outcome")), at)
            case _ if at:
                return self._made_at(head, event, content, at)
            case _:
                raise ValueError("it has no time")

    def _made_at(self, head: Head, event: AuditEvent, content: Json, at: datetime) -> Transition | Ruling | None:
        match event:
            case AuditEvent.DOCUMENT_INSPECTED:
                return self._begun(head, content["facts"].get("reason"), at)
            case AuditEvent.STAGE_OPENED:
                return open_stage(head, at)
            case AuditEvent.REVIEWERS_REMINDED:
                number = content["facts"].get("remindersSent")
                return remind(head, number, at) if isinstance(number, int) else None
            case AuditEvent.REVIEW_ESCALATED:
                due = head.schedule and head.schedule.escalation
                in_time = due and at >= due - DEADLINE_MARGIN  # durable timers may fire early
                return escalate(head, self._counted, at) if in_time else None
            case AuditEvent.DEADLINE_PASSED:
                return expire(head, at)
            case AuditEvent.REVIEW_WITHDRAWN:
                return self._withdrawn(head, content["who"], at, content.get("detail", ""))
            case _:
                return Transition.audited(head, event, at, content.get("who"), content.get("detail"))  # quarantine

    def _unopened(self, facts: Json) -> Head:
        """The review before its first record: what never changes, and the document as whoever announced it knew it."""
        last = self._last
        announced: Json = facts.get("document") or {}
        length, content_type = announced.get("length"), announced.get("contentType")
        return Head(
            review_id=last.review_id,
            document=replace(last.document, sha256=None, length=length, content_type=content_type),
            policy=last.policy,
            submitter=last.submitter,
            modifier=last.modifier,
            case_id=last.case_id,
            previous_review=last.previous_review,
        )

    def _begun(self, head: Head, reason: str | None, at: datetime) -> Transition:
        """Business time is believed: it depends on a calendar of holidays, which may be another one by now."""
        last = self._last
        refused = Reason(reason) if reason in _REFUSED_UNREAD else last.policy.content.refusal(last.findings)
        # An escalation may have put a number in the place of `all`, which the findings' number must not replace.
        findings = () if last.escalated else last.findings
        done = begin(head, last.document, at, refused, findings=findings)
        begun = replace(done.head, findings=last.findings)
        if last.policy.calendar and last.schedule:
            begun = replace(begun, schedule=last.schedule, deadline=last.schedule.deadline)
        return replace(done, head=begun)

    def _withdrawn(self, head: Head, by: str, at: datetime, why: str) -> Ruling | None:
        ruling = withdraw(head, by, at, why)
        if ruling is None:
            return None
        proven = replace(ruling.head, withdrawal_proof=self._last.withdrawal_proof)
        return replace(ruling, transition=replace(ruling.transition, head=proven))

    def _recorded(self, head: Head, row: RecordedDecision) -> Ruling | None:
        """A decision in another's place arrived without that other's name; the delegation had it count."""
        said = row.decision
        arrived = replace(said, on_behalf_of=None, delegated_from=None, delegated_until=None, delegation_proof=None)
        delegations: list[Delegation] = []
        keys = head.policy.verification_keys
        if said.on_behalf_of and said.delegated_from and said.delegated_until:
            delegations.append(
                Delegation(
                    by=said.on_behalf_of,
                    to=said.reviewer,
                    starts=said.delegated_from,
                    ends=said.delegated_until,
                    enqueued_at=said.delegated_from,
                    proof=said.delegation_proof,
                    key_sets=(keys,) if keys and said.delegation_proof else (),
                )
            )
        return record(head, self._counted, arrived, delegations, self._so_far)

    def _closed(self, head: Head, outcome: Outcome, at: datetime | None) -> Transition:
        last = self._last
        prevented = outcome if outcome in (Outcome.SUPERSEDED, Outcome.FAILED) else None
        reason = Reason(last.reason) if prevented and last.reason else None
        return close(head, at, last.location, prevented, reason)
