"""Who is believed: a table of attacks on one good proof, each refused, and the proofs that count."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters import verification_keys
from adapters.ledger.store import Attempt, StoredReview
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.levels import Level
from compliance.proof import CLOCK_SKEW, LONGEST_AGE
from compliance.review import Decision, RecordedDecision
from compliance.rulings import Ruling, Transition
from contracts.messages.decisions import AboutReview, DecisionSubmittedV1, parse_decision
from reviews.proving import proof_refusal
from reviews.recording import decision_of, record_message, rule
from tests import builders
from tests.signing_keys import TYPE, key_set_text, signer

ANA, BEN = "ana@example.org", "ben@example.org"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEAD = builders.open_review(policy=builders.policy(proof=Level.OWN_KEY, verification_keys="keys.json"))
COMMENT = "page 3 names a customer"

ana, ana_ec, ana_rsa = signer("ana-1", ANA), signer("ana-ec", ANA, "ES256"), signer("ana-rsa", ANA, "RS256")
ben, stranger = signer("ben-1", BEN), signer("nobody-1", "eve@example.org")
old, next_year, revoked = signer("ana-0", ANA), signer("ana-2", ANA), signer("ana-x", ANA)

KEYS = key_set_text(
    ana.jwk(),
    ana_ec.jwk(),
    ana_rsa.jwk(),
    ben.jwk(),
    old.jwk(notAfter=(NOW - MINUTE).isoformat()),
    next_year.jwk(notBefore=(NOW + MINUTE).isoformat()),
    revoked.jwk(revokedAt=NOW.isoformat()),
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with its proof; the good one unless a test says otherwise."""

    proof: str | None
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    enqueued: datetime = NOW
    first_enqueued: datetime | None = None


def decision(**changes: Any) -> dict[str, Any]:
    said = {
        "decisionId": "decision-1",
        "reviewId": HEAD.review_id,
        "decision": "approve",
        "reviewer": ANA,
        "comment": COMMENT,
    }
    return said | changes


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims that Ana signs; None removes one."""
    made = {
        "aud": "document-compliance:review-decisions",
        "iat": int(NOW.timestamp()) - 60,
        "reviewId": HEAD.review_id,
        "decisionId": "decision-1",
        "decision": "approve",
        "reviewer": ANA,
        "documentSha256": builders.SHA256,
        "commentSha256": hashlib.sha256(COMMENT.encode()).hexdigest(),
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


GOOD = ana.sign(claims())
HEADER, PAYLOAD, SIGNATURE = GOOD.split(".")


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def hs256(secret: bytes, alg: str = "HS256", kid: str = ana.kid) -> str:
    signing_input = f"{b64(json.dumps({'alg': alg, 'kid': kid, 'typ': TYPE}).encode())}.{PAYLOAD}"
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def pem(of: Any) -> bytes:
    return of.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def unsigned(alg: str) -> str:
    return f"{b64(json.dumps({'alg': alg, 'kid': ana.kid, 'typ': TYPE}).encode())}.{PAYLOAD}"


def header_text(text: str) -> str:
    """Ana's key under a header that is exactly this text."""
    algorithm_input = f"{b64(text.encode())}.{PAYLOAD}"
    return f"{algorithm_input}.{b64(ana.private.sign(algorithm_input.encode()))}"


def payload_text(text: str) -> str:
    return ana.sign_bytes(text.encode(), {"alg": "EdDSA", "kid": ana.kid, "typ": TYPE})


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "keys.json"
    file.write_text(KEYS)
    found = SimpleNamespace(
        policy_file=tmp_path / "policies.yaml", verification_keys={"VERIFICATION_KEYS": KEYS}, attestation_keys=None
    )
    monkeypatch.setattr(verification_keys, "settings", lambda: found)
    return file


def judged(sent: Sent, head: Any = HEAD) -> str | None:
    """Return the answer to a message, None if its proof is accepted."""
    said = sent.said or decision()
    body = said if sent.proof is None else said | {"proof": sent.proof}
    first = sent.first_enqueued or sent.enqueued
    message = Arrival("message-1", b"", first, sent.enqueued, 0, None, {})
    parsed = parse_decision(json.dumps(body).encode())
    assert isinstance(parsed, AboutReview)
    found = proof_refusal(head, parsed, message)
    if found and sent.proof:
        for part in sent.proof.split("."):
            assert len(part) < 8 or part not in found.text, "a proof never shows in what is said of it"
    return found.answer if found else None


ATTACKS: dict[str, Callable[[], Sent]] = {
    # The algorithm
    "alg none without a signature": lambda: Sent(f"{unsigned('none')}."),
    "alg none with a signature": lambda: Sent(f"{unsigned('none')}.{SIGNATURE}"),
    "alg NoNe": lambda: Sent(f"{unsigned('NoNe')}.{SIGNATURE}"),
    "HS256 with the public key as PEM": lambda: Sent(hs256(pem(ana_rsa), kid=ana_rsa.kid)),
    "HS256 with the public key as raw bytes": lambda: Sent(
        hs256(ana.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    ),
    "HS256 with the public key as JWK": lambda: Sent(hs256(json.dumps(ana.jwk()).encode())),
    "an HMAC that says RS256": lambda: Sent(hs256(pem(ana_rsa), "RS256", ana_rsa.kid)),
    "an HMAC that says EdDSA": lambda: Sent(hs256(pem(ana), "EdDSA")),
    "RS256 named for an Ed25519 key": lambda: Sent(ana.sign(claims(), alg="RS256")),
    "EdDSA named for a P-256 key": lambda: Sent(ana_ec.sign(claims(), alg="EdDSA")),
    "ES256 by one key under the kid of another": lambda: Sent(ana_ec.sign(claims(), kid=ana.kid)),
    "RS512": lambda: Sent(ana_rsa.sign(claims(), alg="RS512")),
    "alg as a list": lambda: Sent(ana.sign(claims(), alg=["EdDSA"])),
    "no alg": lambda: Sent(ana.sign(claims(), alg=None)),
    # The key
    "no kid": lambda: Sent(ana.sign(claims(), kid=None)),
    "an unknown kid": lambda: Sent(stranger.sign(claims())),
    "a kid that is no text": lambda: Sent(ana.sign(claims(), kid={"a": 1})),
    "a kid that is a path": lambda: Sent(ana.sign(claims(), kid="../keys.json")),
    "a stranger under Ana's kid": lambda: Sent(stranger.sign(claims(), kid=ana.kid)),
    "an embedded key": lambda: Sent(stranger.sign(claims(), kid=ana.kid, jwk=stranger.jwk())),
    "an embedded key without a kid": lambda: Sent(stranger.sign(claims(), kid=None, jwk=stranger.jwk())),
    "a link to a key set": lambda: Sent(stranger.sign(claims(), jku="https://example.org/keys.json")),
    "a link to a certificate": lambda: Sent(stranger.sign(claims(), x5u="https://example.org/eve.pem")),
    "an embedded certificate": lambda: Sent(ana.sign(claims(), x5c=["MIIB"])),
    "Ben's key for Ana": lambda: Sent(ben.sign(claims())),
    "a key after its time": lambda: Sent(old.sign(claims())),
    "a key before its time": lambda: Sent(next_year.sign(claims())),
    "a revoked key": lambda: Sent(revoked.sign(claims())),
    "a revoked key with a claimed past": lambda: Sent(
        revoked.sign(claims(iat=int((NOW - 31 * MINUTE).timestamp()))), enqueued=NOW, first_enqueued=NOW - 30 * MINUTE
    ),
    # The header
    "a critical extension": lambda: Sent(ana.sign(claims(), crit=["exp"], exp=1)),
    "an unencoded payload": lambda: Sent(ana.sign(claims(), crit=["b64"], b64=False)),
    "another typ": lambda: Sent(ana.sign(claims(), typ="JWT")),
    "no typ": lambda: Sent(ana.sign(claims(), typ=None)),
    "alg twice in the header": lambda: Sent(
        header_text(f'{{"alg":"none","alg":"EdDSA","kid":"{ana.kid}","typ":"{TYPE}"}}')
    ),
    "a header that is no object": lambda: Sent(header_text('["EdDSA"]')),
    "a header nested deeply": lambda: Sent(header_text("[" * 900 + "]" * 900)),
    # The claims
    "another audience": lambda: Sent(ana.sign(claims(aud="document-compliance:payroll"))),
    "no audience": lambda: Sent(ana.sign(claims(aud=None))),
    "several audiences": lambda: Sent(ana.sign(claims(aud=["document-compliance:review-decisions", "x"]))),
    "another decision": lambda: Sent(ana.sign(claims(decision="reject"))),
    "another spelling of the decision": lambda: Sent(ana.sign(claims(decision="Approve"))),
    "another reviewer in the claims": lambda: Sent(ana.sign(claims(reviewer=BEN))),
    "another spelling of the reviewer in the claims": lambda: Sent(ana.sign(claims(reviewer=ANA.upper()))),
    "a comment that was not signed": lambda: Sent(ana.sign(claims(commentSha256=None))),
    "a signed comment that was taken out": lambda: Sent(GOOD, decision(comment=None)),
    "a comment put in other words": lambda: Sent(GOOD, decision(comment="page 4 names a customer")),
    "a decision turned round after signing": lambda: Sent(GOOD, decision(decision="reject")),
    "a reviewer changed after signing": lambda: Sent(GOOD, decision(reviewer=BEN)),
    "no iat": lambda: Sent(ana.sign(claims(iat=None))),
    "iat as text": lambda: Sent(ana.sign(claims(iat=str(int(NOW.timestamp()))))),
    "iat as a fraction": lambda: Sent(ana.sign(claims(iat=NOW.timestamp() + 0.5))),
    "iat beyond all calendars": lambda: Sent(ana.sign(claims(iat=10**15))),
    "iat not a number": lambda: Sent(payload_text(json.dumps(claims(iat=0)).replace('"iat": 0', '"iat": NaN'))),
    "signed too long ago": lambda: Sent(ana.sign(claims(iat=int((NOW - LONGEST_AGE).timestamp()) - 1))),
    "signed in the future": lambda: Sent(ana.sign(claims(iat=int((NOW + CLOCK_SKEW).timestamp()) + 1))),
    "an unknown claim": lambda: Sent(ana.sign(claims(admin=True))),
    "an expiry, which is not looked at": lambda: Sent(ana.sign(claims(exp=1))),
    "a claim twice": lambda: Sent(payload_text(json.dumps(claims())[:-1] + f', "reviewer": "{ANA}"}}')),
    "claims that are no object": lambda: Sent(payload_text('"approve"')),
    "no claims": lambda: Sent(payload_text("{}")),
    "an encrypted-looking five-part token": lambda: Sent(f"{GOOD}.{SIGNATURE}.{SIGNATURE}"),
    # The encoding
    "an empty proof": lambda: Sent(""),
    "no dots": lambda: Sent(GOOD.replace(".", "")),
    "no signature": lambda: Sent(f"{HEADER}.{PAYLOAD}."),
    "half a signature": lambda: Sent(GOOD[:-40]),
    "a padded signature": lambda: Sent(GOOD + "=="),
    "a blank at the end": lambda: Sent(GOOD + " "),
    "a line break at the end": lambda: Sent(GOOD + "\n"),
    "letters that base64 decoders skip": lambda: Sent(f"{HEADER}.{PAYLOAD}.{SIGNATURE[:8]}!!!!{SIGNATURE[8:]}"),
    "another last letter for the same bytes": lambda: Sent(GOOD[:-1] + _twin(GOOD[-1])),
    "the JSON serialisation": lambda: Sent(
        json.dumps({"protected": HEADER, "payload": PAYLOAD, "signature": SIGNATURE})
    ),
    "a signature of zeros": lambda: Sent(f"{HEADER}.{PAYLOAD}.{b64(bytes(64))}"),
    "an ECDSA signature of zeros": lambda: Sent(
        ".".join([*ana_ec.sign(claims()).split(".")[:2], b64(bytes(64))])  # CVE-2022-21449
    ),
}


def _twin(letter: str) -> str:
    """Return a letter that differs only in bits beyond the last byte of 64."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) ^ 1]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_proof_is_refused(attack: str) -> None:
    assert judged(ATTACKS[attack]()) == "proof_invalid"


REPLAYS: dict[str, Callable[[], Sent]] = {
    "in another decision": lambda: Sent(GOOD, decision(decisionId="decision-2")),
    "in another review": lambda: Sent(ana.sign(claims(reviewId="0" * 64))),
    "on another document": lambda: Sent(ana.sign(claims(documentSha256="00" * 32))),
    "of a withdrawal": lambda: Sent(ana.sign(claims(decision="withdraw", decisionId=None))),
}


@pytest.mark.parametrize("replay", REPLAYS)
def test_a_proof_used_again_is_told_so(replay: str) -> None:
    assert judged(REPLAYS[replay]()) == "proof_replayed"


def test_a_proof_of_one_review_does_not_withdraw_another() -> None:
    said = {"type": "ReviewWithdrawnV1", "reviewId": HEAD.review_id, "by": ANA, "reason": COMMENT}
    signed = claims(decision="withdraw", decisionId=None, reviewId="0" * 64)

    assert judged(Sent(ana.sign(signed), said)) == "proof_replayed"
    assert judged(Sent(GOOD, said)) == "proof_replayed"
    assert judged(Sent(ana.sign(signed | {"reviewId": HEAD.review_id}), said)) is None
    assert judged(Sent(None, said)) == "proof_missing"


def test_a_request_for_changes_is_proven_as_a_decision_is() -> None:
    said = {
        "type": "ChangesRequestedV1",
        "decisionId": "decision-1",
        "reviewId": HEAD.review_id,
        "reviewer": ANA,
        "comment": COMMENT,
    }
    assert judged(Sent(ana.sign(claims(decision="request_changes")), said)) is None
    assert judged(Sent(GOOD, said)) == "proof_invalid"  # an approval
    assert judged(Sent(None, said)) == "proof_missing"


@pytest.mark.parametrize("key", [ana, ana_ec, ana_rsa], ids=lambda key: key.alg)
def test_a_good_proof_of_each_algorithm_is_believed(key: Any) -> None:
    assert judged(Sent(key.sign(claims()))) is None


def test_a_person_signs_in_another_spelling_than_the_key_set_has() -> None:
    spelt = f" {ANA.upper()}"
    assert judged(Sent(ana.sign(claims(reviewer=spelt)), decision(reviewer=spelt))) is None


def test_a_message_without_a_comment_needs_no_hash_of_one() -> None:
    said = decision()
    del said["comment"]
    assert judged(Sent(ana.sign(claims(commentSha256=None)), said)) is None


def test_an_empty_comment_is_a_comment() -> None:
    empty = hashlib.sha256(b"").hexdigest()
    assert judged(Sent(ana.sign(claims(commentSha256=empty)), decision(comment=""))) is None


def test_age_counts_to_the_second() -> None:
    assert judged(Sent(ana.sign(claims(iat=int((NOW - LONGEST_AGE).timestamp()))))) is None
    assert judged(Sent(ana.sign(claims(iat=int((NOW + CLOCK_SKEW).timestamp()))))) is None


def test_a_message_that_waited_for_the_app_is_as_old_as_when_it_was_sent() -> None:
    assert judged(Sent(GOOD, enqueued=NOW + timedelta(days=3), first_enqueued=NOW)) is None


def test_a_rotated_key_vouches_for_what_was_sent_in_its_time() -> None:
    sent = NOW - 2 * MINUTE
    proof = old.sign(claims(iat=int(sent.timestamp())))
    assert judged(Sent(proof, enqueued=NOW, first_enqueued=sent)) is None
    assert judged(Sent(proof, enqueued=sent)) is None


def test_a_key_counts_for_what_arrived_before_it_was_revoked() -> None:
    before = NOW - 2 * MINUTE
    assert judged(Sent(revoked.sign(claims(iat=int(before.timestamp()))), enqueued=before)) is None


class OneReview:
    """A ledger with one review, which nobody else changes."""

    def __init__(self, *decisions: Decision) -> None:
        rows = [RecordedDecision(seq, each) for seq, each in enumerate(decisions, start=1)]
        self.review = StoredReview(replace(HEAD, last_seq=len(rows)), rows, "etag")
        self.ledger = self.revocations = self
        self.has_front_door = False

    async def find(self, person: str) -> None:
        """Find no revocation of anybody."""

    async def attempts(self, review_id: str) -> AsyncIterator[Attempt]:
        async def write(_: StoredReview, transition: Transition, *beside: object) -> Transition:
            return transition

        yield Attempt(self.review, False, write)


@pytest.mark.parametrize(("recorded_before", "answer"), [(True, Answer.RECORDED), (False, Answer.PROOF_MISSING)])
async def test_what_was_counted_once_is_answered_so_again_whatever_has_become_of_its_proof(
    recorded_before: bool, answer: Answer
) -> None:
    message = parse_decision(json.dumps(decision()).encode())
    assert isinstance(message, DecisionSubmittedV1)
    arrival = Arrival("message-1", b"", builders.REQUESTED_AT, builders.REQUESTED_AT, 0, None, {})
    app: Any = OneReview(decision_of(message, arrival)) if recorded_before else OneReview()

    ruling = await record_message(app, message, arrival)

    assert ruling
    assert (ruling.answer, ruling.writes) == (answer, False)


def test_a_proof_is_kept_with_what_it_proves() -> None:
    withdrawal = {"type": "ReviewWithdrawnV1", "reviewId": HEAD.review_id, "by": builders.SUBMITTER, "reason": COMMENT}
    message = Arrival("message-1", b"", builders.REQUESTED_AT, builders.REQUESTED_AT, 0, None, {})

    def done(said: dict[str, Any]) -> Ruling:
        parsed = parse_decision(json.dumps(said | {"proof": GOOD}).encode())
        assert isinstance(parsed, AboutReview)
        found = rule(StoredReview(HEAD, [], "etag"), parsed, message)
        assert found
        return found

    assert done(withdrawal).head.withdrawal_proof == GOOD
    recorded = done(decision()).transition.decision
    assert recorded
    assert recorded.decision.proof == GOOD


def test_a_policy_that_demands_a_proof_refuses_what_has_none() -> None:
    assert judged(Sent(None)) == "proof_missing"


def test_where_none_is_demanded_none_is_missed_but_a_wrong_one_is_never_ignored() -> None:
    lenient = replace(HEAD, policy=replace(HEAD.policy, proof=Level.NONE))
    assert judged(Sent(None), lenient) is None
    assert judged(Sent(GOOD), lenient) is None
    assert judged(Sent(GOOD[:-40]), lenient) == "proof_invalid"


def test_a_proof_that_nothing_can_check_is_not_kept_as_if_it_were_one() -> None:
    keyless = replace(HEAD, policy=builders.policy())
    assert judged(Sent(GOOD), keyless) == "proof_invalid"
    assert judged(Sent(None), keyless) is None


def test_keys_may_come_from_an_app_setting() -> None:
    by_setting = replace(HEAD, policy=replace(HEAD.policy, verification_keys="setting:VERIFICATION_KEYS"))
    assert judged(Sent(GOOD), by_setting) is None
    assert judged(Sent(stranger.sign(claims())), by_setting) == "proof_invalid"


def test_a_key_that_is_revoked_in_the_file_counts_no_more(keys: Path) -> None:
    assert judged(Sent(GOOD)) is None
    keys.write_text(key_set_text(ana.jwk(revokedAt=NOW.isoformat())))
    assert judged(Sent(GOOD)) == "proof_invalid"
