"""The stories that are recorded, each of one review: what is done to it, until nothing but its end is left to come.

A story's name is the name of its file in `histories/`, with hyphens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.e2e.submitting import ANN, BEN
from tests.workflow.recording.recorder import Recorder

EVE, FAY, MARIA = "eve@example.org", "fay@example.org", "maria@example.org"
SCAN_RESULT: Final = "Malware Scanning scan result"
SECONDS: Final = 1 / 3600  # in hours

Story = Callable[[Recorder], str]  # returns the id of the review


def approved(recorder: Recorder) -> str:
    review_id = recorder.ask("approved.txt")
    recorder.decide(review_id, "approve", ANN)
    return review_id


def rejected(recorder: Recorder) -> str:
    review_id = recorder.ask("rejected.txt")
    recorder.decide(review_id, "reject", ANN)
    return review_id


def expired(recorder: Recorder) -> str:
    review_id = recorder.ask("expired.txt")
    recorder.host.advance(73)
    return review_id


def withdrawn(recorder: Recorder) -> str:
    review_id = recorder.ask("withdrawn.txt")
    recorder.withdraw(review_id)
    return review_id


def superseded(recorder: Recorder) -> str:
    review_id = recorder.ask("superseded.txt")
    recorder.withdraw(recorder.submit("superseded.txt", b"other bytes"))
    return review_id


def content_mismatch(recorder: Recorder) -> str:
    return recorder.submit("content-mismatch.pdf")


def unreachable(recorder: Recorder) -> str:
    return recorder.submit("own/unreachable.txt")


def stages_approved(recorder: Recorder) -> str:
    review_id = recorder.ask("staged/stages-approved.txt")
    recorder.decide(review_id, "approve", ANN)
    recorder.wait_for_stage(review_id, 1)
    recorder.decide(review_id, "approve", EVE, FAY)
    return review_id


def stages_at_once(recorder: Recorder) -> str:
    review_id = recorder.ask("staged/stages-at-once.txt")
    with recorder.suspended(review_id):
        recorder.decide(review_id, "approve", ANN, EVE, FAY)
    return review_id


def reminded_escalated_approved(recorder: Recorder) -> str:
    review_id = recorder.ask("slow/reminded-escalated-approved.txt")
    recorder.host.advance(49)
    recorder.decide(review_id, "approve", BEN, MARIA)
    return review_id


def reminded_escalated_expired(recorder: Recorder) -> str:
    review_id = recorder.ask("slow/reminded-escalated-expired.txt")
    recorder.host.advance(97)
    return review_id


def scanned_approved(recorder: Recorder) -> str:
    name = "scanned/scanned-approved.txt"
    review_id = recorder.submit(name)
    recorder.wait_for_scan(review_id)
    recorder.host.advance(40 * SECONDS)
    recorder.stack.documents.tag(name, {SCAN_RESULT: "No threats found"})
    recorder.host.advance(40 * SECONDS)
    recorder.wait_for_stage(review_id, 0)
    recorder.decide(review_id, "approve", ANN)
    return review_id


def scanned_malicious(recorder: Recorder) -> str:
    name = "scanned/scanned-malicious.txt"
    review_id = recorder.submit(name)
    recorder.wait_for_scan(review_id)
    recorder.stack.documents.tag(name, {SCAN_RESULT: "Malicious"})
    recorder.host.advance(20 * SECONDS)
    return review_id


def scan_missing(recorder: Recorder) -> str:
    review_id = recorder.submit("scanned/scan-missing.txt")
    recorder.host.advance(0.6)
    return review_id


def superseded_during_scan(recorder: Recorder) -> str:
    name = "scanned/superseded-during-scan.txt"
    review_id = recorder.submit(name)
    recorder.wait_for_scan(review_id)
    recorder.submit(name, b"other bytes")
    recorder.host.advance(0.6)
    return review_id


def restarted_while_open(recorder: Recorder) -> str:
    review_id = recorder.ask("restarted-while-open.txt")
    recorder.lose_orchestration(review_id)
    recorder.restart(review_id)
    recorder.wait_for_stage(review_id, 0)
    recorder.decide(review_id, "approve", ANN)
    return review_id


def restarted_in_a_later_stage(recorder: Recorder) -> str:
    review_id = recorder.ask("staged/restarted-in-a-later-stage.txt")
    recorder.decide(review_id, "approve", ANN)
    recorder.wait_for_stage(review_id, 1)
    recorder.lose_orchestration(review_id)
    recorder.restart(review_id)
    recorder.wait_for_stage(review_id, 1)
    recorder.decide(review_id, "approve", EVE, FAY)
    return review_id


def restarted_decided(recorder: Recorder) -> str:
    review_id = recorder.ask("restarted-decided.txt")
    recorder.lose_orchestration(review_id)
    recorder.decide(review_id, "approve", ANN)
    recorder.restart(review_id)
    return review_id


def restarted_closed(recorder: Recorder) -> str:
    review_id = recorder.ask("restarted-closed.txt")
    recorder.decide(review_id, "approve", ANN)
    recorder.recording(review_id)
    recorder.start_again(review_id)
    return review_id


STORIES: Final[dict[str, Story]] = {
    story.__name__.replace("_", "-"): story
    for story in (
        approved,
        rejected,
        expired,
        withdrawn,
        superseded,
        content_mismatch,
        unreachable,
        stages_approved,
        stages_at_once,
        reminded_escalated_approved,
        reminded_escalated_expired,
        scanned_approved,
        scanned_malicious,
        scan_missing,
        superseded_during_scan,
        restarted_while_open,
        restarted_in_a_later_stage,
        restarted_decided,
        restarted_closed,
    )
}
