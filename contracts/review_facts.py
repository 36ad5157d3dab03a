"""What the audit trail says of a review's head: every fact by which it changes, no name of a document, no proof.

Names and proofs lie beside the trail in the head. The trail commits to them by their SHA-256, and to the resolved
policy likewise; the review's id commits to the document's container, name and ETag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import rfc8785
from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from compliance.policy import Policy
from compliance.review import Head

Facts = dict[str, Any]

_HEAD = TypeAdapter(Head)
_POLICY = TypeAdapter(Policy)
_OF_THE_CHAIN_ITSELF: Final = ("review_id", "last_audit", "audit_digest")
_BY_DIGEST: Final = ("location", "withdrawal_proof")


def facts_of(head: Head) -> Facts:
    """The facts of a head. What has its default is left out, so that a field added later changes no old digest."""
    columns = _HEAD.dump_python(head, mode="json", exclude_defaults=True)
    for name in _OF_THE_CHAIN_ITSELF:
        columns.pop(name, None)
    for name in _BY_DIGEST:
        if text := columns.pop(name, None):
            columns[f"{name}_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    columns["document"].pop("name")
    columns["policy"] = {
        "document_class": head.policy.document_class,
        "version": head.policy.version,
        "sha256": head.policy.sha256,
        "resolved_sha256": hashlib.sha256(rfc8785.dumps(resolved_policy(head.policy))).hexdigest(),
    }
    return camel(columns)


def resolved_policy(policy: Policy) -> Facts:
    """The policy that a review follows, with every rule resolved."""
    return camel(_POLICY.dump_python(policy, mode="json", exclude_defaults=True))


def changes(before: Head | None, after: Head) -> Facts:
    """The facts that are others than before; null where there is none any more."""
    old, new = facts_of(before) if before else {}, facts_of(after)
    gone = dict.fromkeys(old.keys() - new.keys())
    return {name: value for name, value in new.items() if value != old.get(name)} | gone


def combined(all_changes: Iterable[Mapping[str, Any]]) -> Facts:
    """The facts after all of these changes, in their order."""
    facts: Facts = {}
    for changed in all_changes:
        facts |= changed
    return {name: value for name, value in facts.items() if value is not None}


def camel(value: Any) -> Any:
    """The same JSON with the keys as they are on the wire."""
    if isinstance(value, dict):
        named = cast(Facts, value)
        return {to_camel(name): camel(inner) for name, inner in named.items() if inner is not None}
    return [camel(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value
