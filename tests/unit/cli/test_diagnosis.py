"""What `compliance doctor` concludes from what it has seen."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from adapters.blobs.documents import Blob
from adapters.blobs.moved_copies import MovedCopy
from adapters.probe import StoredBlob
from cli.doctor.copies import SeenCopy
from cli.doctor.diagnosis import find_troubles
from cli.doctor.observations import ListedReview, Observations, SeenBlob
from cli.doctor.remedies import TroubleKind
from compliance.outcome import ReviewState, Verdict
from reviews.documents.copying import copy_metadata
from tests.builders import REQUESTED_AT, open_review

LONG_AGO = REQUESTED_AT - timedelta(days=1)
APPROVED = open_review(state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
DOCUMENT = APPROVED.document


def seen(container: str, name: str, *copies: MovedCopy, etag: str = "copy") -> SeenBlob:
    blob = Blob(container, name, etag, 9, None, copy_metadata(APPROVED, {}), None, LONG_AGO)
    return SeenBlob(StoredBlob(blob, LONG_AGO), None, copies)


def test_a_review_that_the_ledger_has_lost_is_one_trouble_whatever_shows_it() -> None:
    published = seen("published", DOCUMENT.name).stored
    source = seen("pending", DOCUMENT.name, MovedCopy(published.blob), etag=DOCUMENT.etag)
    observed = Observations(REQUESTED_AT, incoming=[source], copies=[SeenCopy(published, None, None)])
    observed.staging = [seen("staging", APPROVED.review_id), seen("staging", "another")]

    found = find_troubles(observed, timedelta(0))

    assert [(each.kind, each.where) for each in found] == [
        (TroubleKind.CONTRADICTED, APPROVED.review_id),
        (TroubleKind.STAGING_LEFT, "staging/another"),
    ]


def test_a_contradicted_review_whose_audit_trail_is_broken_is_two_troubles() -> None:
    stored: Any = SimpleNamespace(head=open_review(), written_at=LONG_AGO)
    copy = MovedCopy(seen("published", DOCUMENT.name).stored.blob)
    listed = ListedReview(APPROVED.review_id, LONG_AGO, stored, "record 2: edited", (copy,))

    found = find_troubles(Observations(REQUESTED_AT, listed=[listed]), timedelta(0))

    assert [each.kind for each in found] == [TroubleKind.CONTRADICTED, TroubleKind.AUDIT_BROKEN]
