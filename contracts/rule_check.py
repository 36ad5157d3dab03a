"""Whether the rules lead to what an audit trail says: each transition is made once more, by the function that made it.

Each record tells what the review had changed to. From what came before it, the recorded inputs and the very rules of
`compliance` follows what it must have changed to. So a decision that may not count, a verdict without the decisions
for it, or one that comes too early, too late or not at all, shows even in a chain whose digests are right.

The policy is the one at the end throughout. It differs from the one at the beginning by more approvals, where the
inspection's findings ask for them, and by the people whom an escalation lets decide, of whom nobody has decided before.
Neither changes what the decisions before came to (`compliance.tightening`, `compliance.joining`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from compliance.delegation import Delegation
from compliance.ledger import begin, close, expire, open_review, record, restart, supersede, withdraw
from compliance.outcome import Outcome, Reason, outcome_of
from compliance.review import AuditEvent, Head, RecordedDecision, Transition
from compliance.rounds import escalate, open_stage, remind
from contracts.audit_chain import DECISION, Json, decision_in, link, record_content
from contracts.chain_check import Fault, Line, Wrong
from contracts.review_facts import head_in
from contracts.workflow import DEADLINE_MARGIN

_SETS_POLICY: Final = (AuditEvent.REVIEW_OPENED, AuditEvent.DOCUMENT_INSPECTED, AuditEvent.REVIEW_ESCALATED)
_REFUSED_UNREAD: Final = (Reason.TOO_LARGE, Reason.UNREADABLE, Reason.INSPECTION_TIMEOUT)
_MOST_SHOWN: Final = 100  # characters of a value that a record holds


def first_unsupported(head: Json, lines: Sequence[Line], decisions: Sequence[Json]) -> Fault | None:
    """The first record to which the rules do not lead, or None. Call it for records that commit to all the rest."""
    try:
        last = head_in(head)
        _need_zones(last.schedule and (last.schedule.last_deadline, last.schedule.escalation))
    except ValueError:  # pydantic's errors are such
        return Fault("the review's head", Wrong.EDITED, "it holds what no head can hold")
    said: dict[int, RecordedDecision] = {}
    for content in decisions:
        try:
            row = decision_in(content)
            _need_zones((row.decision.enqueued_at, row.decision.delegated_from, row.decision.delegated_until))
        except ValueError:
            return Fault(f"decision {content['seq']}", Wrong.EDITED, "it holds what no decision can hold")
        said[row.seq] = row
    return _Replay(last, said).first_fault(lines)


def _need_zones(moments: Sequence[datetime | None] | None) -> None:
    if any(moment and moment.tzinfo is None for moment in moments or ()):
        raise ValueError("a time without a zone")


class _Replay:
    """One review, made once more. `last` is where it stood at the end, `said` its decisions by their numbers."""

    def __init__(self, last: Head, said: Mapping[int, RecordedDecision]) -> None:
        self._last = last
        self._said = said
        self._counted: list[RecordedDecision] = []

    def first_fault(self, lines: Sequence[Line]) -> Fault | None:
        """Make one transition after the other; the first that does not come to what its record tells is the fault."""
        head: Head | None = None
        for number, line in enumerate(lines, start=1):
            committed = line.content["facts"].get(DECISION)
            where = f"decision {committed['seq']}, of record {number}" if committed else f"record {number}"
            try:
                transition = self._made(head, line.content)
            except (ValueError, OverflowError) as impossible:
                return Fault(where, Wrong.UNSUPPORTED, f"the rules know nothing of the kind: {impossible}")
            made = link(head, transition) if transition else None
            if made is None or made.audit is None:
                why = made.explanation if made else None
                text = f"the rules do not allow it: {why or 'nothing of the kind happens to a review that stands so'}"
                return Fault(where, Wrong.UNSUPPORTED, text)
            if told := ", ".join(_differences(line.content, record_content(made.head.review_id, made.audit))):
                return Fault(where, Wrong.UNSUPPORTED, f"the rules lead to {told}")
            head, self._counted = made.head, [*self._counted, *([made.decision] if made.decision else [])]
        return None

    def _made(self, head: Head | None, content: Json) -> Transition | None:
        """The transition that a record tells of, from the review as it was before. None: it cannot happen there.

        Raises ValueError, OverflowError for what never happens.
        """
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

    def _made_at(self, head: Head, event: AuditEvent, content: Json, at: datetime) -> Transition | None:
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
                done = withdraw(head, content["who"], at, content.get("detail", ""))
                return done and replace(done, head=replace(done.head, withdrawal_proof=self._last.withdrawal_proof))
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

    def _recorded(self, head: Head, row: RecordedDecision) -> Transition | None:
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
        return record(head, self._counted, arrived, delegations)

    def _closed(self, head: Head, outcome: Outcome, at: datetime | None) -> Transition:
        prevented = None if head.verdict and outcome is outcome_of(head.verdict) else outcome
        reason = Reason(self._last.reason) if prevented and self._last.reason else None
        return close(head, at, self._last.location, prevented, reason)


def _differences(stored: Json, made: Json) -> Iterator[str]:
    """What a record says otherwise than the one that the rules lead to."""
    recorded, expected = _told(stored), _told(made)
    for name in sorted(recorded.keys() | expected.keys()):
        found, right = (told.get(name, "unchanged") for told in (recorded, expected))
        if found != right:
            yield f"{name} {str(right)[:_MOST_SHOWN]} instead of {str(found)[:_MOST_SHOWN]}"


def _told(content: Json) -> dict[str, Any]:
    facts = {name: fact for name, fact in content["facts"].items() if name != "policy"}
    if content["event"] not in _SETS_POLICY and "policy" in content["facts"]:
        facts["policy"] = content["facts"]["policy"]
    return {name: content.get(name) for name in ("at", "who", "detail")} | facts
