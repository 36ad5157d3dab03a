"""The programs and commands in the documentation do on a stack what the pages say.

tests/docs/test_examples.py checks those that need no stack, and lists those that cannot run.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from bench.web.filling import Many, fill
from bench.web.people import Click, Clicked, click_at_once, names_of, signed_in
from contracts.proofs.attestation import verify_attestation
from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.eventually import PATIENCE, eventually
from local.stack.messages import Message
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from local.stack.subscriber import Subscriber, completions
from tests.cli.running import Compliance
from tests.docs.pages import OPERATIONS, README, ROOT, blocks, commands
from tests.e2e.submitting import ANN, BEN, SAM, submit
from tests.front_door import keys_of, public_jwk, settings_that_sign

REFUSED = 3
WEB = ROOT / "docs" / "web.md"
LOCALLY = "http://127.0.0.1:7071"
POLICIES = Path(__file__).with_name("policies.yaml")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the settings of an app with a front door that can sign."""
    return {"POLICY_FILE": str(POLICIES), **settings_that_sign(tmp_path_factory.mktemp("front-door"))}


def _block(language: str, beginning: str, state: Path, page: Path = README) -> str:
    (block,) = (block.text for block in blocks(page, language=language) if block.text.startswith(beginning))
    return re.sub(r"(\$PWD/)?\.devhost", str(state), block).replace(".venv/bin", str(Path(sys.executable).parent))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE, cwd=PROJECT).stdout  # noqa: S603 our own


def _run_page(page: Path, host: DevhostProcess, filled_in: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    """Run each `compliance` command of a page, with what `filled_in` has for it; return the exit codes of all."""
    compliance, codes = Compliance(host.state / "local.settings.json"), dict[str, int]()
    for words in commands(page):
        if words[0].endswith("compliance") and " ".join(words[1:]) not in codes:
            fill = next((fill for name, fill in filled_in.items() if " ".join(words[1:]).startswith(name)), {})
            ended = compliance(*(fill.get(word, word) for word in words[1:]))
            codes[" ".join(words[1:])] = ended.code
    return codes


def test_a_decision_sent_with_a_few_lines_publishes_and_the_subscriber_sees_it(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)

    printed = eventually(
        lambda: [line for line in _run_program("to_review.py", host).splitlines() if report.review_id in line],
        "the request is printed",
    )
    assert [line.split()[:2] for line in printed] == [["request", report.name]]

    _run_program("decide.py", host, report.review_id)
    wait_until_finished(stack, report.review_id)

    assert f"approved published/{report.name}" in _run_program("completions.py", host)


def test_a_reviewer_who_has_signed_in_decides_at_the_front_door(
    stack: Stack, host: DevhostProcess, folder: str, tmp_path: Path
) -> None:
    """As docs/web.md says, and the decision is recorded as that of somebody who had signed in."""
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    http = json.loads((host.state / "endpoints.json").read_text())["http"]
    calls = _block("sh", "HTTP=", host.state, WEB).replace(LOCALLY, http).replace("REVIEW", report.review_id)

    listed = _run("sh", "-c", f"cd {tmp_path}\n{calls}")
    assert report.review_id in listed
    assert hashlib.sha256((tmp_path / "document.pdf").read_bytes()).hexdigest() == report.sha256

    program = _block("python", "# approve.py", host.state, WEB).replace(LOCALLY, http)
    _run(sys.executable, "-c", program, report.review_id)
    assert wait_until_finished(stack, report.review_id)["outcome"] == "approved"

    (decision,) = stack.ledger.decisions(report.review_id)
    attested = verify_attestation(decision["proof"], keys_of(public_jwk()))
    tenant = json.loads((ROOT / "local/people.json").read_text())["tenantId"]
    assert (decision["reviewer"], attested.sign_in.tenant_id) == (ANN, tenant)
    assert attested.statement.document_sha256 == report.sha256
    forged = Request(f"{http}/api/v1/reviews/{report.review_id}", headers={"X-MS-CLIENT-PRINCIPAL": "e30="})  # noqa: S310 our own host
    with pytest.raises(HTTPError, match="401"):
        urlopen(forged)  # noqa: S310 as above


def test_a_document_that_is_overwritten_between_look_and_decision_is_not_decided_on(
    stack: Stack, host: DevhostProcess, folder: str
) -> None:
    report = submit(stack, folder, "house-rules.txt")
    wait_until_asked(stack, report.review_id)
    http = json.loads((host.state / "endpoints.json").read_text())["http"]
    ann = build_opener(HTTPCookieProcessor())
    ann.addheaders = [("Origin", http)]
    ann.open(f"{http}/.auth/login/aad", b"userName=" + ANN.encode()).close()
    page = ann.open(f"{http}/reviews/{report.review_id}").read().decode()
    form = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    stack.documents.upload(report.name, b"Other rules.\n", {"submitter": SAM})
    said = {"decision": "approve", "decisionId": folder, "documentSha256": report.sha256}
    as_json = Request(f"{http}/api/v1/reviews/{report.review_id}/decisions", json.dumps(said).encode())  # noqa: S310 our own host
    as_json.add_header("Content-Type", "application/json")

    with pytest.raises(HTTPError, match="409") as by_page:
        ann.open(f"{http}/reviews/{report.review_id}/decisions", urlencode(form | {"decision": "approve"}).encode())
    with pytest.raises(HTTPError, match="409") as by_call:
        ann.open(as_json)
    shown = by_page.value.read().decode()
    assert "It was not sent" in shown
    # It depends on whether the app has seen the new version already.
    assert re.search("was overwritten or removed|was replaced by a newer version", shown)
    assert json.load(by_call.value)["type"].rpartition(":")[2] in ("overwritten", "late")
    assert wait_until_finished(stack, report.review_id)["outcome"] == "superseded"
    assert stack.ledger.decisions(report.review_id) == []


def _run_program(name: str, host: DevhostProcess, *arguments: str) -> str:
    return _run(sys.executable, "-c", _block("python", f"# {name}", host.state), *arguments)


def test_the_commands_submit_list_decide_and_show(stack: Stack, host: DevhostProcess) -> None:
    settings, submission, *others = _block("sh", "export COMPLIANCE_SETTINGS", host.state).splitlines()
    (review_id,) = re.findall(r"\b[0-9a-f]{64}\b", _run("sh", "-c", f"{settings}; {submission}"))

    listed, decided, shown = (
        _run("sh", "-c", f"{settings}; {command.replace('REVIEW', review_id)}") for command in others
    )

    assert "annual-report.pdf" in listed
    assert "Approved" in decided
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


@pytest.fixture
def finished(stack: Stack, folder: str) -> str:
    """Return an approved review."""
    report = submit(stack, folder, "annual-report.pdf")
    wait_until_asked(stack, report.review_id)
    stack.messages.decide(report.review_id, "approve", BEN)
    wait_until_finished(stack, report.review_id)
    return report.review_id


def test_the_commands_of_the_page_on_evidence(
    stack: Stack, host: DevhostProcess, finished: str, tmp_path: Path
) -> None:
    head = stack.ledger.head(finished)
    assert head
    fill = {
        "REVIEW": finished,
        "FILE.zip": tmp_path / "FILE.zip",
        "DIGEST": completions(stack.events, finished)[0]["data"]["auditDigest"],
        "TIME": str(head["closedAt"]),
    }
    codes = _run_page(ROOT / "docs" / "evidence.md", host, {"": fill})

    assert list(codes.values()) == [0, 0, 0, 0], codes


def test_the_commands_of_the_page_for_reviewers(
    stack: Stack, host: DevhostProcess, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLIANCE_AS", BEN)
    monkeypatch.setattr("cli.documents.opening.open_file", lambda _: True)
    reports = [submit(stack, folder, name) for name in ("annual-report.pdf", "house-rules.txt", "price-list.csv")]
    for report in reports:
        wait_until_asked(stack, report.review_id)
    first, second, third = (report.review_id for report in reports)
    name = {"annual-report.pdf": reports[0].name}
    filled_in = {"show": name, "open": name, "approve": {"REVIEW": first}, "reject": {"REVIEW": second}}
    page = ROOT / "docs" / "for-reviewers.md"
    codes = _run_page(page, host, {**filled_in, "decide": {"REVIEW": third}})
    in_table = re.findall(r"^\|[^|]*\| `compliance (.*)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    asked = Compliance(host.state / "local.settings.json")
    for question in in_table:
        codes[f"? {question}"] = asked(*(name.get(word, word) for word in question.split())).code

    assert len(codes) == 14
    assert not {command: code for command, code in codes.items() if code}
    ends = [wait_until_finished(stack, report.review_id) for report in reports]
    assert [(end["outcome"], end.get("reason")) for end in ends] == [
        ("approved", None),
        ("rejected", None),
        ("rejected", "changes_requested"),
    ]


def test_the_commands_of_the_page_on_operations(
    stack: Stack, host: DevhostProcess, finished: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "sed -i s/Approve/approve/")
    waiting = submit(stack, f"named/{finished[:8]}", "house-rules.txt").review_id
    wait_until_asked(stack, waiting)
    late, mistyped, thrown = (
        _quarantined(stack, stack.messages.decide(review, decision, BEN))
        for review, decision in ((finished, "approve"), (waiting, "Approve"), (waiting, "Reject"))
    )
    codes = _run_page(
        OPERATIONS,
        host,
        {
            "announce": {"REVIEW": finished},
            "reassign": {"REVIEW": waiting},
            "evidence": {"REVIEW": finished, "REVIEW.zip": tmp_path / "REVIEW.zip"},
            "ledger": {"ledger.jsonl": tmp_path / "ledger.jsonl"},
            "settings": {"contoso.json": tmp_path / "contoso.json"},
            "repair": {"REVIEW": finished},
            "quarantine replay ID --edit": {"ID": mistyped},
            "quarantine replay": {"ID": late},
            "quarantine discard": {"ID": thrown},
        },
    )

    refused = {command for command, code in codes.items() if code == REFUSED}
    unexpected = {command: code for command, code in codes.items() if code not in (0, REFUSED)}
    assert {command.split()[0] for command in refused} == {"repair", "quarantine"}, codes  # nothing to repair; too late
    assert unexpected.keys() <= {"doctor"}, codes  # it reports the refused decisions
    assert [row["reviewer"] for row in stack.ledger.decisions(waiting)] == [BEN]


def _quarantined(stack: Stack, message_id: str) -> str:
    """Return the id under which the quarantine holds a refused decision."""

    def found() -> Message | None:
        kept = stack.messages.peek("decisions-quarantine")
        return next((each for each in kept if each.correlation_id == message_id), None)

    return eventually(found, "the message is in the quarantine").message_id


def test_the_people_of_the_benchmark_find_what_it_writes(stack: Stack, host: DevhostProcess) -> None:
    """`make bench web` does the same with very many more. The last test here: nothing announces these documents."""

    async def click() -> Clicked:
        names = names_of(2)
        await fill(host.state, names, Many(unfinished=60, finished=1, shown=60))
        async with signed_in(host.address, names) as people:
            rounds = iter(range(30))
            return await click_at_once(people, 0, lambda: next(rounds, None) is not None)

    clicked = asyncio.run(click())

    assert set(clicked.times) == set(Click)
