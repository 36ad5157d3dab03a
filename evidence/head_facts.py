"""What the audit trail says of a review's head: every fact by which it changes, no name of a document, no proof.

Names and proofs lie beside the trail in the head. The trail commits to them by their SHA-256, and to the resolved
policy likewise; the review's id commits to the document's container, name and ETag.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import rfc8785
from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from compliance.review import Head

Facts = dict[str, Any]

_HEAD = TypeAdapter(Head)
_OF_THE_CHAIN_ITSELF: Final = ("reviewId", "lastAudit", "auditDigest")
_BY_DIGEST: Final = ("location", "withdrawalProof")
_OF_THE_POLICY: Final = ("documentClass", "version", "sha256")
_WORD_IN_CAMEL: Final = re.compile("(?=[A-Z])")


def head_content(head: Head) -> Facts:
    """A head as JSON. What has its default is left out, so that a field added later changes no old digest.

    So null is what is none though its default is another: a part that needs the approvals of all its reviewers.
    """
    return _camel(_HEAD.dump_python(head, mode="json", exclude_defaults=True))


def head_in(content: Mapping[str, Any]) -> Head:
    """The head in its JSON. Raises pydantic.ValidationError."""
    return _HEAD.validate_python(snake(content))


def facts_of(content: Mapping[str, Any]) -> Facts:
    """The facts in a head's JSON."""
    facts = {name: value for name, value in content.items() if name not in _OF_THE_CHAIN_ITSELF}
    for name in _BY_DIGEST:
        if text := facts.pop(name, None):
            facts[f"{name}Sha256"] = hashlib.sha256(str(text).encode()).hexdigest()
    facts["document"] = {name: value for name, value in facts["document"].items() if name != "name"}
    policy = facts["policy"]
    facts["policy"] = {name: policy[name] for name in _OF_THE_POLICY} | {
        "resolvedSha256": hashlib.sha256(rfc8785.dumps(policy)).hexdigest()
    }
    return facts


def changes(before: Head | None, after: Head) -> Facts:
    """The facts that are others than before; null where there is none any more."""
    old, new = facts_of(head_content(before)) if before else {}, facts_of(head_content(after))
    gone = dict.fromkeys(old.keys() - new.keys())
    return {name: value for name, value in new.items() if value != old.get(name)} | gone


def combined(all_changes: Iterable[Mapping[str, Any]]) -> Facts:
    """The facts after all of these changes, in their order."""
    facts: Facts = {}
    for changed in all_changes:
        facts |= changed
    return {name: value for name, value in facts.items() if value is not None}


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        named = cast(Facts, value)
        return {to_camel(name): _camel(inner) for name, inner in named.items()}
    return [_camel(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value


def snake(value: Any) -> Any:
    """JSON with the names that the fields have in Python."""
    if isinstance(value, Mapping):
        named = cast(Mapping[str, Any], value)
        return {_WORD_IN_CAMEL.sub("_", name).lower(): snake(inner) for name, inner in named.items()}
    return [snake(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value
