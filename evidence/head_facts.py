"""The facts of a review's head that the audit trail holds: all that change, except names of documents and proofs.

Names and proofs are in the head only. The trail commits to the location, the proof of a withdrawal and the resolved
policy by their SHA-256; the review's id commits to the document's container, name and ETag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from pydantic.alias_generators import to_camel

from compliance.review import Head
from contracts.digest import digest_of, text_digest
from contracts.type_adapters import adapter_of

Facts = dict[str, Any]

_OF_THE_CHAIN_ITSELF: Final = ("reviewId", "lastAudit", "auditDigest")
_BY_DIGEST: Final = ("location", "submissionProof", "withdrawalProof", "retractionProof")
_OF_THE_POLICY: Final = ("documentClass", "version", "sha256")
_WORD_IN_CAMEL: Final = re.compile("(?=[A-Z])")


def head_content(head: Head) -> Facts:
    """Return a head as JSON, without the fields that have their defaults: a field added later changes no old digest.

    So a field is null only if it is None and its default is not: a part that needs the approvals of all its reviewers.
    The time of the last record is in the records.
    """
    return _camel_case(adapter_of(Head).dump_python(head, mode="json", exclude_defaults=True, exclude={"last_at"}))


def head_in(content: Mapping[str, Any]) -> Head:
    """Return the head in its JSON. Raises pydantic.ValidationError."""
    return adapter_of(Head).validate_python(snake_case(content))


def facts_of(content: Mapping[str, Any]) -> Facts:
    """Return the facts in a head's JSON."""
    facts = {name: value for name, value in content.items() if name not in _OF_THE_CHAIN_ITSELF}
    for name in _BY_DIGEST:
        if (text := facts.pop(name, None)) is not None:
            facts[f"{name}Sha256"] = text_digest(str(text))
    facts["document"] = {name: value for name, value in facts["document"].items() if name != "name"}
    policy = facts["policy"]
    facts["policy"] = {name: policy[name] for name in _OF_THE_POLICY} | {"resolvedSha256": digest_of(policy)}
    return facts


def changes(before: Head | None, after: Head) -> Facts:
    """Return the facts that differ from those before; a fact that is gone is null."""
    old, new = facts_of(head_content(before)) if before else {}, facts_of(head_content(after))
    gone = dict.fromkeys(old.keys() - new.keys())
    return {name: value for name, value in new.items() if value != old.get(name)} | gone


def facts_after(steps: Iterable[Mapping[str, Any]]) -> Facts:
    """Return the facts after these changes, in their order."""
    facts: Facts = {}
    for step in steps:
        facts |= step
    return {name: value for name, value in facts.items() if value is not None}


def _camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        named = cast(Facts, value)
        return {to_camel(name): _camel_case(inner) for name, inner in named.items()}
    return [_camel_case(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value


def snake_case(value: Any) -> Any:
    """Return JSON with the names that the fields have in Python."""
    if isinstance(value, Mapping):
        named = cast(Mapping[str, Any], value)
        return {_WORD_IN_CAMEL.sub("_", name).lower(): snake_case(inner) for name, inner in named.items()}
    return [snake_case(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value
