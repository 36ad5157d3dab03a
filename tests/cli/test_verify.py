"""`compliance verify`: what fits together is not yet proved, and what is not proved is said. No stack is needed."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from cli.evidence.page import page_of
from cli.evidence.verification import in_words, verification
from cli.failures import ExitCode
from compliance.outcome import ReviewState, Verdict
from compliance.proof import Statement
from compliance.review import AuditEvent, Transition
from contracts.messages.outbound import REVIEW_COMPLETED, review_completed
from contracts.proofs.decision_proof import signed
from contracts.proofs.key_set import parse_jwk_set
from evidence.bundle import bundle_of, evidence_in, write_bundle
from evidence.bundle_reading import read_bundle
from evidence.chain import Json
from evidence.checks import Evidence
from tests.builders import SHA256, decision
from tests.cli.running import run
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
        "auditdigest": JOURNEY.lines[3].digest,
    },
}
EVIDENCE = replace(JOURNEY.evidence(), event=EVENT, copy=COPY)
DIGEST: str = EVENT["data"]["auditDigest"]

# Written by commit fd888f9, whose template made another index.html than any since: two signed decisions, the
# document, its copy's metadata, the completion event and the keys. With it, its event's auditDigest.
OLDER_PAGE = Path(__file__).parents[1] / "unit" / "evidence" / "bundles" / "older_page.zip"
OLDER_DIGEST = "616457c0f1aea940c5b63e96b4bd976f41f702279ef500220ec84391204ff698"


def written(folder: Path, evidence: Evidence = EVIDENCE, keys: Json | None = None) -> Path:
    file = folder / "evidence.zip"
    with file.open("wb") as out:
        write_bundle(out, bundle_of(evidence, keys), page_of(evidence), None)
    return file


def contents(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    file = folder / "other.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def told(evidence: Evidence) -> str:
    return "\n".join(in_words(verification(evidence, None, from_file=False)))


def with_a_proof() -> Evidence:
    journey = opened()
    statement = Statement(journey.heads[-1].review_id, "decision-1", "approve", ANA.reviewer, SHA256, None)
    proof = signed(statement, int(hour(1).timestamp()), ANA.kid, jwt.PyJWK(ANA.private_jwk()))
    journey.decide(decision(reviewer=ANA.reviewer, enqueued_at=hour(1), proof=proof))
    return journey.evidence()


SIGNED = with_a_proof()
KEYS = parse_jwk_set(key_set_text(ANA.jwk()).encode(), "keys.json").wire()


class TestAFile:
    def test_without_a_digest_it_vouches_for_itself_only(self, tmp_path: Path):
        ended = run("verify", "--file", written(tmp_path))
        assert ended.code == ExitCode.DONE
        assert "Sound in itself" in ended.out
        assert "Not proved" in ended.out
        assert "whoever made this file could have made all of it; give --digest DIGEST" in ended.out
        assert "completion event: names" not in ended.out

    def test_programs_are_told_too(self, tmp_path: Path):
        said = run("verify", "--file", written(tmp_path), "--json").json()
        assert (said["sound"], said["anchors"]) == (True, [])
        [unproved] = said["notProved"]
        assert "whoever made this file" in unproved

    def test_with_the_digest_nothing_is_left_open(self, tmp_path: Path):
        said = run("verify", "--file", written(tmp_path), "--digest", DIGEST, "--json").json()
        assert (said["anchors"], said["notProved"]) == (["the digest that you gave"], [])

    def test_a_bundle_stays_sound_when_the_template_of_the_page_changes(self):
        ended = run("verify", "--file", OLDER_PAGE, "--digest", OLDER_DIGEST, "--json")

        assert ended.code == ExitCode.DONE, ended.out
        verification = ended.json()
        assert (verification["sound"], verification["proofs"], verification["document"]) == (True, 2, True)
        with OLDER_PAGE.open("rb") as file:
            bundle, document_sha256 = read_bundle(file)
        assert page_of(evidence_in(bundle, document_sha256)).encode() != contents(OLDER_PAGE)["index.html"]

    def test_a_digest_of_an_earlier_record_leaves_open_what_came_after(self, tmp_path: Path):
        ended = run("verify", "--file", written(tmp_path), "--digest", JOURNEY.lines[2].digest)
        assert "Not proved: what came after record 3 of 5, which the digest that you gave names" in ended.out

    def test_a_digest_that_no_record_has_blames_none(self, tmp_path: Path):
        ended = run("verify", "--file", written(tmp_path), "--digest", "0" * 64)
        assert ended.code == ExitCode.REFUSED
        assert "the digest that you gave: missing: no record has it" in ended.out


class TestAnEditedFile:
    @staticmethod
    def edited(folder: Path, name: str, content: bytes) -> Path:
        files = contents(written(folder, keys=KEYS)) | {name: content}
        return zipped(folder, files)

    @pytest.mark.parametrize("name", ["review.json", "records.jsonl", "index.html", "verification-keys.json"])
    def test_it_is_named_as_not_sound(self, name: str, tmp_path: Path):
        ended = run("verify", "--file", self.edited(tmp_path, name, b"{}"))
        assert ended.code == ExitCode.REFUSED
        assert ended.out.splitlines()[0] == "NOT SOUND: the bundle"
        assert f"{name}: edited: manifest.json names another" in ended.out

    def test_programs_are_told_too(self, tmp_path: Path):
        said = run("verify", "--file", self.edited(tmp_path, "review.json", b"{}"), "--json").json()
        assert (said["reviewId"], said["sound"], said["fault"]["where"]) == (None, False, "review.json")

    def test_keys_that_are_none_are_named_even_under_a_new_manifest(self, tmp_path: Path):
        files = contents(written(tmp_path, SIGNED, {"keys": "none"}))
        ended = run("verify", "--file", zipped(tmp_path, files))
        assert ended.code == ExitCode.REFUSED
        assert "verification-keys.json: edited" in ended.out

    def test_without_the_manifest_it_is_no_bundle(self, tmp_path: Path):
        files = contents(written(tmp_path))
        del files["manifest.json"]
        ended = run("verify", "--file", zipped(tmp_path, files))
        assert ended.code == ExitCode.USAGE
        assert "is no bundle of evidence" in ended.err


def test_a_record_that_the_rules_do_not_allow_is_named(tmp_path: Path):
    journey = opened()
    approved_by_nobody = replace(journey.heads[-1], state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
    journey.make(Transition.audited(approved_by_nobody, AuditEvent.REVIEWERS_REMINDED, hour(1)))

    ended = run("verify", "--file", written(tmp_path, journey.evidence()), "--json")

    fault = ended.json()["fault"]
    assert (ended.code, fault["where"], fault["wrong"]) == (ExitCode.REFUSED, "record 3", "unsupported")


class TestProofs:
    def test_those_that_no_key_was_at_hand_for_are_named(self, tmp_path: Path):
        ended = run("verify", "--file", written(tmp_path, SIGNED))
        assert "Not proved: 1 proof of identity; give the keys with --keys" in ended.out

    def test_keys_that_came_with_the_file_prove_nobody(self, tmp_path: Path):
        ended = run("verify", "--file", written(tmp_path, SIGNED, KEYS))
        assert ended.code == ExitCode.DONE, ended.out
        assert "Not proved: whose keys these are" in ended.out

    def test_keys_that_are_trusted_do(self, tmp_path: Path):
        trusted = tmp_path / "keys.json"
        trusted.write_text(key_set_text(ANA.jwk()))
        ended = run("verify", "--file", written(tmp_path, SIGNED, KEYS), "--keys", trusted)
        assert "1 proof of identity: signed by whom they name" in ended.out
        assert "whose keys" not in ended.out


class TestTheLedger:
    def test_the_event_on_the_topic_proves_all_of_it(self):
        assert "Not proved" not in told(EVIDENCE)

    def test_metadata_alone_do_not_prove_the_end(self):
        said = told(replace(EVIDENCE, event=None))
        assert "Not proved: the end of the trail" in said
        assert "give --digest DIGEST of the completion event" in said

    def test_without_any_anchor_that_is_said(self):
        assert "Not proved: no digest that is kept outside" in told(replace(EVIDENCE, event=None, copy=None))
