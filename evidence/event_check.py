"""Checks that a completion event says what was recorded, and which of its members no record can confirm."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from contracts.messages.events import MOST_LISTED, REVIEW_COMPLETED
from evidence.chain import Json
from evidence.chain_check import Fault, FaultKind

EVENT: Final = "the completion event"
_IN_EVERY_EVENT: Final = ("outcome", "reason", "location", "previousReview", "decisions")  # as null if it has none
_OF_THE_HEAD: Final = ("outcome", "reason", "location", "previousReview", "requestedAt", "deadline", "closedAt")
_OF_THE_DOCUMENT: Final = ("container", "name", "etag", "sha256", "length")
_OF_THE_POLICY: Final = ("documentClass", "version", "sha256")
_OF_A_DECISION: Final = ("decisionId", "reviewer", "onBehalfOf", "enqueuedAt")
_ENVELOPE: Final = frozenset({"id", "type", "data"})
_ANCHOR: Final = frozenset({"auditRecords", "auditDigest"})  # `evidence.checks.anchors` compares them with the chain

_Path = tuple[str | int, ...]
_LENGTH: Final = -1  # the last step of a path to the length of a list


def event_fault(event: Json, head: Json, decisions: Sequence[Json]) -> Fault | None:
    """Find the first thing that the event says otherwise than the records."""
    if fault := event_identity_fault(event, head):
        return fault
    recorded, announced = dict(_leaves(_recorded(head, decisions))), dict(_leaves(event["data"]))
    absent = json.dumps(None)
    for path, value in recorded.items():
        if (path in announced or path[0] in _IN_EVERY_EVENT) and announced.get(path, absent) != value:
            return Fault(EVENT, FaultKind.EDITED, f"its {path[0]} is not what the records say")
    return None


def event_identity_fault(event: Json, head: Json) -> Fault | None:
    """Find whether it is not this review's completion event."""
    if event["id"] != head["reviewId"] or event["type"] != REVIEW_COMPLETED:
        return Fault(EVENT, FaultKind.FOREIGN, "it is another review's")
    return None


def unconfirmed_members(event: Json, head: Json, decisions: Sequence[Json]) -> list[str]:
    """List the members of the event, in order, of which the records say nothing."""
    recorded = dict(_leaves(_recorded(head, decisions)))
    data = {name: value for name, value in event["data"].items() if name not in _ANCHOR}
    inside = [".".join(map(str, ("data", *path))) for path, _ in _leaves(data) if path not in recorded]
    return sorted([*(event.keys() - _ENVELOPE), *inside])


def _recorded(head: Json, decisions: Sequence[Json]) -> Json:
    document, policy = head["document"], head["policy"]
    listed = [
        {name: decision.get(name) for name in _OF_A_DECISION} | {"decision": decision.get("verdict")}
        for decision in decisions[-MOST_LISTED:]
    ]
    return {
        "reviewId": head["reviewId"],
        "caseId": head.get("caseId") or head["reviewId"],
        "document": {name: document.get(name) for name in _OF_THE_DOCUMENT} | {"findings": head.get("findings") or []},
        "policy": {name: policy[name] for name in _OF_THE_POLICY},
        "decisionCount": len(decisions),
        "decisions": listed,
        **{name: head.get(name) for name in _OF_THE_HEAD},
    }


def _leaves(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, str]]:
    """Yield each value that holds no other with its path, and the length of each list."""
    if isinstance(value, dict) and value:
        for name, inner in cast(Json, value).items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        items = cast(list[Any], value)
        yield (*path, _LENGTH), json.dumps(len(items))
        for number, inner in enumerate(items):
            yield from _leaves(inner, (*path, number))
    else:
        yield path, json.dumps(value)
