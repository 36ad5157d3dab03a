"""The longest evidence that a review can have, which takes seconds to write and to read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.evidence_bundle.page import page_of
from compliance.people.delegation import LONGEST
from compliance.refusal import MOST_DECISIONS
from compliance.transitions import MOST_NOTES
from evidence.bundle import bundle_of, evidence_in, write_bundle
from evidence.bundle_reading import read_bundle
from tests.journeys import approved, hour


@pytest.mark.parametrize("character", ["\x00"], ids=ascii)
def test_the_longest_evidence_that_a_review_can_have_fits_into_a_bundle(character: str, tmp_path: Path) -> None:
    """As many decisions as a review takes, each with the longest texts, and as many notes of operators."""
    evidence = approved().evidence()
    name, proof, until = 256 * "😀", 8192 * "a", (hour(1) + LONGEST).isoformat()
    texts = {
        "reviewer": name,
        "onBehalfOf": name,
        "comment": 4000 * character,
        "proof": proof,
        "delegationProof": proof,
    }
    ids = dict.fromkeys(("decisionId", "messageId", "etag"), 128 * character)
    times = {"enqueuedAt": until, "copyEnqueuedAt": until, "delegatedFrom": until, "delegatedUntil": until}
    decisions = tuple(
        {**evidence.decisions[0], **texts, **ids, **times, "seq": seq} for seq in range(1, MOST_DECISIONS + 1)
    )
    record = evidence.records[2]
    note = replace(record, content={**record.content, "who": name, "detail": 1000 * character})
    longest = replace(
        evidence, decisions=decisions, records=(*evidence.records, *(MOST_DECISIONS + MOST_NOTES) * [note])
    )
    page = page_of(longest)
    with (tmp_path / "bundle.zip").open("w+b") as file:
        write_bundle(file, bundle_of(longest, None), page, None)
        bundle, _ = read_bundle(file)

    assert "This page is shortened" in page
    assert evidence_in(bundle, None).decisions == decisions
    assert "This page is shortened" not in page_of(evidence)
