"""What docs/evidence.md says a stranger can check without anything of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from contracts.evidence_bundle import bundle_of, write_bundle
from tests.journeys import approved

PAGE = Path(__file__).parents[3] / "docs" / "evidence.md"


def test_the_program_on_the_page_proves_a_bundle_with_the_standard_library_alone(tmp_path: Path) -> None:
    evidence = approved("Ünïcode 📄").evidence()
    with (tmp_path / "bundle.zip").open("wb") as out:
        write_bundle(out, bundle_of(evidence, None), "<p>page</p>", None)
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    said = subprocess.run(  # noqa: S603 our own program, isolated from what is installed
        [sys.executable, "-I", "-S", "-c", program, tmp_path / "bundle.zip"], capture_output=True, text=True, check=True
    )

    commitments = [line.content["facts"]["decision"]["sha256"] for line in evidence.lines[2:4]]
    expected = [f"{seq} {sha256}" for seq, sha256 in enumerate(commitments, start=1)]
    assert said.stdout.splitlines() == [*expected, f"auditDigest {evidence.lines[-1].digest}"]
