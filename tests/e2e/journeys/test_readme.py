"""The programs and commands in the README do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.eventually import PATIENCE, eventually
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import Subscriber, completions
from tests.e2e.submitting import submit


def _block(language: str, beginning: str, state: Path) -> str:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if block.startswith(beginning))
    return re.sub(r"(\$PWD/)?\.devhost", str(state), block).replace(".venv/bin", str(Path(sys.executable).parent))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE, cwd=PROJECT).stdout  # noqa: S603 our own


def test_a_decision_sent_with_a_few_lines_publishes_and_the_subscriber_sees_it(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)

    _run(sys.executable, "-c", _block("python", "# decide.py", host.state), report.review_id)
    wait_until_finished(stack, report.review_id)

    seen = _run(sys.executable, "-c", _block("python", "# completions.py", host.state))
    assert f"approved published/{report.name}" in seen


def test_the_commands_submit_list_decide_and_show(stack: Stack, host: DevhostProcess) -> None:
    settings, submission, *others = _block("sh", "export COMPLIANCE_SETTINGS", host.state).splitlines()
    (review_id,) = re.findall(r"\b[0-9a-f]{64}\b", _run("sh", "-c", f"{settings}; {submission}"))

    listed, decided, shown = (
        _run("sh", "-c", f"{settings}; {command.replace('REVIEW', review_id)}") for command in others
    )

    assert "annual-report.pdf" in listed
    assert "recorded" in decided
    assert "ann@example.org" in shown
    assert wait_until_finished(stack, review_id)["outcome"] == "approved"


def test_a_webhook_that_is_added_receives_the_completion(stack: Stack, host: DevhostProcess, folder: str) -> None:
    with Subscriber() as subscriber:
        _run("sh", "-c", _block("sh", "HTTP=", host.state).replace("http://127.0.0.1:9000/events", subscriber.url))
        report = submit(stack, folder, "annual-report.pdf")
        wait_until_asked(stack, report.review_id)
        stack.messages.decide(report.review_id, "approve", "ann")
        wait_until_finished(stack, report.review_id)

        eventually(lambda: completions(subscriber, report.review_id), "the webhook has the completion event")
