"""A front door over tables, blobs and queues in memory, and people who call it as Azure Functions would."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, Final

import azure.functions as func
from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from jwt import PyJWK

from adapters.blobs.documents import Documents
from adapters.front_door.attesting import Attestor
from adapters.front_door.key_file import FileSigner
from adapters.front_door.read_log import ReadLog
from adapters.ledger.bindings import Bindings
from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.revocations import Revocations
from adapters.ledger.rows import decision_row, head_row
from adapters.ledger.store import Ledger
from adapters.settings import Settings
from compliance.policy import Policy
from compliance.review import Decision, Head, RecordedDecision
from contracts.policy_file.policies import Policies
from contracts.proofs.key_set import parse_attestation_jwk
from tests import builders
from tests.front_door import DOOR, TENANT, keys_of, public_jwk
from tests.model.table_in_memory import TableInMemory
from web.asgi import front_door
from web.door import Door
from web.principal import Expected

CLIENT: Final = "00000000-0000-4000-8000-00000000c11e"
HOST: Final = "https://door.example"
NOW: Final = builders.REQUESTED_AT + timedelta(hours=1)
PLATFORM: Final = {"WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": CLIENT}
PDF: Final = b"%PDF-1.7\n% a document\n" + b"x" * 100 + b"\n%%EOF\n"
ANN, BEN, SAM, AVA, OLGA, EVE = (f"{name}@example.org" for name in ("ann", "ben", "sam", "ava", "olga", "eve"))
ROLES: Final = {ANN: ["Reviewer"], BEN: ["Reviewer"], AVA: ["Auditor"], OLGA: ["Operator"]}


def oid_of(person: str) -> str:
    """Return the object id of a person, always the same."""
    digits = hashlib.sha256(person.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def claims_of(person: str, **changes: Any) -> list[dict[str, str]]:
    """Return the claims of a person as the platform writes them; None leaves a claim out, a list repeats it."""
    claims = {
        "aud": CLIENT,
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "exp": str(int((NOW + timedelta(hours=1)).timestamp())),
        "name": person.partition("@")[0].title(),
        "http://schemas.microsoft.com/identity/claims/objectidentifier": oid_of(person),
        "preferred_username": person,
        "roles": ROLES.get(person, []),
        "http://schemas.microsoft.com/identity/claims/tenantid": TENANT,
        **changes,
    }
    values = {typ: value if isinstance(value, list) else [value] for typ, value in claims.items() if value is not None}
    return [{"typ": typ, "val": str(each)} for typ, given in values.items() for each in given]


def signed_in(person: str, **changes: Any) -> dict[str, str]:
    """Return the header of a person who has signed in."""
    content = {"auth_typ": "aad", "claims": claims_of(person, **changes), "name_typ": "n", "role_typ": "r"}
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(content).encode()).decode()}


@dataclass(slots=True)
class BlobInMemory:
    """One blob, with as much of the SDK's client as the front door uses."""

    container: str
    name: str
    numbers: Any
    content: bytes | None = None
    etag: str = ""
    metadata: dict[str, str] | None = None

    def put(self, content: bytes, etag: str, metadata: dict[str, str] | None = None) -> None:
        self.content, self.etag, self.metadata = content, etag, metadata

    async def get_blob_properties(self, **_: object) -> Any:
        if self.content is None:
            raise ResourceNotFoundError
        return SimpleNamespace(
            name=self.name,
            etag=f'"{self.etag}"',
            size=len(self.content),
            content_settings=SimpleNamespace(content_type=None),
            metadata=self.metadata,
            copy=None,
            last_modified=NOW,
            tag_count=0,
        )

    async def download_blob(
        self, *, offset: int | None = None, length: int | None = None, etag: str, **_: object
    ) -> Any:
        if self.content is None or etag != f'"{self.etag}"':
            raise ResourceModifiedError
        first = offset or 0
        part = self.content[first : None if length is None else first + length]

        async def chunks() -> AsyncIterator[bytes]:
            yield part

        properties = SimpleNamespace(blob_type="BlockBlob", size=len(self.content))
        return SimpleNamespace(chunks=chunks, properties=properties)

    async def upload_blob(self, content: bytes, **given: Any) -> dict[str, str]:
        if self.content is not None and not given["overwrite"]:
            raise ResourceExistsError
        if given.get("match_condition") is MatchConditions.IfNotModified and given["etag"] != f'"{self.etag}"':
            raise ResourceModifiedError
        self.put(content, f"0xNEW{next(self.numbers)}", given["metadata"])
        return {"etag": f'"{self.etag}"'}


class House:
    """A front door and everything behind it."""

    def __init__(self, **rules: Any) -> None:
        self.table, self.waiting, self.reads = TableInMemory(), TableInMemory(), TableInMemory()
        self.blobs: dict[tuple[str, str], BlobInMemory] = {}
        self.sent: list[tuple[str, dict[str, Any], str]] = []
        self.now = NOW
        self.policies = Policies("1", {"default": builders.policy(**rules), "other": builders.policy(**rules)}, {})
        self._numbers = count(1)
        service: Any = SimpleNamespace(get_blob_client=self.blob)
        messages: Any = SimpleNamespace(send=self._send)
        tables: list[Any] = [self.table, self.waiting, self.reads]
        ledger, waiting, reads = tables
        private = PyJWK({**{k: v for k, v in DOOR.private_jwk().items() if k != "reviewer"}})
        signer = FileSigner(parse_attestation_jwk(json.dumps(public_jwk()).encode(), "door"), private)
        attestor = Attestor(signer, lambda: keys_of(public_jwk()))
        self.door = Door(
            Expected(CLIENT, TENANT),
            Ledger(ledger),
            Inboxes(waiting),
            Delegations(ledger),
            Revocations(ledger),
            Bindings(ledger),
            Documents(service),
            messages,
            ReadLog(reads),
            lambda: attestor,
            lambda: self.policies,
            b"form key",
            Settings.unchecked({}),
            lambda: self.now,
        )
        self._asgi = func.AsgiMiddleware(front_door(lambda: self.door))

    def blob(self, container: str, name: str) -> BlobInMemory:
        return self.blobs.setdefault((container, name), BlobInMemory(container, name, self._numbers))

    async def _send(self, queue: str, body: dict[str, Any], *, message_id: str) -> None:
        self.sent.append((queue, body, message_id))

    async def add(
        self, content: bytes = PDF, *decisions: Decision, policy: Policy | None = None, **changes: Any
    ) -> Head:
        """Put a review into the ledger, with its document and its index rows, and return its head."""
        policy = policy or self.policies.by_class["default"]
        sha256 = hashlib.sha256(content).hexdigest()
        document = builders.document(sha256=sha256, length=len(content), **changes.pop("of_document", {}))
        opened = replace(builders.uninspected_review(), policy=policy)
        begun = builders.begin(opened, document, builders.REQUESTED_AT, None).head
        number = changes.pop("number", 0)
        review_id = f"{number:02x}" + hashlib.sha256(document.name.encode()).hexdigest()[2:]
        head = replace(begun, review_id=review_id, last_seq=len(decisions), **changes)
        recorded = [RecordedDecision(seq, each) for seq, each in enumerate(decisions, start=1)]
        for row in (head_row(head), *(decision_row(head.review_id, each) for each in recorded)):
            await self.table.create_entity(row)
        if head.state == "open":
            ledger: Any = self.door.ledger
            await ledger.unfinished.put(head)
            names = [name for stage in head.policy.stages for part in stage.parts for name in part.reviewers]
            await self.door.inboxes.correct(head, recorded, names)
        self.blob(document.container, document.name).put(content, document.etag)
        return head

    async def replace_head(self, head: Head, *decisions: Decision) -> None:
        """Put another state of a review into the ledger."""
        recorded = [RecordedDecision(seq, each) for seq, each in enumerate(decisions, start=1)]
        for row in (head_row(head), *(decision_row(head.review_id, each) for each in recorded)):
            await self.table.upsert_entity(row)

    async def call(
        self, method: str, path: str, person: str | None = None, body: Any = None, **headers: str
    ) -> func.HttpResponse:
        """Send a request as a browser of a page of ours would. `None` for a header leaves it out."""
        sent: dict[str, Any] = {"Host": "door.example", **(signed_in(person) if person else {})}
        if method == "POST":
            sent |= {"Origin": HOST}
        if isinstance(body, dict):
            sent |= {"Content-Type": "application/json"}
            body = json.dumps(body).encode()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value is not None}
        request = func.HttpRequest(method=method, url=HOST + path, headers=sent, body=body or b"")
        return await self._asgi.handle_async(request, None)

    async def get(self, path: str, person: str | None = None, **headers: str) -> func.HttpResponse:
        return await self.call("GET", path, person, None, **headers)


def json_of(answer: func.HttpResponse) -> Any:
    """Return the JSON of an answer."""
    return json.loads(answer.get_body())


def url(head: Head, rest: str = "") -> str:
    """Return the address of a review in the API."""
    return f"/api/v1/reviews/{head.review_id}{rest}"


def approval(head: Head, decision_id: str = "d-1", **changes: Any) -> dict[str, Any]:
    """Return an approval of the bytes under review, as it is sent to the API."""
    sent = {"decision": "approve", "documentSha256": head.document.sha256, "decisionId": decision_id, **changes}
    return {name: value for name, value in sent.items() if value is not None}


def at(hours: float) -> datetime:
    """Return a time so many hours after the reviewers were asked."""
    return (builders.REQUESTED_AT + timedelta(hours=hours)).astimezone(UTC)
