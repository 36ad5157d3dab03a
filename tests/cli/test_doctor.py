"""`compliance doctor` against storage and a broker without an app, which would repair what the tests plant."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient as ServiceBusClients
from azure.storage.blob import AccountSasPermissions, ResourceTypes, Services, generate_account_sas

from adapters.ledger.key_reports import KeyReports
from adapters.ledger.rows import OUTBOX, OutboxEvent, head_row
from adapters.messaging.messages import REFUSED_BECAUSE
from cli.doctor import observer
from cli.doctor.examination import Health
from cli.doctor.remedies import REMEDIES, TroubleKind
from cli.failures import ExitCode
from compliance.content import ContentPolicy
from compliance.document import review_id
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict
from compliance.policy import Part, Stage
from compliance.review import Head
from contracts.blob_path import BlobPath, archive_path
from contracts.names import (
    ARCHIVED,
    DECISION_REPLIES,
    DECISIONS_QUARANTINE,
    LEDGER_TABLE,
    PENDING,
    PUBLISHED,
    REVIEW_DECISIONS,
    STAGING,
    SUBMISSIONS,
)
from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.endpoints import Endpoints
from tests import builders
from tests.cli.running import Compliance, Ended
from tests.front_door import keys_of, public_jwk
from tests.signing_keys import signer
from tests.storage.account import Account
from tests.storage.moving.moves import said_of_the_review

T = TypeVar("T")

FAR: Final = datetime(2999, 1, 1, tzinfo=UTC)
TEXT: Final = b"text"
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
SCANNING: Final = builders.policy(content=ContentPolicy(scan_timeout=timedelta(minutes=30)))
TWO_STAGES: Final = builders.policy(stages=(Stage("legal", (Part(),)), Stage("finance", (Part(),))))
# Only a running app can have the first two, which tests/e2e/sweep/test_sweep.py plants; the others are planted below.
ELSEWHERE: Final = (
    TroubleKind.ORCHESTRATION_LOST,
    TroubleKind.ORCHESTRATION_SUSPENDED,
    TroubleKind.ARCHIVED_UNKNOWN,
    TroubleKind.COPY_ALTERED,
    TroubleKind.COPY_MISSING,
)
AT_ONCE: Final = ("doctor", "--json", "--patience", "0", "--published")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Storage, Service Bus and Event Grid, without an app."""

    folder: Path
    endpoints: Endpoints
    values: dict[str, str]

    def doctor(self, *arguments: str, **settings: str) -> Ended:
        file = self.folder / "settings.json"
        file.write_text(json.dumps({"Values": self.values | settings}))
        return Compliance(file)(*arguments)

    def plant(self, work: Callable[[Account], Awaitable[T]]) -> T:
        async def planted() -> T:
            async with Account(self.endpoints.storage, self.endpoints.storage) as account:
                return await work(account)

        return asyncio.run(planted())


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    folder = tmp_path_factory.mktemp("services")
    with DevhostProcess(folder / "state", app=None, upload_route="trigger"):
        started = json.loads((folder / "state/endpoints.json").read_text())
        values = {
            "Documents": started["storage"],
            "ServiceBus": started["serviceBus"],
            "EventGridTopic__topicEndpointUri": started["eventGrid"]["endpoint"],
            "EventGridTopic__topicKey": started["eventGrid"]["key"],
            "EventGridTopic__subscriptionsUri": started["eventGrid"]["subscriptions"],
        }
        yield Surroundings(folder, Endpoints.from_devhost(folder / "state"), values)


@dataclass(slots=True)
class Faults:
    """Plants what a crash, an outage or a person leaves behind. `expected` has what `doctor` must find, by place."""

    account: Account
    expected: dict[tuple[TroubleKind, str], str] = field(default_factory=dict)  # a word of the cause

    async def review(self, name: str, container: str = PENDING, *, listed: bool = True, **changes: Any) -> Head:
        """Write a document and its review, which waits for decisions unless `changes` say otherwise."""
        etag = await self.account.put(container, name, TEXT)
        sha256 = hashlib.sha256(TEXT).hexdigest()
        document = builders.document(container=container, name=name, etag=etag, length=len(TEXT), sha256=sha256)
        identity = review_id(container, name, etag)
        head = builders.open_review(review_id=identity, document=document, deadline=FAR, schedule=None)
        head = replace(head, last_audit=0, **changes)
        if listed:
            await self.account.books.unfinished.put(head)
        await self.account.books.insert(head)
        return head

    async def copy(self, place: str, head: Head) -> None:
        """Write the blob that a move makes."""
        container, _, name = place.partition("/")
        await self.account.put(container, name, TEXT, {"reviewid": head.review_id})

    async def moved(self, name: str, outcome: Outcome = Outcome.APPROVED, **changes: Any) -> Head:
        """Write a closed review, and the copy of its document with all its metadata and its ETag on record."""
        verdict = Verdict.APPROVE if outcome is Outcome.APPROVED else Verdict.REJECT
        ended = {"state": ReviewState.CLOSED, "verdict": verdict, "outcome": outcome, "listed": False}
        head = await self.review(name, **ended)
        path = archive_path(head.review_id, name) if verdict is Verdict.REJECT else BlobPath(PUBLISHED, name)
        etag = await self.account.put(path.container, path.name, TEXT, said_of_the_review(head))
        await self.account.users.get_blob_client(PENDING, name).delete_blob()
        closed = replace(head, location=str(path), copy_etag=etag, last_audit=0, **changes)
        table = self.account.users_tables.get_table_client(LEDGER_TABLE)
        await table.upsert_entity(head_row(closed))
        return closed

    async def row(self, partition: str, key: str, **columns: str) -> None:
        """Change a row of the ledger, or add one."""
        table = self.account.users_tables.get_table_client(LEDGER_TABLE)
        await table.upsert_entity({"PartitionKey": partition, "RowKey": key, **columns})

    def expect(self, trouble: TroubleKind, where: str, cause: str) -> None:
        self.expected[trouble, where] = cause


async def healthy(faults: Faults) -> None:
    """Plant a review that waits, one that has ended well, and a document that is not announced yet."""
    await faults.review("waits.txt", policy=SCANNING)  # for its reviewers; the verdict was read long ago
    name = "ended.txt"
    ended = await faults.review(
        name,
        listed=False,
        state=ReviewState.CLOSED,
        verdict=Verdict.APPROVE,
        outcome=Outcome.APPROVED,
        location=f"{PUBLISHED}/{name}",
    )
    await faults.copy(f"{PUBLISHED}/{name}", ended)
    await faults.account.users.get_blob_client(PENDING, name).delete_blob()
    await faults.account.put(SUBMISSIONS, "unannounced.txt", b"text")


def refused_decisions(services: Surroundings, *reasons: Answer) -> None:
    """Put refused decisions into the quarantine, one for each answer."""
    kept = [ServiceBusMessage(b"{}", application_properties={REFUSED_BECAUSE: reason}) for reason in reasons]
    with (
        ServiceBusClient.from_connection_string(services.endpoints.service_bus) as client,
        client.get_queue_sender(DECISIONS_QUARANTINE) as sender,
    ):
        sender.send_messages(kept)


async def under_way(faults: Faults) -> None:
    """Plant states that are normal for a moment, and trouble if they last."""
    books, account = faults.account.books, faults.account
    unwritten = builders.uninspected_review(review_id="0a" * 32)
    await books.unfinished.put(unwritten)
    faults.expect(TroubleKind.REVIEW_WITHOUT_HEAD, unwritten.review_id, "its head was never written")

    uninspected = await faults.review("uninspected.txt", deadline=None, requested_at=None)
    faults.expect(TroubleKind.NOT_INSPECTED, uninspected.review_id, "never inspected")

    unscanned = await faults.review("unscanned.txt", deadline=None, requested_at=None, policy=SCANNING)
    faults.expect(TroubleKind.SCAN_NOT_READ, unscanned.review_id, "the verdict of its malware scan was not read")

    later = await faults.review("second stage.txt", stage=1, policy=TWO_STAGES)
    faults.expect(TroubleKind.STAGE_NOT_REQUESTED, later.review_id, "its stage finance has begun")

    decided = await faults.review("decided.txt", state=ReviewState.DECIDED, verdict=Verdict.REJECT)
    faults.expect(TroubleKind.NOT_CARRIED_OUT, decided.review_id, "decided (reject)")

    closed = await faults.review(
        "closed.txt", state=ReviewState.CLOSED, verdict=Verdict.EXPIRE, outcome=Outcome.EXPIRED, location="archived/x"
    )
    faults.expect(TroubleKind.NOT_ANNOUNCED, closed.review_id, "closed (expired)")
    await faults.copy("archived/x", closed)

    await books.outbox.put(OutboxEvent("refusal-1", "compliance.decision.refused.v1", "/reviews", {}))
    faults.expect(TroubleKind.EVENT_WAITING, "event refusal-1", "not accepted")

    await account.put(PENDING, "new.txt", b"text")
    faults.expect(TroubleKind.DOCUMENT_WITHOUT_REVIEW, "pending/new.txt", "no review")
    await account.put(PENDING, "a//b.", b"text")
    faults.expect(TroubleKind.NAME_REFUSED, "pending/a//b.", "a part that is empty")
    await account.put(PENDING, "being written.pdf", b"")
    for ignored in (".DS_Store", "a/THUMBS.DB", "a/~$plan.docx", "a/._plan.docx", "a.pdf.crdownload"):
        await account.put(PENDING, ignored, b"text")
    await account.put(PENDING, "folder", b"", {"hdi_isfolder": "true"})

    await faults.review("unlisted.txt", listed=False)
    faults.expect(TroubleKind.REVIEW_NOT_LISTED, "pending/unlisted.txt", "not in the list")

    failed: dict[str, Any] = {
        "state": ReviewState.CLOSED,
        "verdict": Verdict.APPROVE,
        "outcome": Outcome.FAILED,
        "reason": Reason.TARGET_TAKEN,
    }
    await faults.review("taken.txt", SUBMISSIONS, listed=False, location="submissions/taken.txt", **failed)
    faults.expect(TroubleKind.DOCUMENT_LEFT, "submissions/taken.txt", "another document is published under its name")

    await account.put(STAGING, "0b" * 32, b"text")
    faults.expect(TroubleKind.STAGING_LEFT, f"staging/{'0b' * 32}", "no such review")
    await account.put(STAGING, decided.review_id, b"text")  # its move is under way

    await account.put(PUBLISHED, "by hand.txt", b"text")
    faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, "published/by hand.txt", "no review vouches")
    await faults.copy(f"{PUBLISHED}/rejected.txt", closed)
    faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, "published/rejected.txt", "ended as expired")


async def damaged(faults: Faults) -> None:
    """Plant faults that are reported at once, however recent they are."""
    overdue = await faults.review("overdue.txt", deadline=LONG_AGO)
    faults.expect(TroubleKind.OVERDUE, overdue.review_id, "still open")

    early = await faults.review("early.txt")
    await faults.copy(f"{PUBLISHED}/early.txt", early)
    faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, early.review_id, "which is open")
    faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, "published/early.txt", "is open")

    lost = review_id(PENDING, "lost.txt", "0x1")
    says = {"reviewid": lost, "documentcontainer": PENDING, "documentetag": "0x1"}
    await faults.account.put(PUBLISHED, "lost.txt", b"text", says)
    faults.expect(TroubleKind.CONTRADICTED, lost, "the ledger has lost the review")

    illegible = await faults.review("illegible.txt")
    for partition, key in ((illegible.review_id, "head"), (OUTBOX, "refusal-2"), (early.review_id, "decision-000001")):
        await faults.row(partition, key, state="illegible")
        faults.expect(TroubleKind.ROW_UNREADABLE, f"ledger row {partition}/{key}", "not hold a value of its kind")

    faults.expect(TroubleKind.AUDIT_BROKEN, early.review_id, "decision 1: foreign")

    edited = await faults.review("edited.txt")
    await faults.row(edited.review_id, "audit-000001", who="somebody")
    faults.expect(TroubleKind.AUDIT_BROKEN, edited.review_id, "record 1: edited")

    await faults.account.users.delete_container(ARCHIVED)
    faults.expect(TroubleKind.MISSING, f"container {ARCHIVED}", "does not exist")


def messages(services: Surroundings, faults: Faults) -> None:
    """Leave messages in queues that should be empty, and an answer that nobody has fetched, which is no fault."""
    with ServiceBusClient.from_connection_string(services.endpoints.service_bus) as client:
        with client.get_queue_sender(DECISION_REPLIES) as sender:
            sender.send_messages(ServiceBusMessage(b"{}"))
        for queue in (REVIEW_DECISIONS, DECISIONS_QUARANTINE):
            with client.get_queue_sender(queue) as sender:
                sender.send_messages([ServiceBusMessage(b"{}"), ServiceBusMessage(b"{}")])
        with client.get_queue_receiver(REVIEW_DECISIONS) as receiver:
            receiver.dead_letter_message(receiver.receive_messages(1)[0])
    faults.expect(TroubleKind.QUEUE_NOT_READ, REVIEW_DECISIONS, "1 message waiting for the app")
    faults.expect(TroubleKind.DEAD_LETTERED, f"{REVIEW_DECISIONS}/$deadletterqueue", "1 message could not be handled")
    refused_decisions(services, Answer.MALFORMED, Answer.STAGE_NOT_OPEN, Answer.NOT_PROCESSED)
    faults.expect(TroubleKind.QUARANTINED, DECISIONS_QUARANTINE, "4 messages refused and kept")  # not the later stage's


@dataclass(frozen=True, slots=True)
class Illness:
    """What `doctor` has found once everything is planted, and what it must find."""

    ended: Ended
    found: dict[tuple[str, str], dict[str, str]]
    expected: dict[tuple[TroubleKind, str], str]


@pytest.fixture(scope="module")
def well(services: Surroundings) -> tuple[Ended, Faults]:
    """Return what `doctor` reports if everything is in order or has been under way for moments only."""

    async def plant(account: Account) -> Faults:
        faults = Faults(account)
        await healthy(faults)
        await under_way(faults)
        return faults

    faults = services.plant(plant)
    refused_decisions(services, Answer.LATE, Answer.NOT_PERMITTED)
    return services.doctor("doctor", "--json", "--published"), faults


@pytest.fixture(scope="module")
def ill(services: Surroundings, well: tuple[Ended, Faults]) -> Illness:
    """Return what `doctor --patience 0` reports a moment later, after much more trouble was planted."""
    expected = well[1].expected

    async def plant(account: Account) -> None:
        await damaged(Faults(account, expected))

    services.plant(plant)
    faults = well[1]
    messages(services, faults)
    policies = services.folder / "policies.yaml"
    policies.write_text("version: '1'\npolicies: []\n")
    faults.expect(TroubleKind.POLICY_UNUSABLE, "policy file", "'default' is missing")
    faults.expect(TroubleKind.MISSING, "no-such-queue", "does not exist")
    faults.expect(TroubleKind.CLOCK_SKEW, "this computer", "behind storage's")
    pinned = f"https://kv.vault.azure.net/keys/door/{'a' * 32}"
    faults.expect(TroubleKind.SIGNING_KEY_UNKNOWN, "front door", "no process of the app has reported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(observer, "QUEUES", (*observer.QUEUES, "no-such-queue"))
        patch.setattr(observer, "_client_time", lambda: LONG_AGO)
        others = f"{services.values['EventGridTopic__subscriptionsUri']}-of-others"
        faults.expect(TroubleKind.NOT_SUBSCRIBED, "custom topic", "outcomes are announced to nobody")
        settings = {"ATTESTATION_SIGNING_KEY": pinned, "EventGridTopic__subscriptionsUri": others}
        ended = services.doctor(*AT_ONCE, POLICY_FILE=str(policies), **settings)
    services.plant(lambda account: account.users.create_container(ARCHIVED))
    found = {(each["trouble"], each["where"]): each for each in ended.json()["findings"]}
    return Illness(ended, found, faults.expected)


def test_a_healthy_system_gives_no_finding_and_what_is_under_way_is_not_stuck(well: tuple[Ended, Faults]) -> None:
    report = well[0].json()
    assert (report["findings"], report["couldNotLookAt"]) == ([], [])
    assert "event subscriptions" not in {each["what"] for each in report["notLookedAt"]}
    assert report["healthy"]
    assert well[0].code == Health.WELL


OTHER: Final = b"TEXT"  # as long


async def tampered(faults: Faults) -> list[Head]:
    """Plant copies that agree with the ledger and copies that do not. Returns the reviews."""
    account, heads = faults.account, list[Head]()
    blobs = account.users

    async def moved(name: str, outcome: Outcome = Outcome.APPROVED, **changes: Any) -> tuple[Head, Any]:
        heads.append(await faults.moved(f"copies/{name}", outcome, **changes))
        return heads[-1], blobs.get_blob_client(*str(heads[-1].location).split("/", 1))

    for outcome in (Outcome.APPROVED, Outcome.REJECTED):
        await moved(f"untouched {outcome}", outcome)
        _, blob = await moved(f"without metadata {outcome}", outcome)
        await blob.set_blob_metadata({"seo": "1"})
        _, blob = await moved(f"in another tier {outcome}", outcome)
        await blob.set_standard_blob_tier("Archive")
        await blob.set_blob_tags({"reviewid": "none"})

        head, blob = await moved(f"exchanged {outcome}", outcome)
        await blob.upload_blob(OTHER, overwrite=True, metadata=said_of_the_review(head))
        faults.expect(TroubleKind.COPY_ALTERED, str(head.location), "another SHA-256")
        head, blob = await moved(f"longer {outcome}", outcome)
        await blob.upload_blob(TEXT + TEXT, overwrite=True)
        faults.expect(TroubleKind.COPY_ALTERED, str(head.location), "another length")
        head, blob = await moved(f"renamed {outcome}", outcome)
        await blob.set_blob_metadata(said_of_the_review(heads[0]))
        faults.expect(TroubleKind.COPY_ALTERED, str(head.location), f"its metadata name review {heads[0].review_id}")
        head, blob = await moved(f"deleted {outcome}", outcome)
        await blob.delete_blob()
        faults.expect(TroubleKind.COPY_MISSING, str(head.location), f"its review {head.review_id} says")
        _, blob = await moved(f"known to be lost {outcome}", outcome, copy_lost=True)
        await blob.delete_blob()

    _, blob = await moved("touched and archived")
    await blob.set_blob_metadata({})
    await blob.set_standard_blob_tier("Archive")
    replaced, blob = await moved("replaced", replaced_by=heads[0].review_id)
    faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, str(replaced.location), f"review {heads[0].review_id} has replaced")
    place = str(archive_path(replaced.review_id, replaced.document.name))
    faults.expect(TroubleKind.COPY_MISSING, place, f"its review {replaced.review_id} says")
    for name, cause in (
        ("by hand", "no review vouches for it"),
        (f"{replaced.review_id}/copies/elsewhere", "elsewhere"),
    ):
        metadata = said_of_the_review(replaced) if "/" in name else {}
        await account.put(ARCHIVED, name, TEXT, metadata)
        faults.expect(TroubleKind.ARCHIVED_UNKNOWN, f"{ARCHIVED}/{name}", cause)
    kept = f"{heads[0].review_id}/{heads[0].document.name}"
    await account.put(ARCHIVED, kept, TEXT, said_of_the_review(heads[0]))
    faults.expect(TroubleKind.ARCHIVED_UNKNOWN, f"{ARCHIVED}/{kept}", "ended as approved at published/")
    for name, named in (("no such review", "0" * 64), ("no id", "a/b?c#d\\")):
        await account.put(PUBLISHED, f"copies/{name}", TEXT, {"reviewid": named})
        faults.expect(TroubleKind.PUBLISHED_UNAPPROVED, f"{PUBLISHED}/copies/{name}", "no review vouches for it")
    return heads


async def remove_copies(account: Account, heads: list[Head]) -> None:
    for container in (PUBLISHED, ARCHIVED):
        async for blob in account.users.get_container_client(container).list_blobs():
            if "copies/" in blob.name or blob.name == "by hand":
                await account.users.get_blob_client(container, blob.name).delete_blob()
    table = account.users_tables.get_table_client(LEDGER_TABLE)
    for head in heads:
        await table.delete_entity(head.review_id, "head")


def test_every_copy_is_compared_with_the_ledger(services: Surroundings, well: tuple[Ended, Faults]) -> None:
    planted = dict[tuple[TroubleKind, str], str]()

    async def plant(account: Account) -> list[Head]:
        return await tampered(Faults(account, planted))

    heads = services.plant(plant)
    report = services.doctor(*AT_ONCE).json()
    found = {
        (each["trouble"], each["where"]): each["cause"]
        for each in report["findings"]
        if "copies/" in each["where"] or each["where"] == "archived/by hand"
    }
    assert found.keys() == planted.keys()
    assert {each: found[each] for each in planted if planted[each] not in found[each]} == {}
    notes = [each["text"] for each in report["notes"] if each["where"] == "published and archived copies"]
    assert [text.partition(";")[0].partition(",")[0] for text in notes] == [
        "2 blobs from which somebody has taken the app's metadata",
        "1 blob written to since",
    ]

    at_once = {each["where"] for each in services.doctor("doctor", "--json", "--published").json()["findings"]}
    assert at_once >= {where for kind, where in planted if kind in (TroubleKind.COPY_ALTERED, TroubleKind.COPY_MISSING)}
    quiet = services.doctor("doctor", "--json").json()
    assert quiet["findings"] == []
    services.plant(lambda account: remove_copies(account, heads))


def test_with_hash_a_copy_is_read_even_if_its_etag_is_on_record(
    services: Surroundings, well: tuple[Ended, Faults]
) -> None:
    """Only storage itself can damage bytes and keep the ETag; here the record has the ETag of other bytes."""

    async def plant(account: Account) -> list[Head]:
        head = await Faults(account).moved("copies/damaged.txt")
        etag = await account.put(PUBLISHED, head.document.name, OTHER, said_of_the_review(head))
        table = account.users_tables.get_table_client(LEDGER_TABLE)
        await table.upsert_entity(head_row(replace(head, copy_etag=etag)))
        return [head]

    heads = services.plant(plant)
    by_etag, by_hash = services.doctor("doctor", "--json", "--published"), services.doctor("doctor", "--json", "--hash")
    services.plant(lambda account: remove_copies(account, heads))

    assert by_etag.json()["findings"] == []
    [found] = by_hash.json()["findings"]
    assert (found["trouble"], found["where"]) == (TroubleKind.COPY_ALTERED, "published/copies/damaged.txt")


def test_decisions_that_were_refused_and_answered_are_noted_and_make_nobody_ill(
    well: tuple[Ended, Faults], ill: Illness
) -> None:
    told = [
        [each["text"][:11] for each in ended.json()["notes"] if each["where"] == DECISIONS_QUARANTINE]
        for ended in (well[0], ill.ended)
    ]
    assert told == [[f"{number} decisions"] for number in (2, 3)]


def test_files_that_are_no_documents_are_counted_with_examples_and_are_no_trouble(ill: Illness) -> None:
    [told] = [each["text"] for each in ill.ended.json()["notes"] if each["where"] == "container pending"]
    assert told == (
        "6 files ignored and left there, by the policy file's key ignore: "
        ".DS_Store, a.pdf.crdownload, a/._plan.docx, ..."
    )


def test_every_planted_fault_is_found_with_its_cause_and_nothing_else_is(ill: Illness) -> None:
    assert set(ill.found) == set(ill.expected)
    assert [each for each in ill.expected if ill.expected[each] not in ill.found[each]["cause"]] == []
    assert ill.ended.code == Health.FINDINGS


@pytest.mark.parametrize("trouble", [each for each in TroubleKind if each not in ELSEWHERE])
def test_every_trouble_is_planted_and_its_remedy_told(ill: Illness, trouble: TroubleKind) -> None:
    remedies = {finding["remedy"] for (found, _), finding in ill.found.items() if found == trouble}
    assert remedies == {REMEDIES[trouble]}


def test_people_read_what_is_wrong_and_what_to_do(services: Surroundings, ill: Illness) -> None:
    ended = services.doctor("doctor", "--patience", "0")
    assert ended.code == Health.FINDINGS
    told = ended.out.splitlines()

    rows = [line.split("\t") for line in told]
    assert [row for row in rows if "0a" * 32 in row[1] and row[0] == TroubleKind.REVIEW_WITHOUT_HEAD]
    [left] = [row for row in rows if row[1].endswith("submissions/taken.txt") and row[0] == TroubleKind.DOCUMENT_LEFT]
    assert left[4] == REMEDIES[TroubleKind.DOCUMENT_LEFT]
    assert "Note: decisions-quarantine: 3 decisions well-formed but refused" in ended.err
    assert "Not examined: published and archived copies (their number only grows" in ended.err


@pytest.fixture
def refused(services: Surroundings) -> dict[str, str]:
    """Return the settings of somebody who may only list blobs."""
    account = dict(part.split("=", 1) for part in services.endpoints.storage.split(";") if part)
    sas = generate_account_sas(
        account["AccountName"],
        account["AccountKey"],
        ResourceTypes(container=True, object=True),
        AccountSasPermissions(read=True, list=True),
        expiry=FAR,
        services=Services(blob=True),
    )
    named = {name: account[name] for name in ("AccountName", "BlobEndpoint", "TableEndpoint")}
    documents = {**named, "SharedAccessSignature": sas}
    bus = services.endpoints.service_bus
    key = bus.partition("SharedAccessKey=")[2].partition(";")[0]
    return {
        "Documents": ";".join(f"{name}={value}" for name, value in documents.items()),
        "ServiceBus": bus.replace(key, "d3Jvbmc="),
    }


def test_answers_that_nobody_has_fetched_are_nothing_that_was_not_looked_at(ill: Illness) -> None:
    assert DECISION_REPLIES not in {each["what"] for each in ill.ended.json()["notLookedAt"]}


def test_what_may_not_be_looked_at_is_told_by_name_with_the_role_that_it_takes(
    services: Surroundings, refused: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = partial(ServiceBusClients.from_connection_string, retry_total=0)  # else 15 seconds of trying again
    monkeypatch.setattr(ServiceBusClients, "from_connection_string", at_once)
    ended = services.doctor("doctor", "--json", **refused, EventGridTopic__topicKey="d3Jvbmc=")
    unseen = {each["what"]: each["why"] for each in ended.json()["couldNotLookAt"]}

    assert "refuses access" in unseen["table ledger"]
    assert "Storage Table Data Reader" in unseen["table ledger"]
    assert "Azure Service Bus Data Receiver" in unseen["review-decisions"]
    assert unseen["event subscriptions"].endswith("refuses access (401): the role Reader is needed")
    assert set(unseen) == {"table ledger", "event subscriptions", *observer.QUEUES}
    assert ended.code == Health.UNKNOWN


def test_what_is_left_out_is_told_and_counts_for_nothing(services: Surroundings, refused: dict[str, str]) -> None:
    left_out = [f"--skip={name}" for name in ("table ledger", *observer.QUEUES)]
    ended = services.doctor("doctor", "--json", *left_out, **refused, EventGridTopic__subscriptionsUri="")
    report = ended.json()

    assert report["couldNotLookAt"] == []
    not_set = {"what": "event subscriptions", "why": "EventGridTopic__subscriptionsUri is not set"}
    assert not_set in report["notLookedAt"]
    assert {"what": "table ledger", "why": "left out with --skip"} in report["notLookedAt"]


def test_to_leave_out_what_nobody_looks_at_is_a_mistake(services: Surroundings) -> None:
    ended = services.doctor("doctor", "--skip", "review-decision")
    assert ended.code == Health.UNKNOWN
    assert "nothing is called review-decision; --skip accepts " in ended.err


def test_the_exit_codes_are_in_the_help(services: Surroundings) -> None:
    text = services.doctor("doctor", "--help").out
    assert [code for code in Health if f"{code.value}  " not in text] == []


def test_every_trouble_is_in_the_manual() -> None:
    manual = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    section = manual.partition("<!-- troubles -->")[2].partition("<!-- /troubles -->")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(TroubleKind)
    alerts = set(re.findall(r"`([\w-]+)` \|$", section, re.MULTILINE))

    assert alerts <= set(re.findall(r"^### `([\w-]+)`$", manual, re.MULTILINE))


def test_a_key_is_pinned_once_every_process_that_works_knows_it(services: Surroundings) -> None:
    version = "b" * 32
    key = f"https://kv.vault.azure.net/keys/door/{version}"
    old, new = public_jwk(kid="door-1"), public_jwk(signer("door-2", "", "ES256"), kid=f"door.{version}")

    def tell(account: Account, *jwks: dict[str, Any]) -> Awaitable[None]:
        return KeyReports(account.ledger_table()).report(keys_of(*jwks))

    def findings() -> list[str]:
        report = services.doctor("doctor", "--json", ATTESTATION_SIGNING_KEY=key).json()
        return [each["cause"] for each in report["findings"] if each["trouble"] == "signing_key_unknown"]

    services.plant(lambda account: tell(account, old, new))
    pinned = services.doctor("keys", "attest", "pin", key)
    assert (pinned.code, pinned.out) == (ExitCode.DONE, f"ATTESTATION_SIGNING_KEY={key}\n")
    assert findings() == []

    services.plant(lambda account: tell(account, old, new | {"revokedAt": "2026-01-01T00:00:00Z"}))
    refused = services.doctor("keys", "attest", "pin", key)
    assert (refused.code, refused.out) == (ExitCode.REFUSED, "")
    [cause] = findings()
    assert f"1 of 2 processes of the app have not read the key door.{version}, or hold it as revoked" in cause
