"""Every command against a running app: documents in, decisions, and what people and programs read of it."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.failures import ExitCode
from local.stack.eventually import PATIENCE, eventually
from local.stack.messages import DECISIONS
from local.stack.running import Stack
from tests.cli.running import Compliance, run
from tests.cli.screens import check_screens

TEXT = b"House rules\n\nBe kind.\n"
COMMAND = Path(sys.executable).with_name("compliance")
NOWHERE = "ab" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a document under a name of its own."""
    file = tmp_path / f"{uuid.uuid4()}.txt"
    file.write_bytes(TEXT)
    return file


@pytest.fixture
def opened(compliance: Compliance, file: Path) -> str:
    """Return the id of a review that waits for decisions."""
    return submitted(compliance, file)


def submitted(compliance: Compliance, file: Path, *options: str) -> str:
    ended = compliance("submit", file, *options)
    assert ended.code == ExitCode.DONE, ended.err
    review_id = ended.out.split()[0]
    eventually(lambda: has_state(compliance, review_id, "open") and inspected(compliance, review_id), "it is inspected")
    return review_id


def has_state(compliance: Compliance, review_id: str, state: str) -> bool:
    shown = compliance("show", review_id, "--json")
    return shown.code == ExitCode.DONE and shown.json()["state"] == state


def inspected(compliance: Compliance, review_id: str) -> bool:
    return bool(compliance("show", review_id, "--json").json()["document"]["sha256"])


def closed(compliance: Compliance, review_id: str) -> None:
    eventually(lambda: has_state(compliance, review_id, "closed"), f"review {review_id} is closed")


class TestJourney:
    def test_a_document_is_submitted_listed_approved_and_fetched(
        self, compliance: Compliance, file: Path, tmp_path: Path
    ):
        review_id = submitted(compliance, file, "--submitter", "Zoë Müller")
        [listed] = [each for each in compliance("list", "--json").json() if each["reviewId"] == review_id]
        assert (listed["state"], listed["submitter"], listed["document"]["name"]) == ("open", "Zoë Müller", file.name)

        decided = compliance("approve", review_id[:8], "--as", "rita", "--comment", "[b]fine[/b]")
        assert decided.code == ExitCode.DONE, decided.err
        assert decided.out == f"{review_id}\t{file.name}\tApproved: published as published/{file.name}.\n"

        shown = compliance("show", file.name, "--json").json()
        assert (shown["outcome"], shown["whereabouts"]) == ("approved", f"published/{file.name}")
        assert compliance("verify", file.name, "--json").json()["reviewId"] == review_id
        assert compliance("fetch", file.name, "-o", tmp_path / "named", "--json").json()["reviewId"] == review_id
        assert "`compliance show NAME`" in compliance("approve", file.name, "--as", "rita").err
        assert [(said["reviewer"], said["comment"]) for said in shown["decisions"]] == [("rita", "[b]fine[/b]")]
        assert [line["event"] for line in shown["timeline"]] == [
            "review_opened",
            "document_inspected",
            "decision_recorded",
            "review_closed",
        ]
        text = compliance("show", review_id).out
        assert "[b]fine[/b]" in text
        assert f"published/{file.name}" in text

        fetched = compliance("fetch", review_id, "-o", tmp_path / "fetched.txt", "--json").json()
        assert (tmp_path / "fetched.txt").read_bytes() == TEXT
        assert fetched == {
            "reviewId": review_id,
            "file": str(tmp_path / "fetched.txt"),
            "from": f"published/{file.name}",
            "length": len(TEXT),
            "sha256": hashlib.sha256(TEXT).hexdigest(),
        }
        piped = compliance("fetch", review_id, "-o", "-")
        assert (piped.code, piped.out.encode()) == (ExitCode.DONE, TEXT)
        assert f"from published/{file.name}, SHA-256 " in piped.err

    def test_changes_are_asked_for_and_the_next_version_belongs_to_the_same_case(
        self, compliance: Compliance, file: Path, opened: str, tmp_path: Path
    ):
        asked = compliance("decide", opened, "request-changes", "--as", "rita", "--comment", "name \x1b[31mhim")
        assert asked.code == ExitCode.DONE, asked.err
        assert "\tChanges requested: the next version under the same name" in asked.out
        closed(compliance, opened)
        first = compliance("show", opened, "--json").json()
        assert (first["outcome"], first["reason"], first["earlier"]) == ("rejected", "changes_requested", [])
        assert first["whereabouts"] == f"archived/{opened}/{file.name}"

        file.write_bytes(TEXT + b"Be Bob.\n")
        second = submitted(compliance, file)
        file.write_bytes(TEXT + b"Be Bob, kindly.\n")
        third = submitted(compliance, file)
        shown = compliance("show", third, "--json").json()
        assert (shown["caseId"], shown["previousReview"], shown["decisions"]) == (opened, second, [])
        ends = [(each["reviewId"], each["outcome"] or each["state"], each["reason"]) for each in shown["earlier"]]
        assert ends[0] == (opened, "rejected", "changes_requested")
        assert (ends[1][0], ends[1][1] in ("decided", "superseded")) == (second, True)
        assert shown["earlier"][0]["changesRequested"]["comment"] == "name \x1b[31mhim"
        text = compliance("show", third).out
        assert "rita" in text
        assert "name \\x1b[31mhim" in text
        bundle = tmp_path / "evidence.zip"
        assert compliance("evidence", third, "-o", bundle).code == ExitCode.DONE
        assert opened.encode() in bundle.read_bytes()

    def test_a_review_that_ended_badly_is_waited_for_and_told(self, compliance: Compliance, tmp_path: Path):
        program = tmp_path / "invoice.pdf"
        program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(64))
        name = f"{uuid.uuid4()}/invoice.pdf"
        refused = compliance("submit", program, "--name", name)
        assert (refused.code, refused.out.split("\t")[1]) == (ExitCode.REFUSED, name)
        assert "Refused before anybody was asked" in refused.out
        same = compliance("submit", program, "--name", name, "--if-changed", "--wait", "--json")
        assert same.code == ExitCode.REFUSED
        [document] = same.json()
        assert document["reviewId"] == refused.out.split("\t")[0]
        review = document["review"]

        assert (review["outcome"], review["reason"]) == ("rejected", "content_mismatch")
        assert review["location"] == f"archived/{document['reviewId']}/{document['name']}"

    def test_an_outcome_that_does_not_come_in_time_has_its_own_exit_code(self, compliance: Compliance, file: Path):
        ended = compliance("submit", file, "--wait", "--timeout", "0.5")
        assert ended.code == ExitCode.TIMEOUT
        assert "Not all were so far within 0.5 seconds" in ended.err

    def test_replacing_a_document_under_review_is_said_and_supersedes_it(
        self, compliance: Compliance, file: Path, opened: str
    ):
        file.write_bytes(TEXT + b"Be brief.\n")
        ended = compliance("submit", file, "--json")
        [newer] = ended.json()
        assert newer["supersedes"] == opened
        assert f"the new version supersedes review {opened[:12]}" in ended.err
        late = compliance("approve", opened, "--as", "rita")
        assert late.code == ExitCode.REFUSED
        assert f"the newest review of that name is {newer['reviewId'][:12]} (open)" in late.out
        closed(compliance, opened)
        shown = compliance("show", opened, "--json").json()

        assert shown["outcome"] == "superseded"
        assert "newer bytes" in shown["whereabouts"]
        assert compliance("fetch", opened, "-o", "never.txt").code == ExitCode.NOT_FOUND

    def test_a_class_without_a_policy_is_warned_of(self, compliance: Compliance, file: Path):
        assert (
            "no policy for the document class 'secret-plans'"
            in compliance("submit", file, "--class", "secret-plans").err
        )


class TestDecide:
    def test_a_refusal_is_explained_and_exits_as_refused(self, compliance: Compliance, file: Path):
        review_id = submitted(compliance, file, "--submitter", "Zoë Müller")
        ended = compliance("decide", review_id, "approve", "--as", "ZOË MÜLLER", "--json")
        assert ended.code == ExitCode.REFUSED
        [decided] = ended.json()
        answered = decided["answer"]

        assert (answered["answer"], decided["review"]["approvalsGiven"]) == ("not_permitted", 0)
        assert set(answered) == {
            "type",
            "answer",
            "explanation",
            "reviewId",
            "decisionId",
            "reviewState",
            "verdict",
            "outcome",
            "environment",
        }

    def test_two_people_wait_at_once_and_each_gets_the_answer_to_the_own_decision(
        self, compliance: Compliance, opened: str
    ):
        people = ["ann", "ben"]
        waiting = [
            subprocess.Popen(  # noqa: S603 our own program and arguments
                [COMMAND, "--settings", compliance.settings, "decide", opened, "approve", "--as", name, "--json"],
                stdout=subprocess.PIPE,
            )
            for name in people
        ]
        answers = [json.loads(each.communicate(timeout=PATIENCE)[0])[0]["answer"]["answer"] for each in waiting]
        assert sorted(answers) == ["late", "recorded"]

    def test_several_are_decided_at_once_each_with_an_answer_of_its_own(self, compliance: Compliance, tmp_path: Path):
        files = [tmp_path / f"{uuid.uuid4()}.txt" for _ in range(2)]
        for file in files:
            file.write_bytes(TEXT)
        first, second = (
            submitted(compliance, file, "--class", kind) for file, kind in zip(files, ("all", "led"), strict=True)
        )
        ended = compliance("approve", first, NOWHERE, second, "--as", "ann@example.org")
        assert ended.code == ExitCode.NOT_FOUND
        assert ended.out.splitlines() == [
            f"{first}\t{files[0].name}\t{ended.out.splitlines()[0].split(chr(9))[2]}",
            f"{NOWHERE}\t\tthere is no review {NOWHERE}; see the unfinished ones with `compliance list`",
            f"{second}\t{files[1].name}\tNot permitted: ann@example.org is not a reviewer of this document class.",
        ]
        assert "Recorded: 1 of 2 approvals. Waits for ben@example.org until " in ended.out

    def test_what_would_be_malformed_is_not_even_sent(self, compliance: Compliance, opened: str):
        ended = compliance("decide", opened, "reject", "--as", "rita", "--comment", "x" * 4001)
        assert ended.code == ExitCode.USAGE
        assert "comment" in ended.err

    @pytest.mark.parametrize("comment", [(), ("--comment", " ")])
    def test_changes_that_are_not_named_are_not_asked_for(self, comment: tuple[str, ...]):
        ended = run("decide", NOWHERE, "request-changes", "--as", "rita", *comment)
        assert (ended.code, "say what must be changed: --comment TEXT" in ended.err) == (ExitCode.USAGE, True)

    def test_an_unknown_review_is_not_found(self, compliance: Compliance):
        assert compliance("decide", NOWHERE, "approve", "--as", "rita").code == ExitCode.NOT_FOUND

    def test_a_prefix_of_no_review_is_not_found(self, compliance: Compliance):
        assert compliance("decide", "ababab", "approve", "--as", "rita").code == ExitCode.NOT_FOUND

    def test_a_prefix_of_less_than_six_digits_is_refused(self, compliance: Compliance, opened: str):
        assert compliance("decide", opened[:5], "approve", "--as", "rita").code == ExitCode.USAGE


class TestFind:
    """Reviews are found again, whether they wait or have ended."""

    def test_by_the_person_for_whom_they_wait_and_by_how_they_ended(
        self, compliance: Compliance, file: Path, monkeypatch: pytest.MonkeyPatch
    ):
        person = "cat@example.org"
        monkeypatch.setenv("COMPLIANCE_AS", person)
        review_id = submitted(compliance, file, "--class", "led", "--submitter", "sam@example.org")

        def listed(*options: str) -> list[str]:
            return [line for line in compliance("list", *options).out.splitlines() if line.startswith(review_id)]

        assert [line.split("\t")[1:6] for line in listed("--waiting-for", "me", "--class", "led")] == [
            ["open", file.name, "led", "sam@example.org", "0 of 1"]
        ]
        assert listed("--waiting-for", "eva@example.org", "--class", "led") == listed("--overdue") == []
        assert compliance("reject", review_id, "--comment", "page 7").code == ExitCode.DONE
        assert listed("--waiting-for", "me") == []
        assert listed("--outcome", "approved", "--name", file.stem) == []
        [row] = json.loads(
            compliance("list", "--state", "all", "--name", file.stem, "--since", "1d", "--json", "reviewId,outcome").out
        )
        assert row == {"reviewId": review_id, "outcome": "rejected"}
        assert f"Rejected by {person} on " in compliance("show", file.name).out
        assert compliance("list", "--outcome", "rejected", "--overdue").code == ExitCode.USAGE

    def test_what_has_ended_is_counted(self, compliance: Compliance, file: Path, tmp_path: Path):
        review_id = submitted(compliance, file, "--class", "led")
        assert compliance("approve", review_id, "--as", "cat@example.org").code == ExitCode.DONE
        picture = tmp_path / "report.svg"
        ended = compliance("report", "--since", "1d", "--json", "-o", picture)
        report = ended.json()
        [led] = [each for each in report["figures"] if each["name"] == "led"]
        assert led["approved"] >= 1
        assert led["medianSeconds"] is not None
        assert report["total"]["reviews"] >= led["reviews"]
        assert "<svg" in picture.read_text()
        lines = compliance("report", "--since", "1d", "--by", "reviewer").out.splitlines()
        assert [line.split("\t")[2] for line in lines if line.startswith("cat@example.org\t")] >= ["1"]

    def test_who_stands_in_for_whom(self, compliance: Compliance):
        today = datetime.now(UTC).date()  # noqa: TID251 the broker runs by the wall clock
        days = ("--from", str(today), "--until", str(today + timedelta(days=30)))
        given = ("--by", "dora@example.org", "--to", "zoe@example.org", *days)
        assert compliance("delegate", *given).code == ExitCode.DONE
        [found] = compliance("delegate", "list", "DORA@example.org", "--json").json()
        assert (found["to"], found["level"]) == ("zoe@example.org", "none")
        assert compliance("delegate", "list", "nobody@example.org").out == ""


def test_four_questions_are_answered_by_the_command_alone(
    compliance: Compliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COMPLIANCE_AS", "gil@example.org")
    sent: dict[str, str] = {}
    for name in ("budget.txt", "minutes.txt", "rules.txt", "accounts.txt"):
        (tmp_path / name).write_text(f"{uuid.uuid4()}\n")  # no document with the same bytes
        kind = "hasty" if name == "accounts.txt" else "board"
        sent[name] = submitted(compliance, tmp_path / name, "--class", kind, "--submitter", "sam@example.org")
    assert compliance("approve", sent["budget.txt"]).code == ExitCode.DONE
    assert compliance("reject", sent["minutes.txt"], "--comment", "Page 2 names the old board.").code == ExitCode.DONE
    closed(compliance, sent["minutes.txt"])
    overdue = "list", "--overdue", "--class", "hasty"
    eventually(lambda: sent["accounts.txt"] in compliance(*overdue).out, "its first deadline has passed")

    month = datetime.now(UTC).strftime("%Y-%m")  # noqa: TID251 reviews end by the wall clock
    approved = "list", "--outcome", "approved", "--class", "board", "--since", month
    waiting = "list", "--waiting-for", "me", "--class", "board"
    here = "--settings", compliance.settings
    commands = [(*here, *words) for words in (approved, waiting, ("show", "minutes.txt"), overdue)]
    check_screens(monkeypatch, "questions", commands)


class TestWithdraw:
    def test_the_submitter_takes_the_document_back_and_nobody_else_can(self, compliance: Compliance, file: Path):
        review_id = submitted(compliance, file, "--submitter", "Zoë Müller")
        refused = compliance("withdraw", review_id[:8], "--as", "rita", "--comment", "not mine", "--json")
        assert (refused.code, refused.json()["answer"]) == (ExitCode.REFUSED, "not_permitted")
        assert "only the submitter" in refused.json()["explanation"]

        withdrawn = compliance("withdraw", review_id[:8], "--as", "zoë müller", "--comment", "a wrong \x1b[31mfigure")
        assert withdrawn.code == ExitCode.DONE, withdrawn.err
        assert withdrawn.out.endswith("\tWithdrawn: the document is archived.\n")
        closed(compliance, review_id)
        shown = compliance("show", review_id, "--json").json()
        assert (shown["outcome"], shown["decisions"]) == ("withdrawn", [])
        [told] = [line for line in shown["timeline"] if line["event"] == "review_withdrawn"]
        assert (told["who"], told["detail"]) == ("zoë müller", "a wrong \x1b[31mfigure")

        late = compliance("decide", review_id, "approve", "--as", "rita", "--json").json()
        assert (late[0]["answer"]["answer"], late[0]["answer"]["outcome"]) == ("late", "withdrawn")

    def test_what_would_be_malformed_is_not_even_sent(self, compliance: Compliance, opened: str):
        ended = compliance("withdraw", opened, "--as", "rita", "--comment", "x" * 4001)
        assert (ended.code, "reason" in ended.err) == (ExitCode.USAGE, True)

    def test_who_withdraws_and_why_is_said(self):
        assert "say who you are" in run("withdraw", NOWHERE, "--comment", "a wrong figure").err
        assert run("withdraw", NOWHERE, "--as", "sam").code == ExitCode.USAGE


class TestFetch:
    def test_bytes_that_are_not_those_under_review_leave_no_file_and_touch_none(
        self, compliance: Compliance, stack: Stack, file: Path, opened: str, tmp_path: Path
    ):
        assert compliance("decide", opened, "approve", "--as", "rita").code == ExitCode.DONE
        closed(compliance, opened)
        stack.documents.upload(file.name, b"forged", container="published")
        folder = tmp_path / "target"
        folder.mkdir()
        (folder / "rules.txt").write_text("precious")
        kept = compliance("fetch", opened, "-o", folder / "rules.txt")
        assert (kept.code, "exists already" in kept.err) == (ExitCode.USAGE, True)
        ended = compliance("fetch", opened, "-o", folder / "new.txt")

        assert ended.code == ExitCode.FAILED
        assert "nothing was kept" in ended.err
        assert [each.read_text() for each in folder.iterdir()] == ["precious"]

    def test_the_documents_own_name_never_replaces_a_file(
        self, compliance: Compliance, file: Path, opened: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.chdir(file.parent)
        ended = compliance("fetch", opened)
        assert ended.code == ExitCode.USAGE
        assert "exists already" in ended.err

    def test_a_document_is_opened_in_a_folder_of_ones_own(
        self, compliance: Compliance, file: Path, opened: str, monkeypatch: pytest.MonkeyPatch
    ):
        shown: list[Path] = []
        monkeypatch.setattr("cli.documents.opening.open_file", lambda file: shown.append(file) or True)
        ended = compliance("open", file.name)
        assert (ended.code, [Path(ended.out.strip())]) == (ExitCode.DONE, shown)
        assert shown[0].read_bytes() == TEXT
        shutil.rmtree(shown[0].parent)

    def test_a_folder_that_cannot_be_written_is_said(self, compliance: Compliance, opened: str, tmp_path: Path):
        ended = compliance("fetch", opened, "-o", tmp_path / "no" / "such" / "file")
        assert ended.code == ExitCode.FAILED
        assert "cannot be written" in ended.err


class TestQuarantine:
    def test_a_refused_message_is_shown_as_it_came_but_steers_no_terminal(self, compliance: Compliance, stack: Stack):
        body = b'{"decision":"\x1b[2JApprove\xe2\x80\xae",\n"[red]":"\xff"}'
        message_id = stack.messages.send(DECISIONS, body, f"{uuid.uuid4()}\x1b[31m")

        def quarantined() -> str | None:
            listed = compliance("quarantine", "list", "--json").json()
            return next((each["id"] for each in listed if each["messageId"] == message_id), None)

        identity = eventually(quarantined, "the message is in the quarantine")
        text = compliance("quarantine", "show", identity[:12]).out
        assert '| {"decision":"\\x1b[2JApprove\\u202e",\n| "[red]":"\\xff"}' in text
        assert "malformed" in text
        assert "\x1b" not in text

        told = compliance("quarantine", "show", identity, "--json").json()
        assert base64.b64decode(told["bodyBase64"]) == body
        assert told["body"] is None
        assert told["refusedBecause"] == "malformed"
        assert set(told) == {
            "id",
            "queue",
            "reviewId",
            "sender",
            "refusedBecause",
            "explanation",
            "messageId",
            "enqueuedAt",
            "length",
            "contentType",
            "applicationProperties",
            "body",
            "bodyBase64",
        }

    def test_all_that_were_refused_for_a_reason_are_discarded(self, compliance: Compliance, stack: Stack, opened: str):
        message_id = stack.messages.decide(opened, "approve", "rita", documentSha256="ab" * 32)
        assert stack.messages.answer(message_id)["answer"] == "wrong_version"
        told = ("--as", "olga", "--comment", "known")
        assert (
            "confirm with --yes" in compliance("quarantine", "discard", "--all", "--reason", "wrong-version", *told).err
        )
        ended = compliance("quarantine", "discard", "--all", "--reason", "wrong-version", "--yes", *told)
        assert (ended.code, ended.out.startswith("Discarded: ")) == (ExitCode.DONE, True)
        left = compliance("quarantine", "list", "--json").json()
        assert "wrong_version" not in [each["refusedBecause"] for each in left]
        again = compliance("quarantine", "discard", "--all", "--reason", "wrong-version", "--yes", *told)
        assert again.code == ExitCode.NOT_FOUND
        assert compliance("quarantine", "discard", *told).code == ExitCode.USAGE

    def test_what_is_not_there_is_not_found(self, compliance: Compliance):
        assert compliance("quarantine", "show", "abcdef").code == ExitCode.NOT_FOUND


def test_a_document_of_a_class_without_a_policy_is_not_even_uploaded(compliance: Compliance, stack: Stack, file: Path):
    ended = compliance("submit", file, "--class", "defualt")
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "no policy for the document class 'defualt'" in ended.err
    assert stack.documents.blobs_named(file.name) == []


def test_a_file_that_the_app_ignores_is_not_even_uploaded(compliance: Compliance, stack: Stack, file: Path):
    ended = compliance("submit", file, "--name", f"{file.stem}/~$plan.docx")
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "(key ignore); nothing was uploaded" in ended.err
    assert stack.documents.blobs_named(f"{file.stem}/~$plan.docx") == []


class TestWatch:
    def test_events_come_as_they_happen_and_ctrl_c_ends_it_cleanly(self, compliance: Compliance, opened: str):
        with watching(compliance) as watch:
            assert compliance("decide", opened, "approve", "--as", "rita").code == ExitCode.DONE
            assert watch.stdout
            events = (json.loads(line) for line in watch.stdout)
            event = next(event for event in events if event["data"].get("reviewId") == opened)
            watch.send_signal(signal.SIGINT)
            _, said = watch.communicate(timeout=PATIENCE)
        assert (event["type"], event["id"]) == ("compliance.review.completed.v1", opened)
        assert event["data"]["outcome"] == "approved"
        assert (watch.returncode, said) == (ExitCode.DONE, "")


@contextmanager
def watching(compliance: Compliance) -> Iterator[subprocess.Popen[str]]:
    """Run `compliance watch --json`, and yield it once it has passed over the events of before."""
    with subprocess.Popen(  # noqa: S603 our own program and arguments
        [COMMAND, "--settings", compliance.settings, "watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watch:
        try:
            assert watch.stderr
            assert watch.stderr.readline().startswith("Watching")
            yield watch
        finally:
            watch.kill()


def test_what_azure_says_becomes_one_line(compliance: Compliance, tmp_path: Path):
    settings = json.loads(compliance.settings.read_text())
    settings["Values"]["Documents"] = settings["Values"]["Documents"].replace("AccountKey=", "AccountKey=AAAA")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(settings))
    ended = Compliance(wrong)("list")

    assert ended.code == ExitCode.FAILED
    assert ended.err.count("\n") == 1
    assert "Storage refuses access" in ended.err
    assert "Traceback" in run("--verbose", "--settings", wrong, "list").err
