"""Where a policy demands proofs, only what its own reviewer has signed counts, from key to published document."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from cli.failures import ExitCode
from local.stack.eventually import eventually
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.cli.running import Compliance, run

ANA, SAM = "ana@example.org", "sam@example.org"


@pytest.fixture
def review(compliance: Compliance, stack: Stack, tmp_path: Path) -> str:
    """Open a review of the class that demands proofs, and return its id."""
    file = tmp_path / f"{uuid.uuid4()}.txt"
    file.write_text("House rules")
    [submitted] = compliance("submit", file, "--class", "signed", "--submitter", SAM, "--json").json()
    eventually(lambda: stack.ledger.head(submitted["reviewId"]), "the review is open")
    wait_until_asked(stack, submitted["reviewId"])
    return submitted["reviewId"]


def key_of(reviewer: str, folder: Path, key_set: Path) -> Path:
    """Return the private key file of somebody whose public key is in the set."""
    made = run("keys", "new", "--reviewer", reviewer, "-o", folder)
    public = folder / "public.json"
    public.write_text(made.out)
    assert run("keys", "add", key_set, public).code == ExitCode.DONE
    (private,) = folder.glob(f"{reviewer}-*.private.json")
    return private


def test_a_signed_decision_counts_where_an_unsigned_one_does_not(
    compliance: Compliance, stack: Stack, review: str, key_set: Path, tmp_path: Path
) -> None:
    key = key_of(ANA, tmp_path / "keys", key_set)
    unsigned = compliance("decide", review, "approve", "--as", ANA)
    assert unsigned.code == ExitCode.REFUSED
    assert "Proof missing" in unsigned.out
    assert "--sign KEYFILE" in unsigned.out

    signed = compliance("decide", review, "approve", "--sign", key, "--comment", "well signed")
    assert signed.code == ExitCode.DONE, signed.out + signed.err
    assert (wait_until_finished(stack, review))["outcome"] == "approved"
    shown = compliance("show", review)
    assert f"{ANA} (signed) approved" in shown.out
    assert compliance("show", review, "--json").json()["decisions"][0]["proof"] == "ownKey"
    [row] = stack.ledger.decisions(review)
    assert row["reviewer"] == ANA

    proof = row["proof"]
    replayed = stack.messages.decide(review, "approve", ANA, proof=proof)
    assert (
        stack.messages.answer(replayed)["answer"] == "late"
    )  # and before the end: proof_replayed, as the table has it
    assert stack.host
    told = [stack.host.log, *(json.dumps(event) for event in stack.events.events())]
    told += [reply.body.decode() for reply in stack.messages.peek("decision-replies")]
    assert not [text for text in told if proof.rpartition(".")[2] in text]

    bundle, none = tmp_path / "evidence.zip", tmp_path / "none.json"
    assert compliance("evidence", review, "-o", bundle).code == ExitCode.DONE
    assert run("verify", "--file", bundle, "--json").json()["proofs"] == 1
    assert compliance("verify", review, "--json").json()["proofs"] == 1
    none.write_text('{"keys": []}')
    unproved = run("verify", "--file", bundle, "--keys", none, "--json")
    assert (unproved.code, unproved.json()["fault"]["where"]) == (ExitCode.REFUSED, "the proof of decision 1")


def test_a_signed_withdrawal_counts_where_an_unsigned_one_does_not(
    compliance: Compliance, stack: Stack, review: str, key_set: Path, tmp_path: Path
) -> None:
    key, told = key_of(SAM, tmp_path / "keys", key_set), ("--comment", "a wrong figure")
    unsigned = compliance("withdraw", review, "--as", SAM, *told)
    assert unsigned.code == ExitCode.REFUSED
    assert "Proof missing" in unsigned.out
    assert "`compliance withdraw --sign KEYFILE`" in unsigned.out
    assert "sign with your own key" in compliance("withdraw", review, "--as", ANA, *told, "--sign", key).err

    signed = compliance("withdraw", review, *told, "--sign", key)
    assert signed.code == ExitCode.DONE, signed.out + signed.err
    assert (wait_until_finished(stack, review))["outcome"] == "withdrawn"
    assert f'{SAM} (signed): "a wrong figure"' in compliance("show", review).out
    assert compliance("verify", review, "--json").json()["proofs"] == 1


def test_a_signed_delegation_is_taken_and_no_unsigned_one_replaces_it(
    compliance: Compliance, key_set: Path, tmp_path: Path
) -> None:
    key = key_of("cleo@example.org", tmp_path / "keys", key_set)
    pair = ("--by", "cleo@example.org", "--to", "zoe@example.org")
    signed = compliance("delegate", *pair, "--from", "2026-08-03", "--until", "2026-08-14", "--sign", key)
    assert (signed.code, signed.out) == (ExitCode.DONE, "Recorded.\n"), signed.err
    unsigned = compliance("delegate", *pair, "--from", "2026-08-03", "--until", "2027-08-01", "--json")

    assert (unsigned.code, unsigned.json()["answer"]) == (ExitCode.REFUSED, "proof_missing")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("--to", "ana", "--from", "2026-08-03", "--until", "2026-08-14"), "another person"),
        (("--to", "zoe", "--from", "2026-08-03", "--until", "2026-08-02"), "not be before"),
        (("--to", "zoe", "--from", "2026-08-03", "--until", "2028-08-02"), "at most 366 days"),
        (("--to", "zoe", "--from", "August", "--until", "2026-08-14"), "not a date"),
    ],
)
def test_a_delegation_that_would_be_refused_is_not_sent(
    compliance: Compliance, said: tuple[str, ...], complaint: str
) -> None:
    ended = compliance("delegate", "--by", "ana", *said)
    assert (ended.code, complaint in ended.err) == (ExitCode.USAGE, True)


def test_a_key_that_was_revoked_signs_no_more(
    compliance: Compliance, review: str, key_set: Path, tmp_path: Path
) -> None:
    key = key_of("ben@example.org", tmp_path / "keys", key_set)
    assert run("keys", "revoke", key_set, json.loads(key.read_text())["kid"]).code == ExitCode.DONE
    [decided] = compliance("decide", review, "approve", "--sign", key, "--json").json()
    refused = decided["answer"]

    assert refused["answer"] == "proof_invalid"
    assert "revoked" in refused["explanation"]
