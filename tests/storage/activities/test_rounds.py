"""The activities that tell people of a review: each may run twice, and nobody is told of what is decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from activities import escalate_review, remind_reviewers, request_decisions
from adapters.ledger.store import StoredReview
from compliance.history import AuditEvent
from compliance.policy import Part, Stage
from compliance.review import Head
from contracts.history import Inspection, ReminderStep, RequestStep, ReviewStanding, ReviewStep
from tests.builders import DEADLINE, REQUESTED_AT, SHA256, document, policy, uninspected_review
from tests.storage.account import Account, fresh_name
from tests.storage.activities.staged_reviews import (
    ANN,
    BEN,
    EVE,
    HOUR,
    LEGAL,
    RULES,
    Sent,
    approve,
    happened,
    user_function,
)

INSPECTION = Inspection(length=2048, sha256=SHA256)


Run = Callable[[Any, ReviewStep], Awaitable[ReviewStanding]]


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def run(account: Account, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs an activity twice, as after a crash before the hub recorded its end."""
    app = SimpleNamespace(
        ledger=account.ledger,
        documents=account.documents,
        inboxes=account.inboxes,
        messages=sent,
        environment="local",
    )

    async def twice(module: Any, step: ReviewStep) -> ReviewStanding:
        monkeypatch.setattr(module, "current_app", lambda: app)
        activity = user_function(module)
        first, second = [await activity(step.model_dump(mode="json", by_alias=True)) for _ in range(2)]
        assert first == second
        return ReviewStanding.model_validate(second)

    return twice


async def requested(account: Account, run: Run, **rules: Any) -> Head:
    """Open a review and ask its first stage twice."""
    name = fresh_name()
    head = uninspected_review(
        review_id=name.replace("/", "-"), document=document(name=name), policy=policy(**{**RULES, **rules})
    )
    await account.books.insert(head)
    step = RequestStep(review_id=head.review_id, at=REQUESTED_AT, inspection=INSPECTION)
    await run(request_decisions, step)
    return head


async def test_a_request_run_twice_begins_the_reviewers_time_once(account: Account, run: Run, sent: Sent) -> None:
    head = await requested(account, run)

    assert await happened(account, head) == [AuditEvent.REVIEW_OPENED, AuditEvent.DOCUMENT_INSPECTED]
    assert sent.ids == [f"{head.review_id}-request"] * 2
    assert (sent.newest["stage"], sent.newest["audience"]) == ("legal", [ANN, BEN])  # not the submitter


async def test_a_later_stage_is_opened_once_and_asks_nobody_who_has_decided(
    account: Account, run: Run, sent: Sent
) -> None:
    head = await requested(account, run)
    await approve(account, head, ANN)

    standing = await run(request_decisions, RequestStep(review_id=head.review_id, at=REQUESTED_AT + HOUR))

    assert standing.stage == 1
    assert (await happened(account, head))[2:] == [AuditEvent.DECISION_RECORDED, AuditEvent.STAGE_OPENED]
    assert sent.ids[2:] == [f"{head.review_id}-request-1"] * 2
    assert (sent.newest["stage"], sent.newest["audience"]) == ("finance", [EVE])


async def test_a_reminder_is_noted_once_and_sent_under_one_id_to_who_is_silent(
    account: Account, run: Run, sent: Sent
) -> None:
    head = await requested(account, run, stages=(Stage("both", (LEGAL, Part((EVE,)))),))
    await approve(account, head, ANN)

    step = ReminderStep(review_id=head.review_id, at=REQUESTED_AT + 24 * HOUR, number=1)
    standing = await run(remind_reviewers, step)

    assert standing.reminders_sent == 1
    assert (await happened(account, head))[3:] == [AuditEvent.REVIEWERS_REMINDED]
    assert sent.ids[2:] == [f"{head.review_id}-reminder-1"] * 2
    assert (sent.newest["round"], sent.newest["audience"]) == ("reminder", [BEN, EVE])


async def test_an_escalation_extends_the_deadline_once(account: Account, run: Run, sent: Sent) -> None:
    head = await requested(account, run)

    standing = await run(escalate_review, ReviewStep(review_id=head.review_id, at=REQUESTED_AT + 48 * HOUR))

    assert (standing.escalated, standing.deadline) == (True, DEADLINE + 24 * HOUR)
    assert (await happened(account, head))[2:] == [AuditEvent.REVIEW_ESCALATED]
    assert sent.ids[2:] == [f"{head.review_id}-escalation"] * 2
    assert sent.newest["audience"] == ["maria@example.org"]
    assert sent.newest["deadline"] == (DEADLINE + 24 * HOUR).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (request_decisions, RequestStep(review_id="", at=REQUESTED_AT)),
        (remind_reviewers, ReminderStep(review_id="", at=REQUESTED_AT, number=1)),
        (escalate_review, ReviewStep(review_id="", at=REQUESTED_AT)),
    ],
)
async def test_nobody_is_told_of_a_review_that_is_decided(
    account: Account, run: Run, sent: Sent, module: Any, step: ReviewStep
) -> None:
    head = await requested(account, run, stages=(Stage("legal", (LEGAL,)),))
    await approve(account, head, ANN)
    told, before = list(sent.ids), await happened(account, head)

    standing = await run(module, step.model_copy(update={"review_id": head.review_id}))

    assert (standing.state, standing.verdict) == ("decided", "approve")
    assert (sent.ids, await happened(account, head)) == (told, before)


@pytest.mark.parametrize("stages", [(Stage("legal", (LEGAL,)),), RULES["stages"]], ids=["decided", "next stage"])
async def test_nobody_is_told_of_a_stage_that_ends_while_they_are_looked_up(
    account: Account, run: Run, sent: Sent, monkeypatch: pytest.MonkeyPatch, stages: tuple[Stage, ...]
) -> None:
    head = await requested(account, run, stages=stages)
    told, ledger = list(sent.ids), account.ledger
    review = ledger.review

    async def decided_just_before(review_id: str) -> StoredReview | None:
        await approve(account, head, ANN)
        return await review(review_id)

    monkeypatch.setattr(ledger, "review", decided_just_before)
    step = ReminderStep(review_id=head.review_id, at=REQUESTED_AT + 24 * HOUR, number=1)
    app = SimpleNamespace(ledger=ledger, messages=sent, environment="local")
    monkeypatch.setattr(remind_reviewers, "current_app", lambda: app)
    await user_function(remind_reviewers)(step.model_dump(mode="json", by_alias=True))

    assert sent.ids == told
