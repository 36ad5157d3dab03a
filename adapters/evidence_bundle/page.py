"""The page of a bundle of evidence, for people. Strangers' text is escaped in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

from compliance.outcome import Outcome, Reason, Vote
from contracts.plain_text import escape_invisible
from contracts.proofs.attestation import claim_in_words
from evidence.bundle import MOST_BYTES
from evidence.checks import Evidence
from evidence.past_state import state_after

_TEMPLATE: Final = "evidence.html.j2"
# How many characters of a text a page shows, the next if it is too large for a bundle: all, then ever fewer.
_SHOWN: Final = (None, 1000, 80)
_ROWS_OF_A_BLOCK: Final = 200  # a block of JSON is shown as long as so many texts


def page_of(evidence: Evidence, most_bytes: int = MOST_BYTES) -> str:
    """Render the page; the same evidence gives the same page.

    If the page would be too large for a bundle, texts are cut off and it says so; the files beside it hold everything.
    Raises ValueError if there is no record, or if even the shortest page is too large.
    """
    state = state_after(evidence.records, len(evidence.records))
    if state is None:
        raise ValueError(f"there is no record of review {evidence.review_id}")
    for shown in _SHOWN:
        page = (
            _environment(shown)
            .get_template(_TEMPLATE)
            .render(evidence=evidence, state=state, shown=shown, sentence=_sentence(evidence))
        )
        if len(page.encode()) <= most_bytes:
            return page
    raise ValueError(f"the page of review {evidence.review_id} is too large for a bundle")


def _environment(shown: int | None) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Escapes invisible characters, such as those that reverse the direction of the text after them.
    environment.filters["escape_invisible"] = lambda text: escape_invisible(_cut(str(text), shown), keep_lines=True)
    environment.filters["pretty"] = lambda value: _cut(_pretty(value), shown and shown * _ROWS_OF_A_BLOCK)
    environment.filters["moment"] = _moment
    environment.filters["in_words"] = claim_in_words
    return environment


def _sentence(evidence: Evidence) -> str:
    """Return how the review ended, by whom, when and under which policy."""
    head, policy = evidence.head, evidence.head["policy"]
    name, under = head["document"]["name"], f"under the policy {policy['documentClass']}, version {policy['version']}"
    on = f" on {_moment(head['closedAt'])}" if head.get("closedAt") else ""
    match head.get("outcome"):
        case None:
            stage = (
                f"is decided ({head['verdict']}) and about to be moved" if head.get("verdict") else "is under review"
            )
            return f"{name} {stage}, {under}."
        case Outcome.APPROVED:
            by, moved = _by(evidence, Vote.APPROVE), f"published as {head['location']}{on}"
            return f"{name} was approved{by}, {under}, and {moved}.{_taken_back(head)}"
        case Outcome.REJECTED if head.get("reason") == Reason.CHANGES_REQUESTED:
            by = _by(evidence, Vote.REQUEST_CHANGES)
            return f"Changes to {name} were requested{by}, {under}; it was archived{on}."
        case Outcome.REJECTED:
            return f"{name} was rejected{_by(evidence, Vote.REJECT)}, {under}, and archived{on}."
        case Outcome.EXPIRED:
            return f"{name} was not approved in time, {under}; its review expired{on}."
        case outcome:
            return f"The review of {name}, {under}, ended{on}: {outcome}."


def _taken_back(head: Mapping[str, Any]) -> str:
    retraction = head.get("retraction")
    return f" {retraction['by']} had it taken back on {_moment(retraction['at'])}." if retraction else ""


def _by(evidence: Evidence, vote: Vote) -> str:
    """Return who decided so, each with the person in whose place, such as ` by ann and zoe for ben`."""
    who = [
        " for ".join(filter(None, (decision["reviewer"], decision.get("onBehalfOf"))))
        for decision in evidence.decisions
        if decision["verdict"] == vote
    ]
    return f" by {' and '.join(who)}" if who else " without a decision of a reviewer"


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[:most] + " ..."


def _moment(text: str) -> str:
    """Write a time as `compliance show` does; the files beside the page have it to the last digit.

    Keeps a text that is no time: a due time in business time is not checked by the rules, so it may be anything.
    """
    try:
        at = datetime.fromisoformat(text)
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
