"""Evidence at the front door: what the command writes, for auditors alone."""

from __future__ import annotations

import io
import zipfile

from tests import builders
from tests.unit.web.house import ANN, AVA, House, json_of, url


async def test_an_auditor_gets_a_bundle_and_nobody_else_does() -> None:
    house = House(reviewers=(ANN,))
    ledger = house.door.ledger
    head = builders.uninspected_review(policy=house.policies.by_class["default"])
    await ledger.insert(head)
    begun = builders.begin(head, builders.document(), builders.REQUESTED_AT, None)
    await ledger.change(
        head.review_id, lambda now: builders.begin(now, begun.head.document, builders.REQUESTED_AT, None)
    )

    answer = await house.get(url(head, "/evidence"), AVA)
    others = await house.get(url(head, "/evidence"), ANN)

    assert (answer.status_code, answer.mimetype, others.status_code) == (200, "application/zip", 403)
    with zipfile.ZipFile(io.BytesIO(answer.get_body())) as bundle:
        assert {"manifest.json", "review.json"} <= set(bundle.namelist())


async def test_evidence_that_is_not_sound_is_not_handed_out() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()  # a head without a single record

    answer = await house.get(url(head, "/evidence"), AVA)

    assert (answer.status_code, json_of(answer)["type"]) == (409, "urn:compliance:problem:not-sound")
