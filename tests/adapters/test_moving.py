"""Where each verdict sends a document, seen in storage."""

from __future__ import annotations

from compliance.outcome import Verdict
from tests.adapters.account import Account, Found, fresh_name

CONTENT = b"%PDF-1.3 the annual report"


async def test_an_approved_document_is_published_as_it_was(account: Account) -> None:
    head = await account.review(fresh_name(), CONTENT, Verdict.APPROVE, submitter="sam@example.org")

    moved = await account.mover.publish(head)

    assert moved.location == f"published/{head.document.name}"
    assert await account.everywhere(head) == {
        moved.location: Found(
            CONTENT,
            {"submitter": "sam@example.org", "reviewid": head.review_id, "documentsha256": str(head.document.sha256)},
            "Hot",
            "application/octet-stream",
        )
    }
