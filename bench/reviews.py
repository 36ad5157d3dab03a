"""Start many reviews at once, reading no more than necessary while they are measured."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from compliance.document import review_id
from local.stack.documents import PENDING
from local.stack.eventually import eventually
from local.stack.running import Stack


def upload(stack: Stack) -> tuple[str, str]:
    """Upload a small document under a new name and return its name and ETag."""
    name = f"bench-{uuid.uuid4().hex}.txt"
    return name, stack.documents.upload(name, name.encode())


def submit(stack: Stack, count: int) -> dict[str, str]:
    """Upload `count` small documents, wait until all reviewers are asked, return the review ids by document name."""
    with ThreadPoolExecutor(8) as pool:
        uploaded = pool.map(lambda _: upload(stack), range(count))
        reviews = {name: review_id(PENDING, name, etag) for name, etag in uploaded}
    last = set(reviews.values())

    def all_asked() -> bool:
        last.difference_update([each for each in last if (stack.ledger.head(each) or {}).get("deadline")])
        return not last

    eventually(all_asked, f"{count} reviews ask their reviewers", seconds=300)
    return reviews
