"""Reviews that no other test has, in a real ledger."""

from __future__ import annotations

from compliance.review import Decision, Head
from compliance.rulings import Ruling
from compliance.transitions import begin
from contracts.digest import text_digest
from tests.builders import REQUESTED_AT, document, uninspected_review
from tests.recording import record_decision
from tests.storage.account import Account, fresh_name


def fresh_review(**changes: object) -> Head:
    """Return a review that no other test has opened, not inspected yet."""
    name = fresh_name()
    return uninspected_review(review_id=text_digest(name), document=document(name=name), **changes)


async def opened(account: Account, **changes: object) -> Head:
    """Write a review that waits for decisions to the ledger."""
    head = fresh_review(**changes)
    await account.books.insert(head)
    return await account.books.change(head.review_id, lambda stored: begin(stored, head.document, REQUESTED_AT, None))


async def decide(account: Account, review_id: str, said: Decision) -> Ruling | None:
    """Record a decision as the trigger does."""
    return await record_decision(account.ledger, review_id, said)
