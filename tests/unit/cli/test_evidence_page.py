"""What people read of a bundle, and what docs/evidence.md says a stranger can check without anything of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.evidence_bundle.page import page_of
from compliance.history import AuditEvent
from compliance.outcome import Vote
from compliance.retraction import retract
from compliance.transitions import close, expire, note
from contracts.messages.events import review_completed
from evidence.bundle import bundle_of, evidence_in, write_bundle
from evidence.bundle_reading import read_bundle
from tests.builders import decision
from tests.bundles import OLDER_PAGE, contents
from tests.journeys import Journey, approved, hour, opened

PAGE = Path(__file__).parents[3] / "docs" / "evidence.md"


def test_the_program_on_the_page_proves_a_bundle_with_the_standard_library_alone(tmp_path: Path) -> None:
    journey = approved("Ünïcode 📄")
    journey.then(lambda head: note(head, AuditEvent.QUARANTINE_DISCARDED, hour(9), "olga", ""))
    evidence = journey.evidence()
    with (tmp_path / "bundle.zip").open("wb") as out:
        write_bundle(out, bundle_of(evidence, None), "<p>page</p>", None)
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    said = subprocess.run(  # noqa: S603 our own program, isolated from what is installed
        [sys.executable, "-I", "-S", "-c", program, tmp_path / "bundle.zip"], capture_output=True, text=True, check=True
    )

    commitments = [record.content["facts"]["decision"]["sha256"] for record in evidence.records[2:4]]
    records = [f"record {seq} {record.digest}" for seq, record in enumerate(evidence.records, start=1)]
    decisions = [f"decision {seq} {sha256}" for seq, sha256 in enumerate(commitments, start=1)]
    assert said.stdout.splitlines() == [*records, *decisions]
    event = review_completed(journey.heads[-2], journey.decisions)
    assert f"record {event.audit_records} {event.audit_digest}" in said.stdout.splitlines()


def test_the_page_of_the_older_bundle_is_not_the_one_of_today() -> None:
    """Else the bundle that tests take for an older one shows nothing."""
    with OLDER_PAGE.open("rb") as file:
        bundle, document_sha256 = read_bundle(file)

    assert page_of(evidence_in(bundle, document_sha256)).encode() != contents(OLDER_PAGE)["index.html"]


def test_every_time_in_the_tables_is_written_the_same_way() -> None:
    tables = page_of(approved().evidence()).partition("<h2>Policy")[0].partition("<h2>")[2]
    times = re.findall(r">([^<>]*\d\d:\d\d[^<>]*)<", tables)
    assert len(times) == 8  # the deadline, two decisions, five records
    assert [time for time in times if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC( \*)?", time)] == []


def decided() -> Journey:
    journey = opened()
    journey.then(lambda head: expire(head, hour(100)))
    return journey


def ended(vote: Vote | None) -> Journey:
    """Return a closed review of one decision, or of none in time."""
    journey = opened() if vote else decided()
    if vote:
        days = {"delegated_from": hour(-1), "delegated_until": hour(2)}
        journey.decide(decision(vote=vote, reviewer="zoe", on_behalf_of="ann", **days))
    place = "published/<b>.txt" if vote is Vote.APPROVE else "archived/1"
    journey.then(lambda head: close(head, hour(100), place))
    return journey


def retracted() -> Journey:
    journey = ended(Vote.APPROVE)
    journey.then(lambda head: retract(head, "sam@example.org", hour(101), "a wrong figure"))
    return journey


ON, ON_NEXT_HOUR = (f"{hour(number):%Y-%m-%d %H:%M:%S} UTC" for number in (100, 101))
UNDER = ", under the policy default, version 1"


@pytest.mark.parametrize(
    ("journey", "sentence"),
    [
        (opened(), f" is under review{UNDER}."),
        (decided(), f" is decided (expire) and about to be moved{UNDER}."),
        (
            ended(Vote.APPROVE),
            f" was approved by zoe for ann{UNDER}, and published as published/&lt;b&gt;.txt on {ON}.",
        ),
        (ended(Vote.REJECT), f" was rejected by zoe for ann{UNDER}, and archived on {ON}."),
        (ended(Vote.REQUEST_CHANGES), f" were requested by zoe for ann{UNDER}; it was archived on {ON}."),
        (ended(None), f" was not approved in time{UNDER}; its review expired on {ON}."),
        (retracted(), f"txt on {ON}. sam@example.org had it taken back on {ON_NEXT_HOUR}."),
    ],
)
def test_the_page_begins_with_the_document_and_one_sentence(journey: Journey, sentence: str) -> None:
    page = page_of(journey.evidence())
    name = journey.evidence().head["document"]["name"]
    assert f"<title>{name}: evidence of its review</title>" in page
    assert sentence in page.partition("<h2>")[0]


@pytest.mark.parametrize("deadline", ["0001-01-01T00:00:00+14:00", "2026-03-02T09:30:00", "never"])
def test_a_time_that_cannot_be_shown_so_is_shown_as_it_is(deadline: str) -> None:
    evidence = approved().evidence()
    assert f"<td>{deadline}</td>" in page_of(replace(evidence, head={**evidence.head, "deadline": deadline}))


def test_a_page_that_cannot_be_short_enough_is_an_error() -> None:
    with pytest.raises(ValueError, match="too large"):
        page_of(approved().evidence(), most_bytes=1000)
