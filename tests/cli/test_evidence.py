"""Evidence of a review: written once, checked anywhere, and what its past was."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableClient

from cli.failures import ExitCode
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.running import Stack
from local.stack.subscriber import completions
from tests.cli.running import Compliance, run

HOSTILE = '<script>alert(1)</script>\r\n{{ 7 * 7 }} & "quotes"'
TEXT = b"The bytes that are decided on.\n"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A closed review."""

    review_id: str
    name: str
    completion: dict[str, Any]  # as a subscriber received it


@pytest.fixture(scope="module")
def reviewed(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    assert stack.host
    compliance = Compliance(stack.host.state / "local.settings.json")
    file = tmp_path_factory.mktemp("reviewed") / "rules.txt"
    file.write_bytes(TEXT)
    name = f"evidence/{file.parent.name}/rules.txt"
    review_id = compliance("submit", file, "--name", name, "--submitter", "sam").out.split()[0]
    return Reviewed(review_id, name, _decided(stack, compliance, review_id, "approve", HOSTILE))


def _decided(stack: Stack, compliance: Compliance, review_id: str, decision: str, comment: str) -> dict[str, Any]:
    """Have Rita decide, and return the review's completion event."""
    eventually(lambda: compliance("show", review_id).code == ExitCode.DONE, "its review is open")
    ended = compliance("decide", review_id, decision, "--as", "rita", "--comment", comment)
    assert ended.code == ExitCode.DONE, ended.err
    return eventually(lambda: completions(stack.events, review_id), "it is announced")[0]


@pytest.fixture(scope="module")
def bundle(stack: Stack, reviewed: Reviewed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert stack.host
    file = tmp_path_factory.mktemp("bundle") / "evidence.zip"
    compliance = Compliance(stack.host.state / "local.settings.json")
    ended = compliance("evidence", reviewed.review_id, "--with-document", "-o", file)
    assert ended.code == ExitCode.DONE, ended.err
    return file


class TestVerify:
    def test_a_review_is_proved_against_the_ledger_and_every_anchor(self, compliance: Compliance, reviewed: Reviewed):
        digest = reviewed.completion["data"]["auditDigest"]
        ended = compliance("verify", reviewed.review_id[:10], "--digest", digest, "--json")

        assert ended.code == ExitCode.DONE, ended.err
        assert ended.json() == {
            "reviewId": reviewed.review_id,
            "sound": True,
            "fault": None,
            "records": reviewed.completion["data"]["auditRecords"],
            "decisions": 1,
            "proofs": None,
            "uncheckedProofs": 0,
            "vouched": [],
            "uncheckedAttestations": 0,
            "anchors": [
                "the completion event",
                "the metadata of the moved document",
                "the digest that you gave",
            ],
            "document": True,
            "compared": "sha256",
            "notProved": [],
        }
        out = compliance("verify", reviewed.review_id).out
        assert "Sound" in out
        assert "the document's bytes (by SHA-256): the ones that were decided on" in out

    def test_a_review_that_is_still_open_is_proved_as_far_as_it_got_and_says_what_is_not(
        self, stack: Stack, compliance: Compliance, tmp_path: Path
    ):
        file = tmp_path / "open.txt"
        file.write_bytes(TEXT)
        review_id = compliance("submit", file, "--name", f"{tmp_path.name}/open.txt").out.split()[0]
        eventually(lambda: compliance("show", review_id).code == ExitCode.DONE, "its review is open")
        ended = compliance("verify", review_id)

        assert ended.code == ExitCode.DONE, ended.err
        assert "Not proved: the end of the trail: no digest" in ended.out
        assert compliance("evidence", review_id, "-o", tmp_path / "open.zip").code == ExitCode.DONE
        assert run("verify", "--file", tmp_path / "open.zip").code == ExitCode.DONE

    def test_a_digest_that_is_not_of_this_trail_is_told(self, compliance: Compliance, reviewed: Reviewed):
        ended = compliance("verify", reviewed.review_id, "--digest", "0" * 64)
        assert ended.code == ExitCode.REFUSED
        assert "NOT SOUND" in ended.out
        assert "the digest that you gave: missing" in ended.out

    def test_an_edited_row_is_named_and_no_evidence_is_written_of_it(
        self, stack: Stack, compliance: Compliance, tmp_path: Path
    ):
        file = tmp_path / "edited.txt"
        file.write_bytes(TEXT)
        review_id = compliance("submit", file, "--name", f"{tmp_path.name}/edited.txt").out.split()[0]
        _decided(stack, compliance, review_id, "reject", "no")
        assert stack.host
        storage = Endpoints.from_devhost(stack.host.state).storage
        with TableClient.from_connection_string(storage, "ledger") as table:
            table.update_entity({"PartitionKey": review_id, "RowKey": "decision-000001", "comment": "yes"})
        ended = compliance("verify", review_id, "--json")

        assert ended.code == ExitCode.REFUSED
        assert (ended.json()["sound"], ended.json()["fault"]["where"]) == (False, "decision 1, of record 3")
        assert compliance("evidence", review_id, "-o", tmp_path / "e.zip").code == ExitCode.REFUSED
        assert not (tmp_path / "e.zip").exists()

    @pytest.mark.parametrize("arguments", [(), ("abcdef", "--file", "x.zip"), ("abcdef", "--digest", "XYZ")])
    def test_what_is_to_be_proved_must_be_said(self, arguments: tuple[str, ...]):
        assert run("verify", *arguments).code == ExitCode.USAGE

    def test_a_review_or_file_that_is_not_there_is_told(self, compliance: Compliance, tmp_path: Path):
        assert compliance("verify", "ab" * 32).code == ExitCode.NOT_FOUND
        assert run("verify", "--file", tmp_path / "none.zip").code == ExitCode.NOT_FOUND


class TestThePast:
    def test_it_is_told_as_it_was_after_every_record(self, compliance: Compliance, reviewed: Reviewed):
        timeline = compliance("show", reviewed.review_id, "--json").json()["timeline"]
        pasts = [_at(compliance, reviewed, entry["at"] or entry["storedAt"]) for entry in timeline]

        assert [past["timeline"] for past in pasts] == [timeline[:1], timeline[:2], timeline[:3], timeline]
        assert [past["state"] for past in pasts] == ["open", "open", "decided", "closed"]
        assert [[row["comment"] for row in past["decisions"]] for past in pasts] == [[], [], [HOSTILE], [HOSTILE]]
        assert pasts[0]["document"]["sha256"] is None
        assert pasts[3]["outcome"] == "approved"

    def test_people_read_it(self, compliance: Compliance, reviewed: Reviewed):
        out = compliance("show", reviewed.review_id, "--at", "2999-01-01").out
        assert out.startswith("At 2999-01-01 00:00:00 ")
        assert "Approved by " in out
        assert reviewed.name in out

    def test_the_second_that_show_prints_takes_in_what_happened_in_it(self, compliance: Compliance, reviewed: Reviewed):
        closed_at = compliance("show", reviewed.review_id).out.rpartition("review closed")[0].splitlines()[-1]
        told = _at(compliance, reviewed, closed_at[: len("2026-03-02 09:30:00")])
        assert told["state"] == "closed"

    def test_before_it_was_opened_there_is_nothing(self, compliance: Compliance, reviewed: Reviewed):
        assert compliance("show", reviewed.review_id, "--at", "2001-01-01").code == ExitCode.NOT_FOUND

    def test_what_is_no_time_is_told(self, compliance: Compliance, reviewed: Reviewed):
        assert compliance("show", reviewed.review_id, "--at", "yesterday").code == ExitCode.USAGE


class TestEvidence:
    def test_a_bundle_proves_itself_without_settings_or_network(
        self, no_settings: Path, bundle: Path, reviewed: Reviewed
    ):
        ended = run("verify", "--file", bundle, "--digest", reviewed.completion["data"]["auditDigest"], "--json")
        assert ended.code == ExitCode.DONE, ended.out
        told = ended.json()

        assert (told["sound"], told["decisions"], told["document"]) == (True, 1, True)
        assert told["anchors"] == ["the digest that you gave"]
        assert [text.partition(",")[0].partition(" (")[0] for text in told["notProved"]] == [
            "the page index.html",
            "the times at which storage wrote the records",
            "in completion-event.json: source",
            "in copy.json",
        ]

    def test_the_same_evidence_makes_the_same_bytes(
        self, compliance: Compliance, bundle: Path, reviewed: Reviewed, tmp_path: Path
    ):
        again = tmp_path / "again.zip"
        compliance("evidence", reviewed.review_id, "--with-document", "-o", again)
        assert again.read_bytes() == bundle.read_bytes()

    @pytest.mark.usefixtures("no_settings")
    def test_a_file_that_exists_is_left_as_it_is(self, tmp_path: Path):
        kept = tmp_path / "kept.zip"
        kept.write_bytes(b"another review's evidence")
        ended = run("evidence", "3f9a01", "-o", kept)

        assert ended.code == ExitCode.USAGE
        assert "exists already and was left as it is; name another file, or remove it first" in ended.err
        assert kept.read_bytes() == b"another review's evidence"

    def test_it_holds_what_an_auditor_asks_for(self, bundle: Path, reviewed: Reviewed):
        with zipfile.ZipFile(bundle) as archive:
            assert archive.read("document.bin") == TEXT
            assert json.loads(archive.read("completion-event.json"))["data"] == reviewed.completion["data"]
            [decision] = archive.read("decisions.jsonl").splitlines()
            assert json.loads(decision)["comment"] == HOSTILE
            assert json.loads(archive.read("policy.json"))["documentClass"] == "default"
            assert json.loads(archive.read("review.json"))["document"]["name"] == reviewed.name
            assert [info.date_time for info in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)] * len(archive.namelist())

    def test_what_reviewers_wrote_is_text_on_the_page_and_nothing_else(self, bundle: Path):
        with zipfile.ZipFile(bundle) as archive:
            page = archive.read("index.html").decode()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;\\r\n{{ 7 * 7 }} &amp; &#34;quotes&#34;" in page

    def test_without_the_document_its_bytes_are_not_in_it(
        self, compliance: Compliance, reviewed: Reviewed, tmp_path: Path
    ):
        file = tmp_path / "evidence.zip"
        told = compliance("evidence", reviewed.review_id, "-o", file, "--json").json()
        assert told["reviewId"] == reviewed.review_id
        with zipfile.ZipFile(file) as archive:
            assert "document.bin" not in archive.namelist()

        assert run("verify", "--file", file, "--json").json()["document"] is False

    def test_any_changed_byte_of_any_file_is_found(self, bundle: Path, tmp_path: Path):
        with zipfile.ZipFile(bundle) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        for name, content in contents.items():
            forged = {**contents, name: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]}
            ended = run("verify", "--file", _zipped(tmp_path, forged))
            assert ended.code == (ExitCode.USAGE if name == "manifest.json" else ExitCode.REFUSED), name
            assert name in ended.out + ended.err


def _at(compliance: Compliance, reviewed: Reviewed, time: str) -> dict[str, Any]:
    ended = compliance("show", reviewed.review_id, "--at", time, "--json")
    assert ended.code == ExitCode.DONE, ended.err
    return ended.json()


def _zipped(folder: Path, contents: dict[str, bytes]) -> Path:
    file = folder / "forged.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file
