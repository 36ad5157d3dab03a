"""The rules applied to a review again: each transition made from what its record holds, by the function that made it.

The policy is the last one throughout, except that reassigned places are given back at first. Otherwise it differs from
the first by the approvals that the inspection's findings added, and by the reviewers whom an escalation added, none of
whom had decided before. Neither changes what the decisions before came to (`compliance.policy_changes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from compliance.copies import Ending, be_replaced, ending_of, move_again, repair, replace_earlier
from compliance.document import DocumentVersion
from compliance.history import AuditEvent
from compliance.outcome import PREVENTING, Outcome, Reason
from compliance.people.delegation import Delegation
from compliance.people.reviewers import Revocation, end_right, reassign
from compliance.policy_changes import replace_reviewer
from compliance.retraction import finish_retraction, retract
from compliance.review import EndedRight, Head, Reassignment, RecordedDecision
from compliance.rounds import escalate, open_stage, remind
from compliance.rulings import Ruling, Transition
from compliance.transitions import begin, close, expire, note, open_review, record, restart, supersede, vanish, withdraw
from compliance.verdict import count_decision, tally_of
from contracts.blob_path import archive_path
from contracts.digest import text_digest
from contracts.names import DEADLINE_MARGIN, PUBLISHED
from contracts.proofs.attestation import claimed_level
from contracts.proofs.submission_attestation import submitted_sha256
from evidence.chain import DECISION, Json, link
from evidence.head_facts import snake_case

_ENDED_RIGHTS: Final = TypeAdapter(tuple[EndedRight, ...])
_REASSIGNMENTS: Final = TypeAdapter(tuple[Reassignment, ...])
_ENDING: Final = TypeAdapter(Ending)
_ENDING_FIELDS: Final = tuple(field.name for field in fields(Ending))
_DOCUMENT: Final = TypeAdapter(DocumentVersion)
_REFUSED_UNREAD: Final = (Reason.TOO_LARGE, Reason.UNREADABLE, Reason.INSPECTION_TIMEOUT)


class NotAllowedError(ValueError):
    """The rules do not allow the transition that a record names."""


class Rerun:
    """One review. `last` is its last head, `decisions` holds its decisions by number."""

    def __init__(self, last: Head, decisions: Mapping[int, RecordedDecision]) -> None:
        self._last = last
        self._decisions = decisions
        self._head: Head | None = None  # by the rules, after the records so far
        self._counted: list[RecordedDecision] = []
        self._policy = last.policy
        for change in reversed(last.reassignments):
            self._policy = replace_reviewer(self._policy, 0, change.replacement, change.replaced)
        self._tally = tally_of((), self._policy, last.barred)  # of the counted decisions

    def apply(self, content: Json) -> Transition:
        """Make the transition that the next record names, and its record.

        Raises NotAllowedError if the rules do not allow it at this point, ValueError or OverflowError if nothing of the
        kind happens to any review.
        """
        result = self._result(self._head, content)
        transition = result.transition if isinstance(result, Ruling) else result
        if transition is None or not transition.writes:
            why = result.explanation if isinstance(result, Ruling) else None
            raise NotAllowedError(why or "this cannot happen to a review in this state")
        transition = link(self._head, transition)
        self._head = head = transition.head
        if row := transition.decision:
            self._counted.append(row)
            self._tally = count_decision(self._tally, row.decision, head.policy, head.barred)
        elif content["event"] == AuditEvent.PLACE_REASSIGNED:
            self._tally = tally_of(self._counted, head.policy, head.barred)
        return transition

    def _result(self, head: Head | None, content: Json) -> Transition | Ruling | None:
        event, facts = AuditEvent(content["event"]), content["facts"]
        at = datetime.fromisoformat(content["at"]) if content.get("at") else None
        if head is None:
            return open_review(self._head_to_open(facts)) if event is AuditEvent.REVIEW_OPENED else None
        match event:
            case AuditEvent.REVIEW_OPENED:
                return None
            case AuditEvent.DECISION_RECORDED:
                return self._record(head, self._decisions[facts[DECISION]["seq"]])
            case AuditEvent.DOCUMENT_SUPERSEDED:
                return supersede(head)
            case AuditEvent.DOCUMENT_GONE:
                return vanish(head)
            case AuditEvent.REVIEW_RESTARTED:
                return restart(head)
            case AuditEvent.DOCUMENT_RETRACTED:
                return finish_retraction(head, self._last.location, content["facts"].get("copyEtag", head.copy_etag))
            case AuditEvent.REVIEW_CLOSED:
                return self._close(head, facts, at)
            case _ if at:
                return self._timed_result(head, event, content, at)
            case _:
                return self._result_of_copy(head, event, content)

    def _result_of_copy(self, head: Head, event: AuditEvent, content: Json) -> Transition:
        match event:
            case AuditEvent.EARLIER_VERSION_REPLACED:
                return replace_earlier(head, content["detail"])
            case AuditEvent.VERSION_REPLACED:
                return be_replaced(head, content["detail"], content["facts"].get("copyEtag", head.copy_etag))
            case AuditEvent.DOCUMENT_MOVED_AGAIN:
                return move_again(head, content["facts"].get("copyEtag"))
            case _:
                raise ValueError("it has no time")

    def _timed_result(self, head: Head, event: AuditEvent, content: Json, at: datetime) -> Transition | Ruling | None:
        match event:
            case AuditEvent.DOCUMENT_INSPECTED:
                return self._begin(head, content["facts"].get("reason"), at)
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
            case AuditEvent.REVIEW_REPAIRED:
                return self._repair(head, content, at)
            case AuditEvent.REVIEW_WITHDRAWN:
                return self._withdraw(head, content["who"], at, content.get("detail", ""))
            case AuditEvent.RETRACTION_REQUESTED:
                return self._retract(head, content["who"], at, content.get("detail", ""))
            case AuditEvent.RIGHT_ENDED:
                *_, right = _ENDED_RIGHTS.validate_python(snake_case(content["facts"].get("endedRights")))
                if right.starts.tzinfo is None or (right.ends and right.ends.tzinfo is None):
                    raise ValueError("it has a time without a zone")
                return end_right(head, Revocation(right, content["who"], at), at)
            case AuditEvent.PLACE_REASSIGNED:
                *_, change = _REASSIGNMENTS.validate_python(snake_case(content["facts"].get("reassignments")))
                return reassign(head, self._counted, change, at, content["who"])
            case _:
                return note(head, event, at, content.get("who"), content.get("detail"))

    def _head_to_open(self, facts: Json) -> Head:
        """Return the head with which the review was opened: fields that never change, and the document as announced."""
        last = self._last
        announced: Json = facts.get("document") or {}
        length, content_type = announced.get("length"), announced.get("contentType")
        return Head(
            review_id=last.review_id,
            document=replace(last.document, sha256=None, length=length, content_type=content_type),
            policy=self._policy,
            submitter=last.submitter,
            modifier=last.modifier,
            submitted_at=last.submitted_at,
            earlier_submitters=last.earlier_submitters,
            earlier_modifiers=last.earlier_modifiers,
            case_id=last.case_id,
            previous_review=last.previous_review,
            submission_proof=last.submission_proof,
        )

    def _begin(self, head: Head, reason: str | None, at: datetime) -> Transition:
        """Begin the review. Business time is taken as recorded: the calendar of holidays may have changed since."""
        last = self._last
        if reason in _REFUSED_UNREAD:
            refused = Reason(reason)
        elif submitted_sha256(last.submission_proof) not in (None, last.document.sha256):
            refused = Reason.NOT_AS_SUBMITTED
        else:
            refused = last.policy.content.refusal(last.findings)
        # An escalation may have replaced `all` by a number, which the findings' number must not replace.
        findings = () if last.escalated else last.findings
        transition = begin(head, last.document, at, refused, findings=findings)
        begun = replace(transition.head, findings=last.findings)
        if last.policy.calendar and last.schedule:
            begun = replace(begun, schedule=last.schedule, deadline=last.schedule.deadline)
        return replace(transition, head=begun)

    def _record(self, head: Head, row: RecordedDecision) -> Ruling | None:
        """Record a decision as it arrived: what a delegation or a binding added to it is taken away first."""
        decision = row.decision
        arrived = replace(
            decision,
            known_as=None,
            on_behalf_of=None,
            delegated_from=None,
            delegated_until=None,
            delegation_proof=None,
        )
        delegations: list[Delegation] = []
        keys = head.policy.verification_keys
        if decision.on_behalf_of and decision.delegated_from and decision.delegated_until:
            delegations.append(
                Delegation(
                    by=decision.on_behalf_of,
                    to=decision.known_as or decision.reviewer,
                    starts=decision.delegated_from,
                    ends=decision.delegated_until,
                    enqueued_at=decision.delegated_from,
                    proof=decision.delegation_proof,
                    level=claimed_level(decision.delegation_proof),
                    key_sets=(keys,) if keys and decision.delegation_proof else (),
                )
            )
        names = (decision.known_as,) if decision.known_as else ()
        return record(head, self._counted, arrived, delegations, self._tally, other_names=names)

    def _withdraw(self, head: Head, by: str, at: datetime, why: str) -> Ruling | None:
        ruling = withdraw(head, by, at, why)
        if ruling is None:
            return None
        proven = replace(ruling.head, withdrawal_proof=self._last.withdrawal_proof)
        return replace(ruling, transition=replace(ruling.transition, head=proven))

    def _retract(self, head: Head, by: str, at: datetime, why: str) -> Ruling | None:
        ruling = retract(head, by, at, why)
        if ruling is None:
            return None
        proven = replace(ruling.head, retraction_proof=self._last.retraction_proof)
        return replace(ruling, transition=replace(ruling.transition, head=proven))

    def _close(self, head: Head, facts: Json, at: datetime | None) -> Transition:
        outcome = Outcome(facts.get("outcome"))
        prevented = outcome if outcome in PREVENTING else None
        text = facts.get("reason", head.reason) if prevented is Outcome.FAILED else None
        reason = Reason(text) if text else None
        return close(head, at, self._location(facts, head), prevented, reason, copy_etag=facts.get("copyEtag"))

    def _repair(self, head: Head, content: Json, at: datetime) -> Transition:
        """Repair the review as the record says: what a person has found in storage follows from no rule."""
        facts: Json = content["facts"]
        ending = {**_ENDING.dump_python(ending_of(head)), **snake_case(facts)}
        document = {**_DOCUMENT.dump_python(head.document), **snake_case(facts.get("document") or {})}
        known = {name: ending[name] for name in _ENDING_FIELDS} | {"document": document}
        known["location"] = self._location(facts, head)
        known["copy_lost"] = bool(known["copy_lost"])
        return repair(head, _ENDING.validate_python(known), at, content["who"], content["detail"])

    def _location(self, facts: Json, head: Head) -> str | None:
        """Return the location after a record, which holds only its digest. Raises NotAllowedError for no such place."""
        if "locationSha256" not in facts:
            return head.location
        document = self._last.document
        places = (f"{document.container}/{document.name}", f"{PUBLISHED}/{document.name}")
        archived = str(archive_path(head.review_id, document.name))
        for place in (None, self._last.location, archived, *places):
            if (text_digest(place) if place else None) == facts["locationSha256"]:
                return place
        raise NotAllowedError("no document can be moved there")
