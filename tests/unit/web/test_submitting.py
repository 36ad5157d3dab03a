"""Handing in at the front door: bounded, named, attested, and over nobody else's document."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from compliance.document import review_id
from contracts.messages.submissions import DocumentSubmittedV2
from contracts.proofs.submission_attestation import SubmissionClaims, submission_refusal, verify_claims
from tests import builders
from tests.front_door import SUBMISSION_TYPE, attest_submission, keys_of, public_jwk
from tests.unit.web.house import ANN, EVE, NOW, PDF, SAM, House, json_of, oid_of

KEYS = keys_of(public_jwk())
BOUNDARY = "----boundary"


def form(content: bytes = PDF, file_name: str | None = "report.pdf", **fields: str) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()
    ]
    if file_name is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        parts += [head.encode(), b"Content-Type: application/pdf\r\n\r\n", content, b"\r\n"]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def submit(house: House, person: str = SAM, body: bytes | None = None, **fields: Any) -> Any:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return await house.call("POST", "/api/v1/submissions", person, form(**fields) if body is None else body, **headers)


def announced(house: House) -> DocumentSubmittedV2:
    queue, body, message_id = house.sent[-1]
    message = DocumentSubmittedV2.model_validate(body)
    assert (queue, message_id) == ("document-submissions", review_id("submissions", message.name, message.etag))
    return message


async def test_a_document_is_uploaded_and_announced_with_the_word_of_the_front_door() -> None:
    house = House()

    answer = await submit(house, name="reports/Zoë's.pdf", documentClass="other")

    message = announced(house)
    blob = house.blob("submissions", "reports/Zoë's.pdf")
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/reviews/{json_of(answer)['reviewId']}"
    assert (blob.content, blob.etag, message.name) == (PDF, message.etag, "reports/Zoë's.pdf")
    assert blob.metadata == {"documentclass": "other", "submitter": SAM}
    assert message.document_sha256 == hashlib.sha256(PDF).hexdigest()
    assert submission_refusal(message, KEYS, NOW, NOW) is None
    claims, *_ = verify_claims(message.submitter_proof, KEYS, SUBMISSION_TYPE, SubmissionClaims)
    assert (claims.submitter, claims.oid, claims.document_class) == (SAM, oid_of(SAM), "other")


async def test_its_file_name_is_its_name_if_no_other_is_given() -> None:
    house = House()

    assert (await submit(house)).status_code == 202
    assert announced(house).name == "report.pdf"


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        (form(name="a/../b.pdf"), 422, "name: "),
        (form(name="/"), 422, "name: "),
        (form(name="x" * 2000), 422, "name: "),
        (form(b""), 422, "file: it is empty"),
        (form(file_name=None, name="a.pdf"), 422, "file: is missing"),
        (form(documentClass="secret"), 422, "documentClass: there is no policy"),
        (form(file_name="~$report.docx"), 422, "give it another name"),
        (form(more="1", a="1", b="2", c="3", d="4"), 400, "form"),
        (form(name="x" * 5000), 400, "form"),
        (b"nonsense", 400, "form"),
        (form(b"x" * ((16 << 20) + 65536)), 413, "the file is larger than 16 MiB"),
        (form(b"x" * ((16 << 20) + 1)), 413, "the file is larger than 16 MiB"),
    ],
    ids=lambda value: repr(value)[-40:],
)
async def test_what_is_wrong_with_a_document_is_said_and_nothing_is_kept(body: bytes, status: int, wrong: str) -> None:
    house = House()

    answer = await submit(house, body=body)

    assert answer.status_code == status
    assert wrong in json_of(answer)["detail"]
    assert house.sent == []
    assert not any(blob.content for blob in house.blobs.values())


async def test_what_is_no_form_is_refused() -> None:
    answer = await House().call("POST", "/api/v1/submissions", SAM, {"file": "x"})

    assert answer.status_code == 415


async def test_a_document_may_be_replaced_by_its_submitter_only() -> None:
    house = House()
    await submit(house)
    first = announced(house)
    document = builders.document(container="submissions", name="report.pdf", etag=first.etag)
    head = replace(
        builders.open_review(document=document), review_id=review_id("submissions", "report.pdf", first.etag)
    )
    await house.replace_head(replace(head, submitter=SAM, submission_proof=first.submitter_proof))

    strangers, no_documents = await submit(house, EVE), await submit(house, EVE, name="~$report.docx")
    reviewers, own = await submit(house, ANN), await submit(house, SAM)

    assert (strangers.status_code, strangers.get_body()) == (422, no_documents.get_body()), "it looks like no document"
    assert (reviewers.status_code, json_of(reviewers)["type"]) == (409, "urn:compliance:problem:name-taken")
    assert own.status_code == 202
    assert announced(house).etag != first.etag


async def test_a_document_whose_announcement_was_lost_can_be_handed_in_again() -> None:
    """The upload was the last thing before a crash."""
    house = House()
    await submit(house)
    house.sent.clear()

    assert (await submit(house, ANN)).status_code == 422
    assert (await submit(house, SAM)).status_code == 202
    assert announced(house).submitter == SAM


async def test_a_name_that_has_changed_hands_is_not_its_earlier_owners_document() -> None:
    house = House()
    proof = attest_submission(oid=oid_of(ANN), submitter=SAM)
    head = await house.add(submission_proof=proof, submitter=SAM)

    assert (await house.get(f"/api/v1/reviews/{head.review_id}", SAM)).status_code == 404
    await house.door.ledger.own.put_submitted(head)
    assert json_of(await house.get("/api/v1/reviews?list=submitted", SAM))["reviews"] == []


async def test_ones_own_documents_are_listed_newest_first() -> None:
    house = House(reviewers=(ANN,))
    heads = [
        await house.add(number=number, of_document={"name": f"{number}.pdf"}, submitted_at=builders.REQUESTED_AT)
        for number in range(30)
    ]
    for head in heads:
        await house.door.ledger.own.put_submitted(head)

    first = json_of(await house.get("/api/v1/reviews?list=submitted", SAM))
    rest = json_of(await house.get(f"/api/v1/reviews?list=submitted&cursor={first['cursor']}", SAM))

    listed = [each["reviewId"] for each in first["reviews"] + rest["reviews"]]
    assert sorted(listed) == sorted(head.review_id for head in heads)
    assert (len(first["reviews"]), rest["cursor"]) == (25, None)
