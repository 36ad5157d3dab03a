"""The Python in the README does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.e2e.submitting import submit


def _program(name: str, settings: Path) -> str:
    blocks = re.findall(r"```python\n(.*?)```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if block.startswith(f"# {name}"))
    return block.replace(".devhost/local.settings.json", str(settings))


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout  # noqa: S603 our own


def test_a_decision_sent_with_a_few_lines_publishes_and_the_subscriber_sees_it(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    settings = host.state / "local.settings.json"

    _run(_program("decide.py", settings), report.review_id)
    wait_until_finished(stack, report.review_id)

    assert f"approved published/{report.name}" in _run(_program("completions.py", settings))
