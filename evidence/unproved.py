"""What is in a bundle that no digest of the audit trail covers, so that verifying proves nothing about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD, REVIEW_ID
from evidence.bundle import ATTESTATION_KEYS, COPY, EVENT, KEYS, PAGE, RECORDS, Bundle
from evidence.event_check import unconfirmed_members

_MOST_NAMED: Final = 5


def unproved_contents(bundle: Bundle, keys_used: Collection[str]) -> Iterator[str]:
    """Yield what a sound bundle holds that is not proved. `keys_used`: its key sets that have verified proofs."""
    yield f"the page {PAGE}, which is for reading: whoever made this file chose what it says"
    yield f"the times at which storage wrote the records (storedAt in {RECORDS})"
    if bundle.event:
        head = {**bundle.review, "policy": bundle.policy}
        if members := unconfirmed_members(bundle.event, head, bundle.decisions):
            yield f"in {EVENT}: {_named(members)}"
    if bundle.copy:
        anchored = {REVIEW_ID, AUDIT_RECORD, AUDIT_DIGEST} if AUDIT_DIGEST in bundle.copy["metadata"] else {REVIEW_ID}
        if names := sorted(bundle.copy["metadata"].keys() - anchored):
            yield f"in {COPY}, of the metadata: {_named(names)}"
    for name, keys in ((KEYS, bundle.keys), (ATTESTATION_KEYS, bundle.attestation_keys)):
        if keys and name not in keys_used:
            yield f"the keys in {name}: nothing was verified with them"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:80] for name in names[:_MOST_NAMED]) + more
