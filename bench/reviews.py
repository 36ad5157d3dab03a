"""Many reviews at once, without a benchmark's own reading getting in the way."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from compliance.document import review_id
from local.stack.documents import PENDING
from local.stack.eventually import eventually
from local.stack.running import Stack


def upload(stack: Stack) -> tuple[str, str]:
    """Upload a small document under a new name; name and ETag."""
    name = f"bench-{uuid.uuid4().hex}.txt"
    return name, stack.documents.upload(name, name.encode())


def submit(stack: Stack, count: int) -> dict[str, str]:
    """Upload `count` small documents and wait until all their reviewers are asked: review id by document name."""
    with ThreadPoolExecutor(8) as pool:
        uploaded = pool.map(lambda _: upload(stack), range(count))
        reviews = {name: review_id(PENDING, name, etag) for name, etag in uploaded}
    last = set(reviews.values())

    def all_asked() -> bool:
        last.difference_update([each for each in last if (stack.ledger.head(each) or {}).get("deadline")])
        return not last

    eventually(all_asked, f"{count} reviews ask their reviewers", seconds=300)
    return reviews
