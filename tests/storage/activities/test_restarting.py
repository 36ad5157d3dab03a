"""What the first two steps do once more where a review is started anew, whatever its process remembers of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from activities import inspect_document, request_decisions
from adapters.content.processes.pool import shared_inspectors
from adapters.ledger.store import Ledger
from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.document import DocumentVersion, review_id
from compliance.history import AuditEvent
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Head
from compliance.rounds import open_stage
from compliance.transitions import begin, close, supersede
from contracts.history import Inspection, RequestStep, ReviewStanding, ReviewStep
from contracts.names import PENDING
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, document, policy, uninspected_review
from tests.storage.account import Account, fresh_name
from tests.storage.activities.staged_reviews import ANN, EVE, RULES, Sent, approve, happened, user_function

Restart = Callable[[Head], Awaitable[ReviewStanding]]


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def ours(account: Account) -> Ledger:
    """Return the ledger of the process that starts the review anew; `account.books` belongs to the lost one."""
    return account.ledger


@pytest.fixture
def restart(account: Account, ours: Ledger, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> Restart:
    """Inspect and request decisions, as `document_review` does from the top."""
    app = SimpleNamespace(
        ledger=ours,
        inboxes=account.inboxes,
        documents=account.documents,
        inspectors=shared_inspectors(),
        messages=sent,
        environment="local",
    )
    for module in (inspect_document, request_decisions):
        monkeypatch.setattr(module, "current_app", lambda: app)

    async def run(head: Head) -> ReviewStanding:
        step = ReviewStep(review_id=head.review_id, at=DEADLINE)
        found = await user_function(inspect_document)(step.model_dump(mode="json", by_alias=True))
        request = RequestStep(**dict(step), inspection=Inspection.model_validate(found) if found else None)
        said = await user_function(request_decisions)(request.model_dump(mode="json", by_alias=True))
        return ReviewStanding.model_validate(said)

    return run


@pytest.fixture(params=["nothing", "its opening"])
async def head(request: pytest.FixtureRequest, account: Account, ours: Ledger) -> Head:
    """Open a review of two stages, which our process has not seen, or only opened."""
    name = fresh_name()
    etag = await account.put(PENDING, name, b"the annual report")
    version = DocumentVersion(PENDING, name, etag, None, None, "application/pdf")
    opened = Head(review_id(PENDING, name, etag), version, policy(**RULES), SUBMITTER)
    await (ours if request.param == "its opening" else account.books).insert(opened)
    return opened


async def begun(account: Account, head: Head, *approvals: str) -> None:
    """Inspected, and approved by these people, by the process that was lost."""
    inspected = document(name=head.document.name, etag=head.document.etag)
    await account.books.change(head.review_id, lambda stored: begin(stored, inspected, REQUESTED_AT, None))
    for person in approvals:
        await approve(account, head, person)


async def test_who_was_asked_is_asked_under_the_same_id_and_nothing_is_written(
    account: Account, head: Head, restart: Restart, sent: Sent
) -> None:
    await begun(account, head)
    before = await account.books.review(head.review_id)

    standing = await restart(head)

    assert (standing.state, standing.stage, standing.deadline) == (ReviewState.OPEN, 0, DEADLINE)
    assert sent.ids == [f"{head.review_id}-request"]
    assert await account.books.review(head.review_id) == before


@pytest.mark.parametrize("asked", [True, False])
async def test_of_a_later_stage_its_own_reviewers_are_asked(
    account: Account, head: Head, restart: Restart, sent: Sent, asked: bool
) -> None:
    await begun(account, head, ANN)
    if asked:
        await account.books.change(head.review_id, lambda stored: open_stage(stored, REQUESTED_AT))

    standing = await restart(head)

    assert (standing.state, standing.stage) == (ReviewState.OPEN, 1)
    assert sent.ids == [f"{head.review_id}-request-1"]
    assert sent.newest["audience"] == [EVE]
    assert (await happened(account, head))[3:] == [AuditEvent.STAGE_OPENED]


async def test_nobody_is_asked_of_what_is_decided(account: Account, head: Head, restart: Restart, sent: Sent) -> None:
    await begun(account, head, ANN, EVE)
    before = await account.books.review(head.review_id)

    standing = await restart(head)

    assert (standing.state, standing.verdict) == (ReviewState.DECIDED, Verdict.APPROVE)
    assert sent.ids == []
    assert await account.books.review(head.review_id) == before


async def test_nobody_is_asked_of_what_is_closed(account: Account, head: Head, restart: Restart, sent: Sent) -> None:
    await begun(account, head, ANN, EVE)
    await account.books.change(head.review_id, lambda stored: close(stored, DEADLINE, "published/x"))
    await account.users.get_blob_client(PENDING, head.document.name).delete_blob()  # it was published
    before = await account.books.review(head.review_id)

    standing = await restart(head)

    assert (standing.state, standing.outcome) == (ReviewState.CLOSED, Outcome.APPROVED)
    assert sent.ids == []
    assert await account.books.review(head.review_id) == before


async def test_nobody_is_asked_of_what_was_superseded_before_its_inspection(
    account: Account, head: Head, restart: Restart, sent: Sent
) -> None:
    await account.put(PENDING, head.document.name, b"corrected")
    await account.books.change(head.review_id, supersede)

    standing = await restart(head)

    assert (standing.state, standing.verdict) == (ReviewState.DECIDED, Verdict.SUPERSEDE)
    assert sent.ids == []


async def test_a_review_without_a_head_is_not_inspected(restart: Restart, sent: Sent) -> None:
    with pytest.raises(ReviewNotFoundError):
        await restart(uninspected_review())
    assert sent.ids == []
