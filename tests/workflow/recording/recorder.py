"""A stack whose orchestrations are recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.names import DOCUMENT_REVIEW
from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_finished, wait_until_open
from local.stack.running import Stack, own_stack
from tests.e2e.submitting import SAM, SAMPLES
from tests.e2e.sweep.orchestrations import Orchestrations
from tests.e2e.sweep.sweeping import sweep

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Recorder:
    """The steps that a story can take, on a stack that keeps each orchestration's last turn."""

    stack: Stack
    host: DevhostProcess
    recordings: Path

    def submit(self, name: str, content: bytes | None = None) -> str:
        """Upload a document to `pending`; return its review's id once the review is open."""
        content = content or (SAMPLES / "house-rules.txt").read_bytes()
        return wait_until_open(self.stack, name, self.stack.documents.upload(name, content, {"submitter": SAM}))

    def ask(self, name: str) -> str:
        """Upload a document; return its review's id once the orchestration waits for its reviewers."""
        review_id = self.submit(name)
        self.wait_for_stage(review_id, 0)
        return review_id

    def decide(self, review_id: str, decision: str, *reviewers: str) -> None:
        """Send the same decision from each of the reviewers in turn, and check that it counts."""
        for reviewer in reviewers:
            self._send(self.stack.messages.decide(review_id, decision, reviewer))

    def withdraw(self, review_id: str) -> None:
        """Withdraw the document as its submitter, and check that it counts."""
        message = {"type": "ReviewWithdrawnV1", "reviewId": review_id, "by": SAM, "reason": "too early"}
        self._send(self.stack.messages.send(DECISIONS, json.dumps(message).encode()))

    def wait_for_stage(self, review_id: str, stage: int) -> None:
        """Return once the orchestration waits for the end of this stage."""
        eventually(
            lambda: self._result(review_id).get("customStatus") == {"stage": stage},
            f"review {review_id} waits for the end of stage {stage}",
        )

    def wait_for_scan(self, review_id: str) -> None:
        """Return once the orchestration has read that there is no verdict yet."""
        eventually(
            lambda: "fireAt" in self._result(review_id).get("actions", [[{}]])[0][-1],
            f"review {review_id} waits for the malware scan",
        )

    @contextmanager
    def suspended(self, review_id: str) -> Iterator[None]:
        """Suspend the orchestration within the block, so that it then gets all events at once."""
        orchestrations = Orchestrations(self.host.state)
        orchestrations.suspend(review_id)
        yield
        orchestrations.resume(review_id)

    def lose_orchestration(self, review_id: str) -> None:
        """End the orchestration as if the task hub had lost it."""
        Orchestrations(self.host.state).terminate(review_id)
        self._file(review_id).unlink()

    def restart(self, review_id: str) -> None:
        """Have the sweep start the lost orchestration again."""
        sweep(self.host)
        eventually(lambda: self._result(review_id), f"review {review_id} is started again")

    def start_again(self, review_id: str) -> None:
        """Start the orchestration of a closed review again, which the sweep would not do."""
        self._file(review_id).unlink()
        Orchestrations(self.host.state).start(DOCUMENT_REVIEW, review_id)

    def recording(self, review_id: str) -> str:
        """Wait for the end of the review and of its orchestration; return the orchestration's last turn as JSON."""
        wait_until_finished(self.stack, review_id)
        eventually(lambda: self._result(review_id).get("isDone"), f"the orchestration of {review_id} ends")
        return self._file(review_id).read_text(encoding="utf-8")

    def _send(self, message_id: str) -> None:
        answer = self.stack.messages.answer(message_id)
        assert answer["answer"] == "recorded", answer

    def _result(self, review_id: str) -> dict[str, Any]:
        file = self._file(review_id)
        return json.loads(file.read_text(encoding="utf-8"))["result"] if file.exists() else {}

    def _file(self, review_id: str) -> Path:
        return self.recordings / f"{review_id}.json"


@contextmanager
def recording_stack(state: Path) -> Iterator[Recorder]:
    """Run the app, with the policies of the recordings, on a host of its own below this folder."""
    app, recordings = state / "app", state / "recordings"
    app.mkdir(parents=True)
    recordings.mkdir()
    shutil.copy(PROJECT / "host.json", app)
    shutil.copy(_HERE / "recording_app.py", app / "function_app.py")
    settings = {"POLICY_FILE": str(_HERE / "policies.yaml"), "RECORDINGS": str(recordings)}
    with own_stack(state / "host", settings, app=app) as stack:
        assert stack.host
        yield Recorder(stack, stack.host, recordings)
