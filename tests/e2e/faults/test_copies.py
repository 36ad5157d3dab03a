"""Copies that stay pending, fail, are aborted or lose their answer, with the host killed in between: as on Azure.

And documents that somebody deletes or overwrites by hand before their copy is begun.
"""

from __future__ import annotations

import pytest

from local.stack.eventually import PATIENCE, eventually
from local.stack.reviews import wait_until_asked, wait_until_finished
from tests.e2e.faults.faults import Requests
from tests.e2e.faults.faulty_stack import FaultyStack
from tests.e2e.faults.pending_copies import Ending as CopyEnding
from tests.e2e.submitting import ANN, BEN, Submitted, submit
from tests.e2e.sweep.sweeping import sweep

COPIES = Requests(service="blob", copy=True)


def waiting(faulty: FaultyStack, folder: str) -> Submitted:
    """Submit a document and wait until its reviewers were asked."""
    report = submit(faulty.stack, folder, "annual-report.pdf")
    wait_until_asked(faulty.stack, report.review_id)
    return report


def approve(faulty: FaultyStack, document: Submitted) -> None:
    message = faulty.stack.messages.decide(document.review_id, "approve", ANN)
    assert faulty.stack.messages.answer(message)["answer"] == "recorded"


def published_whole(faulty: FaultyStack, document: Submitted) -> None:
    wait_until_finished(faulty.stack, document.review_id)
    assert document.published((ANN, "approve")).contradictions(faulty.stack) == []
    assert [place.location for place in faulty.stack.documents.blobs_named(document.name)] == [
        f"published/{document.name}"
    ]


def test_a_pending_copy_is_waited_for(faulty: FaultyStack, folder: str) -> None:
    report = waiting(faulty, folder)
    pending = faulty.proxy.leave_pending(COPIES, polls=3)
    approve(faulty, report)
    published_whole(faulty, report)

    assert pending.happened == 1


@pytest.mark.parametrize("ending", ["failed", "aborted"])
def test_a_copy_that_ends_without_success_is_made_again(faulty: FaultyStack, folder: str, ending: CopyEnding) -> None:
    report = waiting(faulty, folder)
    bad = faulty.proxy.leave_pending(COPIES, polls=1, ending=ending, times=2)
    approve(faulty, report)
    published_whole(faulty, report)

    assert bad.happened == 2


def test_the_document_stays_in_pending_while_its_copy_is(faulty: FaultyStack, folder: str) -> None:
    report = waiting(faulty, folder)
    pending = faulty.proxy.leave_pending(COPIES, polls=None)
    approve(faulty, report)
    eventually(lambda: pending.happened, "the copy is accepted")
    reads = faulty.proxy.delay(Requests(method="HEAD", path=f"/published/{folder}"), seconds=0, times=None)
    eventually(lambda: reads.happened >= 2, "the target was looked at again")
    places = {place.container: place.sha256 for place in faulty.stack.documents.blobs_named(report.name)}
    assert places["pending"] == report.sha256
    assert (faulty.stack.ledger.head(report.review_id) or {})["state"] == "decided"
    faulty.proxy.end_copies("success")
    published_whole(faulty, report)


@pytest.mark.parametrize("ending", ["success", "failed", "aborted"])
def test_a_host_killed_while_a_copy_is_pending_concludes_nothing_from_the_empty_target(
    faulty: FaultyStack, folder: str, ending: CopyEnding
) -> None:
    release = waiting(faulty, folder)
    pending = faulty.proxy.leave_pending(COPIES, polls=None)
    faulty.stack.messages.decide(release.review_id, "reject", BEN)
    eventually(lambda: pending.happened, "the copy is accepted")
    faulty.stack.kill_host()
    faulty.host.start()
    looks = faulty.proxy.delay(Requests(method="HEAD", path=f"/archived/{release.review_id}"), seconds=0, times=None)
    eventually(lambda: looks.happened >= 2, "the new host looks at the pending target, and again")
    places = {place.container: place.sha256 for place in faulty.stack.documents.blobs_named(release.name)}
    assert places["pending"] == release.sha256
    faulty.proxy.end_copies(ending)
    wait_until_finished(faulty.stack, release.review_id)

    assert release.archived("rejected", (BEN, "reject")).contradictions(faulty.stack) == []


def test_a_copy_whose_answer_is_lost_is_not_made_twice_over(faulty: FaultyStack, folder: str) -> None:
    report = waiting(faulty, folder)
    lost = faulty.proxy.drop(COPIES, after=True)
    approve(faulty, report)
    published_whole(faulty, report)

    assert lost.happened == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_host_killed_at_the_deletion_of_the_source_leaves_one_whole_document(
    faulty: FaultyStack, folder: str, after: bool
) -> None:
    report = waiting(faulty, folder)
    deletion = faulty.proxy.pause(Requests(method="DELETE", path=f"/pending/{folder}"), after=after)
    approve(faulty, report)
    assert deletion.reached.wait(PATIENCE)
    faulty.stack.kill_host()
    deletion.drop()
    faulty.host.start()
    published_whole(faulty, report)


@pytest.mark.parametrize("newer", [None, b"%PDF-1.3 other bytes"], ids=["deleted", "overwritten"])
def test_bytes_that_are_deleted_or_overwritten_before_they_are_inspected_are_gone_or_superseded(
    faulty: FaultyStack, folder: str, newer: bytes | None
) -> None:
    stack, name = faulty.stack, f"{folder}/annual-report.pdf"
    inspection = faulty.proxy.pause(Requests(service="blob", method="GET", path=f"/pending/{name}"))
    report = submit(stack, folder, "annual-report.pdf")
    assert inspection.reached.wait(PATIENCE)
    if newer:
        stack.documents.upload(name, newer)
    else:
        stack.documents.delete(name)
    inspection.let_go()
    wait_until_finished(stack, report.review_id)

    ending = report.superseded() if newer else report.gone()
    assert ending.contradictions(stack) == []
    assert [place.container for place in stack.documents.blobs_named(name)] == (["pending"] if newer else [])
    assert "deadline" not in (stack.ledger.head(report.review_id) or {})


def test_a_document_that_somebody_deletes_while_it_waits_is_noticed_by_the_sweep(
    faulty: FaultyStack, folder: str
) -> None:
    report = waiting(faulty, folder)
    faulty.stack.documents.delete(report.name)
    sweep(faulty.host)
    wait_until_finished(faulty.stack, report.review_id)

    assert report.gone().contradictions(faulty.stack) == []


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_on_a_document_that_was_deleted_is_told_so(faulty: FaultyStack, folder: str, decision: str) -> None:
    report, stack = waiting(faulty, folder), faulty.stack
    stack.documents.delete(report.name)
    answer = stack.messages.answer(stack.messages.decide(report.review_id, decision, ANN))
    wait_until_finished(stack, report.review_id)

    assert (answer["answer"], answer["verdict"]) == ("late", "gone")
    assert "deleted or renamed" in answer["explanation"]
    assert report.gone().contradictions(stack) == []
