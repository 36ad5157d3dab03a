"""`python -m evidence`: what fits together is not yet proved, and what is not proved is said."""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import jwt
import pytest

from compliance.copies import ending_of, repair
from compliance.history import AuditEvent
from compliance.outcome import ReviewState, Verdict
from compliance.proof import Statement
from compliance.rulings import Transition
from compliance.transitions import note
from contracts.messages.events import REVIEW_COMPLETED, review_completed
from contracts.proofs.decision_proof import sign_statement
from contracts.proofs.key_set import parse_jwk_set
from evidence import __main__ as program
from evidence.__main__ import ExitCode, main
from evidence.bundle import bundle_of, write_bundle
from evidence.chain import Json
from evidence.checks import Evidence
from evidence.report import in_words, report
from tests.builders import SHA256, decision
from tests.bundles import OLDER_DIGEST, OLDER_PAGE, contents, zipped
from tests.journeys import approved, hour, opened
from tests.signing_keys import key_set_text, signer

ANA = signer("ana-1", "ana@example.org")
JOURNEY = approved()
EVENT: Json = {
    "id": JOURNEY.heads[-1].review_id,
    "type": REVIEW_COMPLETED,
    "data": review_completed(JOURNEY.heads[-1], JOURNEY.decisions).wire(),
}
COPY: Json = {
    "location": JOURNEY.heads[-1].location,
    "metadata": {
        "reviewid": JOURNEY.heads[-1].review_id,
        "auditrecord": "4",
        "auditdigest": JOURNEY.records[3].digest,
    },
}
EVIDENCE = replace(JOURNEY.evidence(), event=EVENT, copy=COPY)
PAGE_UNPROVED = "the page index.html, which is for reading: whoever made this file chose what it says"
TIMES_UNPROVED = "the times at which storage wrote the records (storedAt in records.jsonl)"
DIGEST: str = EVENT["data"]["auditDigest"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the output, parsed as JSON."""
        return json.loads(self.out)


class Run(Protocol):
    """Runs the program in this process."""

    def __call__(self, *arguments: object) -> Ended: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Ended:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def written(folder: Path, evidence: Evidence = EVIDENCE, keys: Json | None = None) -> Path:
    file = folder / "evidence.zip"
    with file.open("wb") as out:
        write_bundle(out, bundle_of(evidence, keys), "<p>page</p>", None)
    return file


def with_a_proof() -> Evidence:
    journey = opened()
    statement = Statement(journey.heads[-1].review_id, "decision-1", "approve", ANA.reviewer, SHA256, None)
    proof = sign_statement(statement, int(hour(1).timestamp()), ANA.kid, jwt.PyJWK(ANA.private_jwk()))
    journey.decide(decision(reviewer=ANA.reviewer, enqueued_at=hour(1), proof=proof))
    return journey.evidence()


SIGNED = with_a_proof()
KEYS = parse_jwk_set(key_set_text(ANA.jwk()).encode(), "keys.json").wire()


class TestASoundFile:
    def test_without_a_digest_it_vouches_for_itself_only(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path))

        assert ended.code == ExitCode.SOUND
        assert "Sound in itself" in ended.out
        assert "Not proved" in ended.out
        assert "whoever made this file could have made all of it; give --digest DIGEST" in ended.out
        assert "completion event: names" not in ended.out

    def test_programs_are_told_too(self, run: Run, tmp_path: Path):
        verification = run(written(tmp_path), "--json").json()

        assert (verification["sound"], verification["anchors"]) == (True, [])
        assert "whoever made this file" in verification["notProved"][0]

    def test_with_the_digest_only_what_no_digest_covers_is_left_open(self, run: Run, tmp_path: Path):
        verification = run(written(tmp_path), "--digest", DIGEST, "--json").json()

        assert verification["anchors"] == ["the digest that you gave"]
        assert verification["notProved"] == [PAGE_UNPROVED, TIMES_UNPROVED]

    def test_the_digest_is_named_to_people(self, run: Run, tmp_path: Path):
        assert (
            "the digest that you gave: names the digest of its record" in run(written(tmp_path), "--digest", DIGEST).out
        )

    def test_a_bundle_stays_sound_when_the_template_of_the_page_changes(self, run: Run):
        ended = run(OLDER_PAGE, "--digest", OLDER_DIGEST)

        assert ended.code == ExitCode.SOUND, ended.out
        assert "2 proofs of identity: signed by the people whom they name" in ended.out
        assert "the document's bytes: the ones that were decided on" in ended.out

    def test_a_digest_of_an_earlier_record_leaves_open_what_came_after(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path), "--digest", JOURNEY.records[2].digest)

        assert "Not proved: what came after record 3 of 5, which the digest that you gave names" in ended.out


class TestWhatIsInAFileAndNotProved:
    """A file may hold more than the digest covers: each such thing is named."""

    @staticmethod
    def unproved(run: Run, file: Path) -> list[str]:
        verification = run(file, "--digest", DIGEST, "--json").json()
        assert verification["sound"], verification["fault"]
        return [text for text in verification["notProved"] if text not in (PAGE_UNPROVED, TIMES_UNPROVED)]

    def test_members_of_the_event_that_no_record_confirms(self, run: Run, tmp_path: Path):
        document = {**EVENT["data"]["document"], "title": "Approved by the board"}
        event = {**EVENT, "time": "2026-01-01T00:00:00Z", "data": {**EVENT["data"], "note": {}, "document": document}}

        [found] = self.unproved(run, written(tmp_path, replace(EVIDENCE, event=event)))

        assert found == "in completion-event.json: data.document.title, data.note, time"

    def test_metadata_that_the_app_did_not_write(self, run: Run, tmp_path: Path):
        copy = {**COPY, "metadata": {**COPY["metadata"], "approvedby": "the board"}}

        [found] = self.unproved(run, written(tmp_path, replace(EVIDENCE, copy=copy)))

        assert found == "in copy.json, of the metadata: approvedby"

    def test_all_metadata_but_the_reviews_id_if_they_name_no_record(self, run: Run, tmp_path: Path):
        copy = {**COPY, "metadata": {"reviewid": EVIDENCE.review_id, "auditrecord": "4", "verdict": "approve"}}

        [found] = self.unproved(run, written(tmp_path, replace(EVIDENCE, copy=copy)))

        assert found == "in copy.json, of the metadata: auditrecord, verdict"

    def test_keys_that_verified_nothing(self, run: Run, tmp_path: Path):
        [found] = self.unproved(run, written(tmp_path, EVIDENCE, KEYS))

        assert found == "the keys in verification-keys.json: nothing was verified with them"


class TestAFileThatIsNotSound:
    @pytest.mark.parametrize("name", ["review.json", "records.jsonl", "index.html", "verification-keys.json"])
    def test_the_edited_file_in_it_is_named(self, run: Run, name: str, tmp_path: Path):
        ended = run(zipped(tmp_path, contents(OLDER_PAGE) | {name: b"{}"}))

        assert ended.code == ExitCode.NOT_SOUND
        assert ended.out.splitlines()[0] == "NOT SOUND: the bundle"
        assert f"{name}: edited: manifest.json names another" in ended.out

    def test_programs_are_told_too(self, run: Run, tmp_path: Path):
        verification = run(zipped(tmp_path, contents(OLDER_PAGE) | {"review.json": b"{}"}), "--json").json()

        assert (verification["reviewId"], verification["sound"]) == (None, False)
        assert verification["fault"] == {
            "where": "review.json",
            "wrong": "edited",
            "text": "manifest.json names another SHA-256 or length",
        }

    def test_a_digest_that_no_record_has_blames_none(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path), "--digest", "0" * 64)

        assert ended.code == ExitCode.NOT_SOUND
        assert ended.out.splitlines()[0] == f"NOT SOUND: review {EVIDENCE.review_id}"
        assert "the digest that you gave: missing: no record has it" in ended.out

    @pytest.mark.parametrize("missing", ["event", "facts", "reviewId"])
    @pytest.mark.parametrize("event", [EVENT, None])
    def test_a_record_that_is_none_is_named(self, run: Run, tmp_path: Path, missing: str, event: Any):
        *others, last = EVIDENCE.records
        none = {name: value for name, value in last.content.items() if name != missing}
        evidence = replace(EVIDENCE, event=event, records=[*others, replace(last, content=none)])

        fault = run(written(tmp_path, evidence), "--json").json()["fault"]
        assert fault["where"] == f"record {len(EVIDENCE.records)}"

    def test_a_record_that_the_rules_do_not_allow_is_named(self, run: Run, tmp_path: Path):
        journey = opened()
        approved_by_nobody = replace(journey.heads[-1], state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
        journey.make(Transition.audited(approved_by_nobody, AuditEvent.REVIEWERS_REMINDED, hour(1)))

        ended = run(written(tmp_path, journey.evidence()), "--json")

        fault = ended.json()["fault"]
        assert (ended.code, fault["where"], fault["wrong"]) == (ExitCode.NOT_SOUND, "record 3", "unsupported")

    def test_keys_that_are_none_are_named_even_under_a_right_manifest(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path, SIGNED, {"keys": "none"}))

        assert ended.code == ExitCode.NOT_SOUND
        assert "verification-keys.json: edited" in ended.out

    def test_a_proof_that_the_keys_do_not_verify_is_named(self, run: Run, tmp_path: Path):
        others = parse_jwk_set(key_set_text(signer("ana-1", "ben@example.org").jwk()).encode(), "keys.json").wire()

        ended = run(written(tmp_path, SIGNED, others))

        assert ended.code == ExitCode.NOT_SOUND
        assert "the proof of decision 1: foreign: " in ended.out


class TestProofs:
    def test_those_that_no_key_was_at_hand_for_are_named(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path, SIGNED))

        assert "Not proved: 1 proof of identity; give the keys with --keys" in ended.out

    def test_keys_that_came_with_the_file_prove_nobody(self, run: Run, tmp_path: Path):
        ended = run(written(tmp_path, SIGNED, KEYS))

        assert ended.code == ExitCode.SOUND, ended.out
        assert "Not proved: whose keys these are" in ended.out

    def test_keys_that_are_trusted_do(self, run: Run, tmp_path: Path):
        trusted = tmp_path / "keys.json"
        trusted.write_text(key_set_text(ANA.jwk()))

        ended = run(written(tmp_path, SIGNED, KEYS), "--keys", trusted)

        assert "1 proof of identity: signed by the people whom they name" in ended.out
        assert "whose keys" not in ended.out


def test_as_a_program_it_exits_with_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sys, "argv", ["python -m evidence", str(tmp_path / "none.zip")])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(program.__file__), run_name="__main__")

    assert ended.value.code == ExitCode.NOT_FOUND


class TestWhatCannotBeVerified:
    def test_a_file_without_a_manifest_is_no_bundle(self, run: Run, tmp_path: Path):
        files = contents(OLDER_PAGE)
        del files["manifest.json"]

        ended = run(zipped(tmp_path, files))

        assert (ended.code, ended.out) == (ExitCode.USAGE, "")
        assert "is not a bundle of evidence" in ended.err

    def test_a_folder_cannot_be_read(self, run: Run, tmp_path: Path):
        ended = run(tmp_path)

        assert ended.code == ExitCode.USAGE
        assert f"{tmp_path} cannot be read: " in ended.err

    def test_a_file_that_is_not_there_is_told(self, run: Run, tmp_path: Path):
        ended = run(tmp_path / "none.zip")

        assert (ended.code, ended.err) == (ExitCode.NOT_FOUND, f"Error: there is no file {tmp_path / 'none.zip'}\n")

    def test_a_digest_has_one_form(self, run: Run):
        ended = run(OLDER_PAGE, "--digest", OLDER_DIGEST.upper())

        assert (ended.code, ended.err) == (ExitCode.USAGE, "Error: a digest has 64 lowercase hexadecimal digits\n")

    def test_a_key_set_that_is_none_is_told(self, run: Run, tmp_path: Path):
        for content, complaint in (("{}", "keys: Field required"), (None, "cannot be read")):
            file = tmp_path / "keys.json"
            if content:
                file.write_text(content)
            else:
                file.unlink()

            ended = run(OLDER_PAGE, "--keys", file)

            assert ended.code == ExitCode.USAGE
            assert f"{file}: {complaint}" in ended.err


class TestTheLedger:
    @staticmethod
    def words(evidence: Evidence) -> str:
        return "\n".join(in_words(report(evidence, None, from_file=False)))

    def test_the_event_on_the_topic_proves_all_of_it(self):
        assert "Not proved" not in self.words(EVIDENCE)

    def test_metadata_alone_do_not_prove_the_end(self):
        words = self.words(replace(EVIDENCE, event=None))

        assert "Not proved: the end of the trail" in words
        assert "give --digest DIGEST of the completion event" in words

    def test_without_any_anchor_that_is_said(self):
        assert "Not proved: the end of the trail: no digest" in self.words(replace(EVIDENCE, event=None, copy=None))

    def test_an_event_that_names_an_earlier_record_leaves_open_what_came_after(self):
        journey = approved()
        journey.then(
            lambda head: note(head, AuditEvent.OUTCOME_ANNOUNCED_AGAIN, hour(9), "olga@example.org", "it was lost")
        )
        evidence = replace(journey.evidence(), event=EVENT, copy=COPY)
        assert "Not proved: what came after record 5 of 6, which the completion event names" in self.words(evidence)

    @pytest.mark.parametrize(
        ("compared", "line"),
        [
            ("sha256", "  the document's bytes (by SHA-256): the ones that were decided on"),
            ("etag", "  the moved document: has the ETag that it was given when it was moved"),
        ],
    )
    def test_how_the_moved_document_was_compared_is_said(self, compared: str, line: str):
        sound = report(EVIDENCE, None, from_file=False)
        seen = sound.model_copy(update={"compared": compared, "document": compared == "sha256"})

        assert line in in_words(seen)
        assert "document's bytes" not in self.words(EVIDENCE)

    def test_how_a_repaired_review_has_ended_is_a_persons_word(self):
        journey = approved()
        journey.then(
            lambda head: repair(
                head, replace(ending_of(head), copy_lost=True), hour(9), "olga@example.org", "it is gone"
            )
        )
        said = "Not proved: how the review ended: record 6 has it from olga@example.org, not from the decisions"
        assert said in self.words(journey.evidence())
        assert "has it from" not in self.words(EVIDENCE)
