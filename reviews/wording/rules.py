"""A policy's rules, in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from compliance.content import ContentFinding, ContentPolicy
from compliance.people.levels import Level
from compliance.policy import Part, Policy, Stage
from reviews.wording.words import people

_PROOFS: Final = {
    Level.SIGN_IN: "each decision comes from somebody who has signed in",
    Level.CODE: "each approval comes from somebody who has signed in and entered a code, all else needs the sign-in",
    Level.OWN_KEY: "each decision is signed with a key of its reviewer",
}


def rules(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield a policy's rules, each with its heading."""
    for stage in policy.stages:
        yield "Stage", f"{stage.name}: {stage_in_words(stage)}"
    if policy.separation_of_duties:
        yield "Not by", "the submitter or whoever changed the document last"
    ends = "one ends the review" if policy.reject_veto else "ends the review when approval can no longer be reached"
    yield "Rejections", ends + ("; each needs a comment" if policy.comment_required_on_reject else "")
    if policy.may_change_mind:
        yield "Minds", "may be changed while the stage is open; the last decision counts"
    yield "Time", time_in_words(policy)
    if policy.proof is not Level.NONE:
        yield "Proof", _PROOFS[policy.proof]
    if policy.submitter_proof is not Level.NONE:
        yield "Submitter", "must have signed in at the front door to submit a document and to withdraw it"
    if policy.statement:
        yield "Statement", policy.statement
    yield "Content", content_in_words(policy.content)
    yield "Documents", f"up to {policy.max_bytes:,} bytes; not approved: archived in the {policy.archive_tier} tier"


def stage_in_words(stage: Stage) -> str:
    """Return how many of which people must approve."""
    return " and ".join(map(_part, stage.parts))


def time_in_words(policy: Policy) -> str:
    """Return deadline, reminders and escalation."""
    calendar = policy.calendar
    unit = f"working hours ({calendar.time_zone})" if calendar else "hours"
    text = f"{_hours(policy.deadline)} {unit}"
    if policy.reminders:
        text += f"; reminders after {' and '.join(map(_hours, policy.reminders))}"
    if escalation := policy.escalation:
        text += f"; after {_hours(escalation.after)}, {people(escalation.to)} may decide, too"
        if escalation.extends_deadline:
            text += f", and there are {_hours(escalation.extends_deadline)} more"
    return text


def content_in_words(content: ContentPolicy) -> str:
    """Return what follows from the inspection of a document."""
    kinds = [kind for kind in ContentFinding if _can_be_found(kind, content)]
    text = f"refused for {', '.join(kind for kind in kinds if content.measure(kind).refuse) or 'nothing'}"
    for number in sorted({content.measure(kind).approvals for kind in kinds} - {0}):
        text += (
            f"; {number} approvals for {', '.join(kind for kind in kinds if content.measure(kind).approvals == number)}"
        )
    if content.allowed_types:
        text += f"; only {', '.join(content.allowed_types)}"
    if content.scan_timeout:
        text += f"; a malware scan is awaited for {content.scan_timeout / timedelta(minutes=1):g} minutes"
    return text


def _can_be_found(kind: ContentFinding, content: ContentPolicy) -> bool:
    match kind:
        case ContentFinding.TYPE_NOT_ALLOWED:
            return bool(content.allowed_types)
        case ContentFinding.MALWARE | ContentFinding.SCAN_MISSING:
            return content.scan_timeout is not None
    return True


def _part(part: Part) -> str:
    needed = "all" if part.approvals_needed is None else str(part.approvals_needed)
    if not part.reviewers:
        return f"{needed} from anyone who may send decisions"
    named = ", ".join(part.reviewers)
    return f"{needed} of {part.group}: {named}" if part.group else f"{needed} of {named}"


def _hours(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):g}"
