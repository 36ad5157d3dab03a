"""A submitter for whom the front door vouches: what opens a review, in which order, and attacks on one submission."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters import attestation_keys
from adapters.blobs.documents import Blob
from adapters.messaging.arrivals import Arrival
from adapters.telemetry import Backlog
from compliance.people.binding import Account
from compliance.people.delegation import RETRIES
from compliance.people.levels import Level
from compliance.review import Head
from contracts.digest import text_digest
from contracts.messages.decisions import ReviewWithdrawnV1
from contracts.messages.submissions import Announcement, DocumentSubmittedV1, DocumentSubmittedV2, read_announcement
from contracts.names import LONGEST_ANNOUNCEMENT, PENDING, SUBMISSIONS
from contracts.policy_file.parsing import parse_policies
from reviews import inspecting, opening, submitting
from reviews.opening import Opening, SubmissionRefusedError, open_blob
from reviews.proving import proof_refusal
from reviews.submitting import NotThereError, await_announcement, open_announced
from reviews.sweep import repairing
from tests import builders
from tests.bound_people import BoundPeople
from tests.front_door import DOOR, SIGN_IN, SUBMISSION_TYPE, TYPE, attest_submission, key_set_text, public_jwk
from tests.signing_keys import Signer, signer

UNUSED: Any = None
SAM, EVE = "sam@example.org", "eve@example.org"
NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FIRST = Arrival("m", b"{}", NOW, NOW, 0, None, {})
LAST = replace(FIRST, tries=7)
NAME, ETAG, SHA = "vouched/a.txt", "0x1", builders.SHA256
stranger, old, revoked, person = (signer(kid, "", "ES256") for kid in ("door-x", "door-0", "door-r", "sam-1"))
POLICIES = """\
version: "1"
policies:
  - documentClass: default
  - documentClass: vouched
    pathPrefix: vouched/
    submitterProof: signIn
"""


class World:
    """Storage with one blob, and the ledger and queue that the app uses for it."""

    def __init__(self, stored: Blob | None, age: timedelta = MINUTE) -> None:
        self.stored, self.stored_for = stored, age
        self.heads: dict[str, Head] = {}
        self.sent: list[tuple[str, Any]] = []
        self.bindings, self.has_front_door = BoundPeople(), True
        self.ledger = self.documents = self.messages = self

    async def current(self, *_: str) -> Blob | None:
        return self.stored

    async def age(self, _: Blob) -> timedelta:
        return self.stored_for

    async def find(self, identity: str) -> Head | None:
        return self.heads.get(identity)

    async def send(self, queue: str, body: Any, *, message_id: str) -> None:
        self.sent.append((queue, body))


def blob(container: str = PENDING, name: str = NAME, **changes: Any) -> Blob:
    metadata = {"submitter": SAM} if container == PENDING else {}
    return replace(Blob(container, name, ETAG, 3, "text/plain", metadata, None, NOW), **changes)


@pytest.fixture(autouse=True)
def door_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    async def write_review(app: World, client: Any, head: Head) -> bool:
        app.heads[head.review_id] = head
        return True

    found = parse_policies(POLICIES, "policies.yaml", {}.__getitem__)
    for module in (opening, submitting):
        monkeypatch.setattr(module, "policies", lambda: found)
    monkeypatch.setattr(opening, "write_review", write_review)
    file = tmp_path / "door.json"
    ended = (NOW - DAY).isoformat()
    file.write_text(
        key_set_text(public_jwk(), public_jwk(old, notAfter=ended), public_jwk(revoked, revokedAt=NOW.isoformat()))
    )
    monkeypatch.setattr(attestation_keys, "settings", lambda: SimpleNamespace(attestation_keys=str(file)))
    return file


def submitted(container: str = PENDING, proof: str | None = None, **changes: Any) -> DocumentSubmittedV2:
    """Return Sam's submission; its attestation is one of exactly that, unless `proof` is given."""
    said: dict[str, Any] = {"container": container, "name": NAME, "etag": ETAG, "documentSha256": SHA, "submitter": SAM}
    said |= changes
    proof = proof or attest_submission(**said)
    return DocumentSubmittedV2.model_validate({"type": "DocumentSubmittedV2", "submitterProof": proof, **said})


def bare(container: str = PENDING) -> DocumentSubmittedV1:
    said = {"type": "DocumentSubmittedV1", "container": container, "name": NAME, "etag": ETAG}
    return DocumentSubmittedV1.model_validate(said)


EVENT = Announcement(bare(), NOW, by_storage=True)


async def announce(world: Any, announced: Any, arrival: Arrival = FIRST) -> None:
    announced = announced if isinstance(announced, Announcement) else Announcement(announced)
    await open_announced(world, UNUSED, announced, arrival)


async def refusal(world: Any, announced: Any, arrival: Arrival = FIRST) -> SubmissionRefusedError:
    with pytest.raises(SubmissionRefusedError) as refused:
        await announce(world, announced, arrival)
    assert world.heads == {}
    return refused.value


@pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
async def test_a_proven_submission_opens_the_review_and_its_proof_is_kept(container: str) -> None:
    world, message = World(blob(container)), submitted(container)
    for _ in range(2):
        await announce(world, message)

    (head,) = world.heads.values()
    assert (head.submission_proof, head.submitter) == (message.submitter_proof, SAM)
    assert head.policy.submitter_proof is Level.SIGN_IN


@pytest.mark.parametrize("container", [PENDING, SUBMISSIONS])
async def test_a_message_without_a_proof_is_refused_at_once(container: str) -> None:
    refused = await refusal(World(blob(container)), bare(container))

    assert refused.answer == "proof_missing"
    assert "submit it at the front door" in str(refused)
    assert bool(refused.blob) is (container == PENDING)


async def test_a_submission_binds_its_submitter_and_an_inherited_name_submits_nothing() -> None:
    world = World(blob(SUBMISSIONS))
    await announce(world, submitted(SUBMISSIONS))
    [binding] = world.bindings.people.values()
    assert (binding.names, binding.account.object_id) == ((SAM,), SIGN_IN["oid"])

    inherited = World(blob(SUBMISSIONS))
    inherited.bindings = BoundPeople(replace(binding, account=Account(binding.account.tenant_id, "another")))
    assert (await refusal(inherited, submitted(SUBMISSIONS))).answer == "wrong_person"


async def test_an_upload_waits_for_its_announcement_whichever_comes_first() -> None:
    world = World(blob())
    for _ in range(2):
        with pytest.raises(NotThereError, match="may still announce it"):
            await announce(world, EVENT)
    await announce(world, submitted())
    await announce(world, EVENT, LAST)
    assert [head.submission_proof is not None for head in world.heads.values()] == [True]


async def test_an_upload_that_is_never_announced_is_refused_in_the_end_and_a_late_announcement_still_opens() -> None:
    world = World(blob())
    refused = await refusal(world, EVENT, LAST)
    assert (refused.answer, refused.blob) == ("proof_missing", blob())
    await announce(world, submitted(), LAST)
    assert len(world.heads) == 1


async def test_where_storage_sends_no_event_the_app_sends_it_itself() -> None:
    world: Any = World(blob())
    assert await open_blob(world, UNUSED, blob()) is Opening.UNPROVEN
    await await_announcement(world, blob())

    [(queue, event)] = world.sent
    assert queue == "document-submissions"
    announced = read_announcement(json.dumps(event).encode())
    assert (announced.by_storage, announced.submission) == (True, bare())


async def test_the_sweep_reports_an_upload_that_nobody_has_announced_for_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unproven(*_: Any) -> Opening:
        return Opening.UNPROVEN

    async def not_reviewed(*_: Any) -> bool:
        return False

    monkeypatch.setattr(repairing, "open_blob", unproven)
    monkeypatch.setattr(repairing, "_was_reviewed", not_reviewed)
    for age, count in ((LONGEST_ANNOUNCEMENT - MINUTE, 0), (LONGEST_ANNOUNCEMENT, 1)):
        backlog, world = Backlog(), World(blob(), age)
        app: Any = world
        await repairing._open_or_move(app, UNUSED, blob(), backlog)  # pyright: ignore[reportPrivateUsage]
        assert backlog.refused == count


async def test_another_class_asks_for_no_proof_but_a_wrong_one_is_refused() -> None:
    elsewhere = {"name": "a.txt"}
    world = World(blob(SUBMISSIONS, **elsewhere))
    forged = submitted(SUBMISSIONS, attested(container=SUBMISSIONS), **elsewhere)
    assert (await refusal(world, forged)).answer == "proof_replayed"
    await announce(world, submitted(SUBMISSIONS, **elsewhere))
    assert len(world.heads) == 1


def attested(by: Signer = DOOR, typ: str = SUBMISSION_TYPE, **changes: Any) -> str:
    said = {"container": PENDING, "name": NAME, "etag": ETAG, "documentSha256": SHA, "submitter": SAM} | changes
    return attest_submission(by, typ, **said)


ATTACKS: dict[str, tuple[str, str]] = {
    "another name": ("proof_replayed", attested(name="vouched/b.txt")),
    "another container": ("proof_replayed", attested(container=SUBMISSIONS)),
    "another version": ("proof_replayed", attested(etag="0x2")),
    "another hash": ("proof_replayed", attested(documentSha256="00" * 32)),
    "another person": ("proof_invalid", attested(submitter=EVE)),
    "another modifier": ("proof_invalid", attested(modifier=EVE)),
    "another class": ("proof_invalid", attested(documentClass="default")),
    "a key that is not known": ("proof_invalid", attested(stranger)),
    "a stranger's key under the door's name": ("proof_invalid", replace(stranger, kid=DOOR.kid).sign({}, typ=TYPE)),
    "an old key": ("proof_invalid", attested(old)),
    "a revoked key": ("proof_invalid", attested(revoked)),
    "a person's key": ("proof_invalid", attested(person)),
    "the type of a decision": ("proof_invalid", attested(typ=TYPE)),
    "no person of a tenant": ("proof_invalid", attested(oid=None)),
    "for another queue": ("proof_invalid", attested(aud="document-compliance:review-decisions")),
    "a claim that nobody knows": ("proof_invalid", attested(roles=["Submitter"])),
    "no signature": ("proof_invalid", attested().rpartition(".")[0] + "."),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_attack_on_a_submission_is_refused(attack: str) -> None:
    answer, proof = ATTACKS[attack]
    assert (await refusal(World(blob()), submitted(proof=proof))).answer == answer


async def test_a_submission_sent_again_after_its_blob_was_overwritten_opens_nothing() -> None:
    world, message = World(blob(etag="0x2", changed_at=NOW - MINUTE)), submitted()
    with pytest.raises(NotThereError, match="not the announced one"):
        await announce(world, message)
    assert world.heads == {}
    forged = submitted(proof=message.submitter_proof, etag="0x2")
    assert (await refusal(world, forged)).answer == "proof_replayed"


@pytest.mark.parametrize("ago", [DAY + MINUTE, 13 * DAY])
async def test_a_claimed_past_makes_no_old_key_count(ago: timedelta) -> None:
    message = submitted(proof=attested(old))
    assert (await refusal(World(blob()), message, replace(FIRST, enqueued_at=NOW - ago))).answer == "proof_invalid"


async def test_the_apps_own_retries_let_a_key_count_that_has_ended_meanwhile() -> None:
    later = NOW - DAY + RETRIES
    world = World(blob())
    await announce(world, submitted(proof=attested(old)), replace(FIRST, enqueued_at=NOW - DAY, copy_enqueued_at=later))
    assert len(world.heads) == 1


async def test_other_bytes_than_those_that_were_handed_in_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: Any) -> Any:
        return SimpleNamespace(length=2, sha256="00" * 32, held=b"")

    monkeypatch.setattr(inspecting.PinnedBlob, "read", read)
    app: Any = SimpleNamespace(documents=None)
    head = builders.uninspected_review(submission_proof=attested())
    inspection = await inspecting._inspect(app, head)  # pyright: ignore[reportPrivateUsage]
    assert (inspection.refused, inspection.sha256) == ("not_as_submitted", "00" * 32)


def withdrawal(**changes: Any) -> ReviewWithdrawnV1:
    claims = {
        "aud": "document-compliance:review-decisions",
        "iat": int(NOW.timestamp()),
        "reviewId": HEAD.review_id,
        "decision": "withdraw",
        "reviewer": SAM,
        "documentSha256": SHA,
        "commentSha256": text_digest("why"),
    }
    proof = DOOR.sign(claims | SIGN_IN | changes, typ=TYPE)
    said = {"type": "ReviewWithdrawnV1", "reviewId": HEAD.review_id, "by": SAM, "reason": "why", "proof": proof}
    return ReviewWithdrawnV1.model_validate(said)


HEAD = builders.open_review(
    policy=builders.policy(submitter_proof=Level.SIGN_IN), submitter=SAM, submission_proof=attested()
)


def test_only_the_person_who_has_submitted_the_document_withdraws_it() -> None:
    """Also where decisions need no proof; a name may have gone over to somebody else."""
    other = "bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee"
    unproven = withdrawal().model_copy(update={"proof": None})
    for message, answer in (
        (withdrawal(), None),
        (withdrawal(oid=other), "not_permitted"),
        (withdrawal(tid=other, iss=f"https://login.microsoftonline.com/{other}/v2.0"), "not_permitted"),
        (unproven, "proof_missing"),
    ):
        found = proof_refusal(HEAD, message, FIRST)
        assert (found and found.answer) == answer
    assert proof_refusal(builders.open_review(), unproven, FIRST) is None
