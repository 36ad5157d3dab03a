"""How often the app asks storage for anything on a document's ordinary way."""

from __future__ import annotations

from local.stack.reviews import wait_until_asked, wait_until_finished
from tests.e2e.faults.faulty_stack import FaultyStack
from tests.e2e.submitting import ANN, submit
from tests.e2e.sweep.sweeping import sweep

MOST_BEFORE_EVENT = 16
MOST = 17  # with the row in `open`, which is removed once the event is acknowledged


def test_a_document_costs_few_storage_requests_from_upload_to_announcement(proxied: FaultyStack, folder: str) -> None:
    sweep(proxied.host)  # the next one is five minutes away
    before = len(proxied.proxy.requests)

    report = submit(proxied.stack, folder, "annual-report.pdf")
    wait_until_asked(proxied.stack, report.review_id)
    proxied.stack.messages.decide(report.review_id, "approve", ANN)
    wait_until_finished(proxied.stack, report.review_id)

    assert report.published((ANN, "approve")).contradictions(proxied.stack) == []
    requests = proxied.proxy.requests[before:]
    assert len(requests) <= MOST, "\n".join(requests)
    assert len([each for each in requests if "PartitionKey='open'" not in each]) <= MOST_BEFORE_EVENT
