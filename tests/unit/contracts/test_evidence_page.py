"""What docs/evidence.md says a stranger can check without anything of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from compliance.review import AuditEvent, Transition
from contracts.evidence_bundle import bundle_of, write_bundle
from contracts.outbound import review_completed
from tests.journeys import approved, hour

PAGE = Path(__file__).parents[3] / "docs" / "evidence.md"


def test_the_program_on_the_page_proves_a_bundle_with_the_standard_library_alone(tmp_path: Path) -> None:
    journey = approved("Ünïcode 📄")
    journey.then(lambda head: Transition.audited(head, AuditEvent.QUARANTINE_DISCARDED, hour(9), "olga"))
    evidence = journey.evidence()
    with (tmp_path / "bundle.zip").open("wb") as out:
        write_bundle(out, bundle_of(evidence, None), "<p>page</p>", None)
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    said = subprocess.run(  # noqa: S603 our own program, isolated from what is installed
        [sys.executable, "-I", "-S", "-c", program, tmp_path / "bundle.zip"], capture_output=True, text=True, check=True
    )

    commitments = [line.content["facts"]["decision"]["sha256"] for line in evidence.lines[2:4]]
    records = [f"record {seq} {line.digest}" for seq, line in enumerate(evidence.lines, start=1)]
    decisions = [f"decision {seq} {sha256}" for seq, sha256 in enumerate(commitments, start=1)]
    assert said.stdout.splitlines() == [*records, *decisions]
    event = review_completed(journey.heads[-2], journey.decisions)
    assert f"record {event.audit_records} {event.audit_digest}" in said.stdout.splitlines()
