"""Ledger and storage from any two moments of a story: nothing that one of them proves is denied or lost.

Every pair is tried: the ledger older than storage, storage older than the ledger, as after one was restored or both
failed over.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from itertools import permutations

import pytest

from adapters.policies import load_policies
from adapters.stored_evidence import stored_evidence
from cli.doctor.remedies import REMEDIES
from compliance.document import review_id
from compliance.outcome import ReviewState, Verdict, outcome_of
from contracts.document_metadata import REVIEW_ID
from contracts.names import ARCHIVED, PUBLISHED
from evidence.checks import first_fault
from local.stack.devhost_process import PROJECT
from tests.storage.account import Account
from tests.storage.restores.azurite_moments import AzuriteMoments
from tests.storage.restores.running_app import RunningApp, restore_rows
from tests.storage.restores.story import MOMENTS, tell

SWEEPS = 2
PAIRS = list(permutations(range(len(MOMENTS)), 2))  # of ledger, of storage


@pytest.fixture(scope="module")
def policies() -> Iterator[None]:
    """Use the default policy."""
    loaded = load_policies(PROJECT / "policies/default.yaml")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("reviews.opening", "reviews.operators.lost_reviews"):
            patch.setattr(f"{module}.policies", lambda: loaded)
        yield


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory, policies: None) -> Iterator[tuple[dict, dict]]:
    """Yield the moments, and an account with the storage of each pair of them."""
    azurite = AzuriteMoments(tmp_path_factory.mktemp("moments"))
    moments = asyncio.run(tell(azurite))
    blobs = {account_of(i, j): moments[MOMENTS[j]].blobs for i, j in PAIRS}
    with azurite.accounts(blobs) as accounts:
        yield moments, accounts


def account_of(ledger: int, storage: int) -> str:
    return f"pair{ledger}x{storage}"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def verdicts_proved(running: RunningApp) -> dict[str, Verdict]:
    """Return the verdict that each copy in storage carries out, by review."""
    found = dict[str, Verdict]()
    for container in (ARCHIVED, PUBLISHED):
        async for blob in running.app.documents.blobs(container):
            assert "verdict" in blob.metadata, blob
            approved = container == PUBLISHED or blob.metadata["verdict"] == "approve"
            found[blob.metadata[REVIEW_ID]] = Verdict.APPROVE if approved else Verdict(blob.metadata["verdict"])
    return found


async def contents(running: RunningApp) -> dict[str, str]:
    """Return the hash of each blob, by place."""
    found = dict[str, str]()
    for container in ("pending", PUBLISHED, ARCHIVED):
        there = running.account.users.get_container_client(container)
        async for blob in there.list_blobs():
            found[f"{container}/{blob.name}"] = digest(await (await there.download_blob(blob.name)).readall())
    return found


@pytest.mark.parametrize(("ledger", "storage"), PAIRS, ids=[f"{MOMENTS[i]}-{MOMENTS[j]}" for i, j in PAIRS])
async def test_no_outcome_contradicts_storage_and_nothing_is_lost(restored, ledger: int, storage: int) -> None:
    moments, accounts = restored
    connection_string = accounts[account_of(ledger, storage)]
    async with Account(connection_string, connection_string) as account:
        await restore_rows(account.users_tables, moments[MOMENTS[ledger]].rows)
        running = RunningApp(account)
        proved, before = await verdicts_proved(running), await contents(running)
        approved = {h.document.sha256 for h in await running.heads() if h.verdict is Verdict.APPROVE}
        approved |= {sha for place, sha in before.items() if place.startswith(PUBLISHED)}
        approved |= {
            before[f"{ARCHIVED}/{blob.name}"]
            async for blob in running.app.documents.blobs(ARCHIVED)
            if blob.metadata["verdict"] == "approve"
        }

        for _ in range(SWEEPS):
            await running.sweep()
        for head in await running.heads():
            await running.expire(head)
        for _ in range(SWEEPS):
            await running.sweep()

        await check(running, proved, before, approved)
        troubles = await running.troubles()
        about = [trouble.where for trouble in troubles]
        assert len(about) == len(set(about)), troubles
        assert all("`compliance repair REVIEW`" in REMEDIES[trouble.kind] for trouble in troubles), troubles
        for trouble in troubles:
            review = await review_of(running, trouble.where)
            assert await running.repair(review) == "recorded", (trouble, await running.troubles())
        for _ in range(SWEEPS):
            await running.sweep()
        assert await running.troubles() == []
        await check(running, proved, before, approved)
        for head in await running.heads():
            assert head.state is ReviewState.CLOSED, head
            evidence = await stored_evidence(account.books, head.review_id)
            assert evidence
            assert first_fault(evidence) is None
        assert not [place for place in await contents(running) if place.startswith("pending/")]


async def review_of(running: RunningApp, where: str) -> str:
    if "/" not in where:
        return where
    blob = await running.app.documents.current(*where.split("/", 1))
    assert blob
    return review_id(blob.container, blob.name, blob.etag)


async def check(running: RunningApp, proved: dict[str, Verdict], before: dict[str, str], approved: set) -> None:
    heads = await running.heads()
    contradicted = {
        head.document.name: (head.outcome, proved[head.review_id])
        for head in heads
        if head.outcome and head.review_id in proved and head.outcome is not outcome_of(proved[head.review_id])
    }
    assert contradicted == {}
    after = await contents(running)
    assert set(before.values()) & approved <= set(after.values())
    assert set(before.values()) <= set(after.values())
    assert {sha for place, sha in after.items() if place.startswith(PUBLISHED)} <= approved
