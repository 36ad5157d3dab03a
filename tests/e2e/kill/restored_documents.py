"""Documents whose reviews go on while storage or ledger are restored, and how each of them must end all the same."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from azure.storage.blob import BlobServiceClient

from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from adapters.stored_evidence import stored_evidence
from compliance.outcome import Verdict, outcome_of
from contracts.document_metadata import REVIEW_ID, VERDICT
from contracts.names import ARCHIVED, LEDGER_TABLE, PUBLISHED, STAGING
from evidence.checks import first_fault
from local.stack.endpoints import Endpoints
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_asked
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.e2e.submitting import ANN, SAM, Submitted
from tests.model.user_scripts import upload

FOLDERS: Final = ("restored/even/", "restored/odd/", "staged/restored/")
_MARK: Final = "restored/"  # in the names of all these documents
_STAGED: Final = (ANN, "eve@example.org", "fay@example.org")  # of killed.yaml: one of legal, all of finance


@dataclass(slots=True)
class Document:
    """A version, the outcome that people want for it, and what they send for it, the same each time."""

    version: Submitted
    outcome: str
    messages: list[dict[str, str]]

    @property
    def review_id(self) -> str:
        """Its review."""
        return self.version.review_id


@dataclass(slots=True)
class RestoredDocuments:
    """All documents of one stack. `done`: reviews that people have seen closed, for which they do nothing any more."""

    stack: Stack
    everything: list[Document] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def submit(self, name: str, outcome: str) -> None:
        """Upload a version for which people want this outcome."""
        version = upload(self.stack, name)
        about = {"reviewId": version.review_id}
        match outcome:
            case "approved" | "rejected":
                vote = "approve" if outcome == "approved" else "reject"
                people = _STAGED if name.startswith("staged/") else (ANN,)
                messages = [
                    {**about, "decisionId": str(uuid.uuid4()), "decision": vote, "reviewer": person}
                    for person in people
                ]
            case "withdrawn":
                messages = [{**about, "type": "ReviewWithdrawnV1", "by": SAM, "reason": "too early"}]
            case _:
                messages = []
        self.everything.append(Document(version, outcome, messages))

    def replace_published(self) -> None:
        """Upload a second version of what people have seen published, for which they want approval, too."""
        for document in list(self.everything):
            if document.outcome == "approved" and document.review_id in self.done:
                self.submit(document.version.name, "approved")

    def wait_until_asked(self) -> None:
        """Wait until the reviewers of all documents were asked."""
        for document in self.everything:
            wait_until_asked(self.stack, document.review_id)

    def decide(self, documents: Iterable[Document] | None = None) -> None:
        """Send what people want for their documents, those that they have not seen closed."""
        for document in self.everything if documents is None else documents:
            for message in document.messages if document.review_id not in self.done else ():
                self.stack.messages.send(DECISIONS, json.dumps(message).encode())

    def see_closed(self) -> None:
        """Let people see which reviews are closed."""
        self.done |= {document.review_id for document in self.everything if self._state(document) == "closed"}

    def _state(self, document: Document) -> str | None:
        return (self.stack.ledger.head(document.review_id) or {}).get("state")

    def review_at(self, where: str) -> str:
        """Return the review of a place, or the review that `where` is itself."""
        container, _, name = where.partition("/")
        if not name:
            return where
        if container in (ARCHIVED, STAGING):
            return name.partition("/")[0]
        *_, last = (document.review_id for document in self.everything if document.version.name == name)
        return last

    def contradictions(self, proved: Mapping[str, Verdict]) -> dict[str, list[str]]:
        """List, by name, what differs from what people wanted, and from what copies have proved at any time."""
        found = {document.version.name: list(self._contradictions(document, proved)) for document in self.everything}
        return {name: wrong for name, wrong in found.items() if wrong}

    def _contradictions(self, document: Document, proved: Mapping[str, Verdict]) -> Iterable[str]:
        head = self.stack.ledger.head(document.review_id) or {}
        if (head.get("state"), head.get("outcome")) != ("closed", document.outcome):
            yield f"it is {head.get('state')} ({head.get('outcome')}), not {document.outcome}"
        verdict = proved.get(document.review_id)
        if verdict and outcome_of(verdict) != head.get("outcome"):
            yield f"a copy has proved {verdict}"
        announced = {event["data"]["outcome"] for event in completions(self.stack.events, document.review_id)}
        if announced != {document.outcome}:
            yield f"announced as {announced}"

    def misplaced(self) -> list[str]:
        """List the blobs that should not be where they are, and the versions whose bytes are lost."""
        blobs = [blob for blob in self.stack.documents.blobs() if _MARK in blob.name]
        approved = {each.version.sha256 for each in self.everything if each.outcome == "approved"}
        lost = {each.version.sha256 for each in self.everything} - {blob.sha256 for blob in blobs}
        return [
            *(
                f"unapproved: {blob.location}"
                for blob in blobs
                if _is_unapproved(blob.container, blob.sha256, approved)
            ),
            *(f"left: {blob.location}" for blob in blobs if blob.container not in (PUBLISHED, ARCHIVED)),
            *(f"lost: {each.version.name}" for each in self.everything if each.version.sha256 in lost),
        ]

    def faults(self, endpoints: Endpoints) -> dict[str, str]:
        """Return what `compliance verify` finds wrong in the ledger, by name."""

        async def look() -> dict[str, str]:
            found = dict[str, str]()
            async with LedgerTable.from_connection_string(endpoints.storage, LEDGER_TABLE) as table:
                for document in self.everything:
                    evidence = await stored_evidence(Ledger(table), document.review_id)
                    fault = first_fault(evidence) if evidence else "there is none"
                    found |= {document.version.name: str(fault)} if fault else {}
            return found

        return asyncio.run(look())


def _is_unapproved(container: str, sha256: str, approved: set[str]) -> bool:
    return container == PUBLISHED and sha256 not in approved


def proved_verdicts(endpoints: Endpoints) -> dict[str, Verdict]:
    """Return the verdict that each copy in storage carries out, by review."""
    found = dict[str, Verdict]()
    with BlobServiceClient.from_connection_string(endpoints.storage) as storage:
        for container in (ARCHIVED, PUBLISHED):
            for blob in storage.get_container_client(container).list_blobs(include=["metadata"]):
                if _MARK in blob.name:
                    said = dict(blob.metadata or {})
                    assert VERDICT in said, (
                        f"{container}/{blob.name}: {said}, copy {blob.copy.status}, {blob.size} bytes"
                    )
                    found[said[REVIEW_ID]] = Verdict(said[VERDICT])
    return found
