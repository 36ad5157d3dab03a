"""The story: people submit six documents, decide, say nothing, overwrite one, repeat themselves and mistype."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.screen import Screen
from local.stack.devhost_process import DevhostProcess
from local.stack.front_door import SignedIn
from local.stack.messages import DECISIONS
from local.stack.reviews import Ending, wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
REPORT, RELEASE, PLAN = "annual-report.pdf", "press-release.docx", "floor-plan.png"
PRICES, RULES, INVOICE = "price-list.csv", "house-rules.txt", "invoice.pdf"
DEADLINE_HOURS = 72
MARGIN_HOURS = 0.1  # the deadline's timer is set a few seconds after it
SUBMITTER, ANN, BEN = "sam@example.org", "ann@example.org", "ben@example.org"
COMMENT = "Nobody can promise to repair everything within an hour."


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document under review."""

    name: str
    sha256: str
    review_id: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message that is not a decision: its id, its review and the answer to it."""

    message_id: str
    review_id: str
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """The reviews of a story, each with the ending that it must have."""

    endings: list[Ending]
    malformed: Malformed
    answers_to_repeats: list[str]  # one per copy of the decision that was sent three times
    vouched: tuple[str, str]  # the review that was decided at the front door, and the account of who did


class Story:
    """A story for a stack whose host is ours, because its clock must skip three days."""

    def __init__(self, stack: Stack, screen: Screen) -> None:
        self._stack = stack
        self._screen = screen

    def play(self) -> Played:
        """Play everything, from the first upload to the last completion event.

        Raises NeverHappenedError if the app gets stuck.
        """
        screen = self._screen
        screen.chapter("Sam puts six documents into the container pending")
        report, release, plan, prices, rules, invoice = (
            self._submit(name, (SAMPLES / name).read_bytes())
            for name in (REPORT, RELEASE, PLAN, PRICES, RULES, INVOICE)
        )
        mismatch = Ending(
            invoice.review_id,
            INVOICE,
            invoice.sha256,
            "rejected",
            f"archived/{invoice.review_id}/{INVOICE}",
            reason="content_mismatch",
            tier="Cool",
        )
        self._wait_for(mismatch)
        screen.line("inspection", f"{INVOICE} is a program, not a PDF: no reviewer is asked")
        for version in (report, release, plan, prices, rules):
            deadline = wait_until_asked(self._stack, version.review_id)["deadline"]
            screen.line("reviewers", f"are asked about {version.name} until {deadline[:16].replace('T', ' ')} UTC")

        screen.chapter("Ann signs in at the front door and approves the report")
        vouched = self._decide_at_front_door(report, "approve", ANN)
        approved = self._wait_until_published(report, ((ANN, "approve"),))

        screen.chapter("Ben mistypes, then rejects the press release")
        malformed = self._mistype(release)
        self._decide(release, "reject", BEN, comment=COMMENT)
        rejected = self._wait_until_archived(release, "rejected", ((BEN, "reject"),))

        screen.chapter("Ann's network stutters: her approval of the house rules is sent three times")
        repeated = self._repeat(rules)
        thrice = self._wait_until_published(rules, ((ANN, "approve"),))

        screen.chapter("Sam corrects a price while the list waits: the reviewers start again")
        corrected = self._submit(PRICES, (SAMPLES / PRICES).read_bytes().replace(b",1.20\r\n", b",1.30\r\n"))
        overwritten = Ending(prices.review_id, PRICES, prices.sha256, "superseded", None)
        wait_until_finished(self._stack, prices.review_id)
        screen.line("ledger", f"the review of the first {PRICES} ends as superseded")
        wait_until_asked(self._stack, corrected.review_id)
        self._decide(corrected, "approve", ANN)
        replaced = self._wait_until_published(corrected, ((ANN, "approve"),))

        screen.chapter(f"Nobody looks at the floor plan: {DEADLINE_HOURS} hours pass on the host's clock")
        self._host.advance(DEADLINE_HOURS + MARGIN_HOURS)
        expired = self._wait_until_archived(plan, "expired", ())
        endings = [approved, rejected, expired, overwritten, replaced, mismatch, thrice]
        return Played(endings, malformed, repeated, (report.review_id, vouched))

    def _submit(self, name: str, content: bytes) -> Version:
        etag = self._stack.documents.upload(name, content, {"submitter": SUBMITTER})
        self._screen.move(name, "", "pending")
        return Version(name, hashlib.sha256(content).hexdigest(), wait_until_open(self._stack, name, etag))

    def _decide(self, version: Version, decision: str, reviewer: str, **fields: str) -> None:
        quoted = f' "{fields["comment"]}"' if "comment" in fields else ""
        self._screen.line(reviewer.partition("@")[0], f"{decision} {version.name}{quoted}")
        message_id = self._stack.messages.decide(version.review_id, decision, reviewer, **fields)
        answer = self._stack.messages.answer(message_id)
        self._screen.line("answer", answer["answer"])

    def _decide_at_front_door(self, version: Version, decision: str, reviewer: str) -> str:
        """Sign in and decide over HTTP; return the reviewer's account."""
        signed_in = SignedIn(self._host.address, reviewer)
        account = signed_in.account
        self._screen.line("front door", f"{reviewer} is signed in with the account {account}")
        self._screen.line(reviewer.partition("@")[0], f"{decision} {version.name}")
        self._screen.line("answer", signed_in.decide(version.review_id, decision, version.sha256)["answer"])
        return account

    @property
    def _host(self) -> DevhostProcess:
        if self._stack.host is None:
            raise ValueError("this story needs a host of its own, whose clock can be advanced")
        return self._stack.host

    def _mistype(self, version: Version) -> Malformed:
        fields = {"decision": "Approve", "reviewer": BEN}
        self._screen.line("ben", json.dumps(fields))
        body = json.dumps({"decisionId": str(uuid.uuid4()), "reviewId": version.review_id, **fields}).encode()
        message_id = self._stack.messages.send(DECISIONS, body)
        answer = self._stack.messages.answer(message_id)
        self._screen.line("answer", f"{answer['answer']}: {answer.get('explanation', '')}")
        return Malformed(message_id, version.review_id, answer)

    def _repeat(self, version: Version) -> list[str]:
        decision_id = str(uuid.uuid4())
        message_ids = [
            self._stack.messages.decide(version.review_id, "approve", ANN, decisionId=decision_id) for _ in range(3)
        ]
        answers = sorted((self._stack.messages.answer(each)["answer"] for each in message_ids), reverse=True)
        self._screen.line("answers", ", ".join(answers))
        return answers

    def _wait_until_published(self, version: Version, decisions: tuple[tuple[str, str], ...]) -> Ending:
        location = f"published/{version.name}"
        return self._wait_for(
            Ending(version.review_id, version.name, version.sha256, "approved", location, decisions=decisions)
        )

    def _wait_until_archived(self, version: Version, outcome: str, decisions: tuple[tuple[str, str], ...]) -> Ending:
        location = f"archived/{version.review_id}/{version.name}"
        return self._wait_for(
            Ending(version.review_id, version.name, version.sha256, outcome, location, tier="Cool", decisions=decisions)
        )

    def _wait_for(self, ending: Ending) -> Ending:
        wait_until_finished(self._stack, ending.review_id)
        self._screen.move(ending.name, "pending", ending.location.partition("/")[0] if ending.location else "")
        return ending
