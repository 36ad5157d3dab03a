"""Each kind of repair against real storage: the ledger was restored, copies were lost, or somebody wrote into them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from azure.data.tables import TableEntity

from adapters.blobs.moved_copies import published_copy
from adapters.policies import load_policies
from adapters.stored_evidence import stored_evidence
from cli.doctor.copy_observer import Copies
from cli.doctor.remedies import TroubleKind
from compliance.copies import be_replaced
from compliance.document import review_id
from compliance.history import AuditEvent
from compliance.outcome import Outcome, ReviewState, Verdict, Vote, outcome_of
from compliance.retraction import retract
from compliance.review import Head
from contracts.history import MoveResult
from contracts.names import LEDGER_TABLE, PENDING, PUBLISHED, SUBMISSIONS
from evidence.checks import first_fault
from local.stack.devhost_process import PROJECT
from reviews.closing import close_review
from reviews.documents.copying import copy_metadata
from reviews.documents.moving import LONGEST_LEASE, OtherVerdictError
from reviews.documents.moving_again import move_again
from reviews.documents.retracting import retract_document
from reviews.opening import open_blob
from tests.builders import DEADLINE, REQUESTED_AT, REVIEWER, decision
from tests.recording import record_decision
from tests.storage.account import Account, fresh_name
from tests.storage.restores.running_app import RunningApp
from tests.storage.restores.story import SAM, withdrawn
from tests.storage.wire import after, pass_on

BYTES, OTHERS = b"what was reviewed", b"what nobody has seen"
FOREVER = -1
AGAIN = [
    (Verdict.REJECT, Verdict.APPROVE),
    (Verdict.APPROVE, Verdict.REJECT),
    (Verdict.APPROVE, Verdict.WITHDRAW),
    (Verdict.WITHDRAW, Verdict.REJECT),
]


@pytest.fixture
async def running(account: Account, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningApp]:
    """Run the app under the default policy, on an account that other tests use, too."""
    loaded = load_policies(PROJECT / "policies/default.yaml")
    for module in ("reviews.opening", "reviews.operators.lost_reviews"):
        monkeypatch.setattr(f"{module}.policies", lambda: loaded)
    submissions = account.users.get_container_client(SUBMISSIONS)
    if not await submissions.exists():
        await submissions.create_container()
    yield RunningApp(account)


async def waiting(
    running: RunningApp, name: str | None = None, content: bytes = BYTES, *, inspected: bool = True
) -> Head:
    """Submit a document, by default a new one, and let its reviewers be asked."""
    name = name or fresh_name()
    etag = await running.account.put(PENDING, name, content, {"submitter": SAM})
    blob = await running.app.documents.current(PENDING, name)
    assert blob
    await open_blob(running.app, running.client, blob)
    identity = review_id(PENDING, name, etag)
    if inspected:
        await running.go_on(identity)
    return await running.app.ledger.get(identity)


async def rows_of(account: Account, head: Head) -> list[TableEntity]:
    table = account.users_tables.get_table_client(LEDGER_TABLE)
    return [row async for row in table.query_entities(f"PartitionKey eq '{head.review_id}'")]


async def restore(account: Account, head: Head, rows: list[TableEntity]) -> RunningApp:
    """Restore a review's rows. Return an app that remembers nothing of what they were."""
    table = account.users_tables.get_table_client(LEDGER_TABLE)
    for row in await rows_of(account, head):
        await table.delete_entity(row)
    for row in rows:
        await table.create_entity(row)
    return RunningApp(account)


async def decide(running: RunningApp, head: Head, verdict: Verdict) -> Head:
    if verdict is Verdict.WITHDRAW:
        return await running.app.ledger.change(head.review_id, withdrawn)
    vote = Vote.APPROVE if verdict is Verdict.APPROVE else Vote.REJECT
    said = decision(vote=vote, decision_id=head.review_id, message_id=head.review_id, enqueued_at=REQUESTED_AT)
    await record_decision(running.app.ledger, head.review_id, said)
    return await running.app.ledger.get(head.review_id)


async def move(running: RunningApp, head: Head) -> None:
    """Move a document as its verdict says, without closing its review."""
    mover = running.app.mover
    await (mover.publish(head) if head.verdict is Verdict.APPROVE else mover.archive(head))


async def moved_before_and_decided_again(
    running: RunningApp, before: Verdict, after: Verdict
) -> tuple[RunningApp, Head]:
    """Move a document, lose that decision with a restore of the ledger, and decide otherwise."""
    head = await waiting(running)
    rows = await rows_of(running.account, head)
    await move(running, await decide(running, head, before))
    restored = await restore(running.account, head, rows)
    return restored, await decide(restored, head, after)


def place(head: Head, verdict: Verdict) -> str:
    name = head.document.name
    return f"published/{name}" if verdict is Verdict.APPROVE else f"archived/{head.review_id}/{name}"


async def check_sound(running: RunningApp, head: Head, verdict: Verdict) -> None:
    """Check that the review is closed as decided, its document where that sends it, and that all of it is proved."""
    stored = await running.app.ledger.get(head.review_id)
    assert (stored.state, stored.verdict, stored.outcome) == (ReviewState.CLOSED, verdict, outcome_of(verdict))
    assert stored.replaced_by is None
    where = await running.account.everywhere(stored)
    assert {at: found.content for at, found in where.items()} == {place(head, verdict): BYTES}
    [found] = where.values()
    assert found.metadata["verdict"] == verdict
    assert stored.location == place(head, verdict)
    assert stored.copy_etag == await running.account.etag(place(head, verdict))
    assert await running.app.ledger.has_record(
        head.review_id, found.metadata["auditrecord"], found.metadata["auditdigest"]
    )
    assert await fault_of(running, head) is None
    assert await about(running, head) == []


async def fault_of(running: RunningApp, head: Head) -> str | None:
    evidence = await stored_evidence(running.account.books, head.review_id)
    assert evidence
    fault = first_fault(evidence)
    return str(fault) if fault else None


async def about(running: RunningApp, head: Head) -> list[str]:
    """Return the kinds of trouble that `compliance doctor` finds about a review."""
    wheres = (head.review_id, f"{PENDING}/{head.document.name}")
    return [trouble.kind for trouble in await running.troubles() if trouble.where in wheres]


@pytest.mark.parametrize(("before", "after"), AGAIN)
async def test_a_copy_of_another_verdict_is_moved_as_reviewers_have_decided_since(
    running: RunningApp, before: Verdict, after: Verdict
) -> None:
    restored, head = await moved_before_and_decided_again(running, before, after)
    await running.account.put("staging", head.review_id, BYTES, {"reviewid": head.review_id})  # of a broken move
    if Verdict.APPROVE in (before, after):
        with pytest.raises(OtherVerdictError):  # the orchestration goes on as it was before the restore
            await close_review(restored.app, head.review_id, MoveResult(location=place(head, before)), DEADLINE)
    assert await about(restored, head) == ["contradicted"]

    assert await restored.repair(head.review_id) == "recorded"

    await check_sound(restored, head, after)
    assert restored.announced[head.review_id]["outcome"] == outcome_of(after)


@pytest.mark.parametrize(("before", "after"), AGAIN)
async def test_a_copy_with_other_bytes_is_never_taken_for_the_document(
    running: RunningApp, before: Verdict, after: Verdict
) -> None:
    restored, head = await moved_before_and_decided_again(running, before, after)
    copy = place(head, before)
    found = (await restored.account.everywhere(head))[copy]
    container, name = copy.split("/", 1)
    await restored.account.put(container, name, OTHERS, found.metadata)

    assert await restored.repair(head.review_id) == "not_permitted"

    stored = await restored.app.ledger.get(head.review_id)
    assert (stored.state, stored.verdict) == (ReviewState.DECIDED, after)
    assert [each.content for each in (await restored.account.everywhere(head)).values()] == [OTHERS]
    assert await about(restored, head) == ["contradicted"]


async def test_an_app_that_goes_on_meanwhile_and_a_repair_come_to_the_same(running: RunningApp) -> None:
    """The ledger was restored to before the inspection, and the app begins it while the copy is read."""
    account = running.account
    head = await waiting(running, inspected=False)
    rows = await rows_of(account, head)
    await running.go_on(head.review_id)
    decided = await decide(running, head, Verdict.APPROVE)
    source, target = (account.users.get_blob_client(each, head.document.name) for each in (PENDING, PUBLISHED))
    await target.start_copy_from_url(source.url, metadata=copy_metadata(decided, {}))
    restored = await restore(account, head, rows)
    account.wire.step_in(after(5, partial(RunningApp(account).go_on, head.review_id)))

    assert await restored.repair(head.review_id) == "recorded"

    account.wire.step_in(pass_on)
    for _ in range(2):
        await restored.sweep()
    await check_sound(restored, head, Verdict.APPROVE)


async def test_nor_does_a_repair_overwrite_what_an_app_finds_out_meanwhile(running: RunningApp) -> None:
    head = await waiting(running, inspected=False)
    others = replace(head.document, sha256=hashlib.sha256(OTHERS).hexdigest())
    forged = replace(head, document=others, verdict=Verdict.APPROVE)
    await running.account.put("published", head.document.name, OTHERS, copy_metadata(forged, {}))
    running.account.wire.step_in(after(5, partial(RunningApp(running.account).go_on, head.review_id)))

    assert await running.repair(head.review_id) == "not_permitted"

    running.account.wire.step_in(pass_on)
    assert (await running.app.ledger.get(head.review_id)).state is ReviewState.OPEN
    assert await fault_of(running, head) is None


async def test_a_copy_that_does_not_say_which_bytes_were_approved_proves_nothing(running: RunningApp) -> None:
    head = await waiting(running, inspected=False)
    approved = replace(head, verdict=Verdict.APPROVE)
    await running.account.put("published", head.document.name, BYTES, copy_metadata(approved, {}))

    assert await running.repair(head.review_id) == "not_permitted"

    assert (await running.app.ledger.get(head.review_id)).state is ReviewState.OPEN


async def test_a_copy_that_names_another_hash_than_was_inspected_proves_nothing(running: RunningApp) -> None:
    head = await waiting(running)
    others = hashlib.sha256(OTHERS).hexdigest()
    forged = replace(head, document=replace(head.document, sha256=others), verdict=Verdict.APPROVE)
    await running.account.put("published", head.document.name, OTHERS, copy_metadata(forged, {}))

    assert await running.repair(head.review_id) == "not_permitted"

    assert (await running.app.ledger.get(head.review_id)).state is ReviewState.OPEN
    assert await fault_of(running, head) is None


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT, Verdict.WITHDRAW])
async def test_a_moved_document_that_is_gone_for_good_is_put_on_record_once(
    running: RunningApp, verdict: Verdict
) -> None:
    head = await waiting(running)
    await running.finish(await decide(running, head, verdict))
    closed = await running.app.ledger.get(head.review_id)
    assert await running.repair(head.review_id) == "not_permitted"
    await running.account.users.get_blob_client(*place(head, verdict).split("/", 1)).delete_blob()

    answers = [await running.repair(head.review_id) for _ in range(2)]

    assert answers == ["recorded", "recorded"]  # the second is the same message again
    stored = await running.app.ledger.get(head.review_id)
    assert stored == replace(
        closed, copy_lost=True, last_audit=stored.last_audit, last_at=stored.last_at, audit_digest=stored.audit_digest
    )
    records = [record.event for record, _ in await running.app.ledger.audit(head.review_id)]
    assert records.count(AuditEvent.REVIEW_REPAIRED) == 1
    assert await fault_of(running, head) is None


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
async def test_a_moved_document_whose_metadata_somebody_has_removed_is_not_gone(
    running: RunningApp, verdict: Verdict
) -> None:
    head = await waiting(running)
    await running.finish(await decide(running, head, verdict))
    await running.account.users.get_blob_client(*place(head, verdict).split("/", 1)).set_blob_metadata({})

    assert await running.repair(head.review_id) == "not_permitted"
    assert not (await running.app.ledger.get(head.review_id)).copy_lost


async def test_a_replaced_version_whose_kept_copy_is_gone_is_put_on_record(running: RunningApp) -> None:
    head = await waiting(running)
    await running.finish(await decide(running, head, Verdict.APPROVE))
    closed = await running.app.ledger.get(head.review_id)
    await running.account.put("published", head.document.name, OTHERS, {"reviewid": "f" * 64})
    replaced = await running.app.ledger.change(closed.review_id, lambda stored: be_replaced(stored, "f" * 64, None))
    assert replaced.replaced_by

    assert await running.repair(head.review_id) == "recorded"
    assert (await running.app.ledger.get(head.review_id)).copy_lost
    assert await running.repair(head.review_id) == "recorded"  # the same message again
    assert await fault_of(running, head) is None


async def published(running: RunningApp, name: str, content: bytes) -> Head:
    """Publish a version of a document."""
    head = await decide(running, await waiting(running, name, content), Verdict.APPROVE)
    await running.finish(head)
    return await running.app.ledger.get(head.review_id)


async def take_back(running: RunningApp, head: Head) -> None:
    ruling = retract(head, REVIEWER, REQUESTED_AT, "it names a customer")
    assert ruling
    await running.app.ledger.change(head.review_id, lambda _: ruling.transition)
    await retract_document(running.app, head.review_id)


async def test_a_repair_that_dies_after_it_has_moved_a_copy_forgets_no_replaced_version(running: RunningApp) -> None:
    name = fresh_name()
    first = await published(running, name, BYTES)
    head = await waiting(running, name, b"second")
    rows = await rows_of(running.account, head)
    await move(running, await decide(running, head, Verdict.APPROVE))
    running = await restore(running.account, head, rows)
    rejected = await decide(running, head, Verdict.REJECT)
    copy = await published_copy(running.app.documents, head.review_id, name)
    assert copy

    await running.app.mover.move_copy(rejected, copy)  # and no more
    await running.sweep()

    later, earlier = [await running.app.ledger.get(each.review_id) for each in (head, first)]
    assert (later.outcome, later.replaces) == (Outcome.REJECTED, first.review_id)
    assert earlier.replaced_by == head.review_id
    assert await about_document(running, [first, head]) == []


@pytest.mark.parametrize(
    ("since", "state", "latest_first"),
    [
        ("published", None, True),
        ("published", ReviewState.OPEN, True),
        ("replaced", None, True),
        ("replaced", None, False),
        ("taken back", None, True),
    ],
)
async def test_lost_later_versions_are_a_trouble_each_whose_repair_notes_what_they_replaced(
    running: RunningApp, since: str, state: ReviewState | None, *, latest_first: bool
) -> None:
    name = fresh_name()
    first = await published(running, name, BYTES)
    rows = {first.review_id: await rows_of(running.account, first)}
    versions = [first]
    for content in (b"second", b"third") if since == "replaced" else (b"second",):
        head = await waiting(running, name, content)
        rows[head.review_id] = await rows_of(running.account, head) if state else []
        await running.finish(await decide(running, head, Verdict.APPROVE))
        versions.append(head)
    if since == "taken back":
        await take_back(running, await running.app.ledger.get(versions[-1].review_id))
    for head in versions:
        running = await restore(running.account, head, rows[head.review_id])
    later = versions[:0:-1] if latest_first else versions[1:]
    all_troubles = partial(about_document, running, versions)

    assert await all_troubles() == sorted((TroubleKind.CONTRADICTED, head.review_id) for head in later)
    for done, head in enumerate(later, start=1):
        at = await running.app.documents.current(PUBLISHED, name)
        is_published = at is not None and at.named_review == head.review_id
        copy_at = f"published/{name}" if is_published else f"archived/{head.review_id}/{name}"
        assert await running.repair(head.review_id, copy_at) == "recorded"
        assert await running.repair(head.review_id, copy_at) == "recorded"  # the same message again
        assert await all_troubles() == sorted((TroubleKind.CONTRADICTED, each.review_id) for each in later[done:])

    heads = [await running.app.ledger.get(each.review_id) for each in versions]
    chain = [head.review_id for head in heads]
    assert [head.outcome for head in heads] == [Outcome.APPROVED] * len(heads)
    assert [head.replaced_by for head in heads] == [*chain[1:], None]
    assert [head.replaces for head in heads] == [None, *chain[:-1]]
    assert [await fault_of(running, head) for head in heads] == [None] * len(heads)


async def about_document(running: RunningApp, versions: list[Head]) -> list[tuple[TroubleKind, str]]:
    """Return the troubles that `compliance doctor --published` finds about versions of a document, and where."""
    name = versions[0].document.name
    reviews = [head.review_id for head in versions]
    found = [(each.kind, each.where) for each in await running.troubles(Copies.BY_ETAG)]
    return sorted((kind, where) for kind, where in found if name in where or where in reviews)


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_leased_source_that_was_left_behind_is_named_and_moved_once_the_lease_is_gone(
    running: RunningApp, *, by_hand: bool
) -> None:
    head = await decide(running, await waiting(running), Verdict.APPROVE)
    source = running.account.users.get_blob_client(PENDING, head.document.name)
    lease = await source.acquire_lease(FOREVER)
    assert head.last_at
    closed = await running.account.close(head, await running.account.mover.publish(head, head.last_at + LONGEST_LEASE))
    await running.app.ledger.unfinished.delete(closed)
    assert closed.outcome is Outcome.APPROVED

    assert await about(running, head) == ["document_left"]
    assert await running.repair(head.review_id) == "not_permitted"
    assert not await move_again(running.app, closed)  # as the sweep tries
    assert set(await running.account.everywhere(head)) == {
        place(head, Verdict.APPROVE),
        f"pending/{head.document.name}",
    }

    await lease.release()
    if by_hand:
        assert await running.repair(head.review_id) == "recorded"
    else:
        assert await move_again(running.app, closed)
    await check_sound(running, head, Verdict.APPROVE)
