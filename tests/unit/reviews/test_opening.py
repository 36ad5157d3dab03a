"""A blob gets one review under the canonical form of its name, whichever road it came by, or none with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.blobs.documents import Blob
from compliance.document import review_id
from compliance.review import Head
from contracts.messages.submissions import DocumentSubmittedV1
from contracts.names import PENDING, SUBMISSIONS
from contracts.policy_file.parsing import parse_policies
from reviews import opening
from reviews.opening import SubmissionRefusedError, open_announced, open_blob
from tests.malformed import NO_TEXT

UNUSED: Any = None
POLICIES = """\
version: "1"
policies:
  - documentClass: default
  - documentClass: contract
    pathPrefix: contracts/
    bindsPrefix: true
"""


class World:
    """Storage with one blob, asked for under any of its names."""

    def __init__(self, metadata: dict[str, str] | None = None) -> None:
        self.metadata = metadata or {}
        self.ledger = self.documents = self

    async def current(self, container: str, name: str) -> Blob:
        return blob(container, name, self.metadata)

    async def find(self, review_id: str) -> None:
        return None


def blob(container: str, name: str, metadata: dict[str, str] | None = None) -> Blob:
    return Blob(container, name, "0x1", 3, "text/plain", metadata or {}, None)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Head]:
    """Return the heads of the reviews that are opened."""
    heads: list[Head] = []

    async def write_review(app: Any, client: Any, head: Head) -> bool:
        heads.append(head)
        return True

    found = parse_policies(POLICIES, "policies.yaml", {}.__getitem__)
    monkeypatch.setattr(opening, "policies", lambda: found)
    monkeypatch.setattr(opening, "write_review", write_review)
    return heads


@pytest.mark.parametrize("name", [*NO_TEXT, "/a", "a/", "a//b", "a/../b", "a.", "a./b"])
@pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
async def test_a_name_without_a_canonical_form_is_refused(container: str, name: str) -> None:
    with pytest.raises(SubmissionRefusedError, match="the blob's name must not") as refused:
        await open_blob(UNUSED, UNUSED, blob(container, name))

    assert refused.value.blob == (blob(container, name) if container == PENDING else None)


async def test_both_spellings_of_a_name_open_one_review_on_every_road(opened: list[Head]) -> None:
    world: Any = World()
    for spelled in ("contracts/deal.txt", "contracts\\deal.txt"):
        await open_blob(world, UNUSED, blob(PENDING, spelled))
        wire = {"type": "DocumentSubmittedV1", "container": PENDING, "name": spelled, "etag": '"0x1"'}
        await open_announced(world, UNUSED, DocumentSubmittedV1.model_validate(wire))

    assert {head.review_id for head in opened} == {review_id(PENDING, "contracts/deal.txt", "0x1")}
    assert {head.document.name for head in opened} == {"contracts/deal.txt"}
    assert {head.policy.document_class for head in opened} == {"contract"}
    assert len(opened) == 4


@pytest.mark.parametrize("name", ["contracts/deal.txt", "Contracts\\deal.txt"])
async def test_another_class_is_refused_where_the_prefix_binds_its_own(opened: list[Head], name: str) -> None:
    claimed = {"documentclass": "default"}
    with pytest.raises(SubmissionRefusedError, match="have the class contract and no other"):
        await open_blob(World(claimed), UNUSED, blob(PENDING, name, claimed))  # type: ignore[arg-type]
    wire = {
        "type": "DocumentSubmittedV1",
        "container": SUBMISSIONS,
        "name": name,
        "etag": "0x1",
        "documentClass": "default",
    }
    with pytest.raises(SubmissionRefusedError, match="have the class contract and no other"):
        await open_announced(World(), UNUSED, DocumentSubmittedV1.model_validate(wire))  # type: ignore[arg-type]
    assert opened == []
