"""The bytes of a document: those under review and no others, shown only as what they are, and never unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from compliance.content import ContentFinding, Finding
from compliance.outcome import Outcome, ReviewState, Verdict
from tests import builders
from tests.unit.web.house import ANN, AVA, EVE, PDF, SAM, BlobInMemory, House, json_of, url

PNG = bytes.fromhex("89504e470d0a1a0a") + b"\0" * 20
LARGE = b"%PDF-1.7\n" + b"x" * (17 << 20)
MIB = 1 << 20


async def shown(name: str, content: bytes = PDF, **changes: Any) -> Any:
    house = House(reviewers=(ANN,))
    head = await house.add(content, of_document={"name": name}, **changes)
    return await house.get(url(head, "/document"), ANN)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.txt", "Zoë\n".encode(), "text/plain; charset=utf-8"),
        ("a.txt", b"Zo\xeb\n", None),
        ("a.txt", b"a\0b", None),
        ("a.pdf", PNG, None),
        ("a.png", PDF, None),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        ("a.html", b"<script>alert(1)</script>", None),
        ("a.xml", b"<?xml version='1.0'?><a/>", None),
        ("a.js", b"alert(1)", None),
        ("a.docx", b"PK\x03\x04", None),
        ("a", PDF, None),
    ],
)
async def test_only_what_browsers_show_without_running_anything_is_shown(
    name: str, content: bytes, media_type: str | None
) -> None:
    answer = await shown(name, content)

    assert answer.status_code == 200
    assert answer.get_body() == content
    assert answer.mimetype == (media_type or "application/octet-stream")
    assert answer.headers["content-disposition"].startswith("inline;" if media_type else "attachment;")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'")
    assert ("sandbox" in policy) is (media_type != "application/pdf")


@pytest.mark.parametrize("kind", [ContentFinding.TYPE_MISMATCH, ContentFinding.OTHER_FORMAT, ContentFinding.MALWARE])
async def test_what_the_gate_has_doubts_about_is_only_kept(kind: ContentFinding) -> None:
    answer = await shown("a.pdf", findings=(Finding(kind, "doubtful"),))

    assert answer.mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("folder/report.pdf", "report.pdf"),
        ('a"; filename=evil.exe.pdf', "a%22%3B%20filename%3Devil.exe.pdf"),
        ("a\r\nSet-Cookie: x=y.pdf", "a%0D%0ASet-Cookie%3A%20x%3Dy.pdf"),
        ("\u202efdp.exe.pdf", "%E2%80%AEfdp.exe.pdf"),
        ("\U0001f600" * 1000 + ".pdf", "%F0%9F%98%80" * 146 + ".pdf"),
    ],
)
async def test_a_name_says_nothing_but_itself(name: str, kept_as: str) -> None:
    answer = await shown(name)

    assert answer.headers["content-disposition"] == f"inline; filename*=UTF-8''{kept_as}"
    assert "set-cookie" not in answer.headers


async def test_whoever_wants_to_keep_it_can() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await house.get(url(head, "/document?download"), ANN)

    assert answer.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "status", "part", "says"),
    [
        ("bytes=0-9", 206, PDF[:10], f"bytes 0-9/{len(PDF)}"),
        ("bytes=5-", 206, PDF[5:], f"bytes 5-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=-7", 206, PDF[-7:], f"bytes {len(PDF) - 7}-{len(PDF) - 1}/{len(PDF)}"),
        (f"bytes=0-{10**9}", 200, PDF, None),
        ("bytes=5-4", 416, None, f"bytes */{len(PDF)}"),
        (f"bytes={len(PDF)}-", 416, None, f"bytes */{len(PDF)}"),
        ("bytes=-0", 416, None, f"bytes */{len(PDF)}"),
        ("bytes=0-1,3-4", 400, None, None),
        ("bytes=-", 400, None, None),
        ("lines=1-2", 400, None, None),
        ("bytes=1-" + "9" * 40, 400, None, None),
    ],
)
async def test_a_part_can_be_asked_for(asked: str, status: int, part: bytes | None, says: str | None) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    answer = await house.get(url(head, "/document"), ANN, Range=asked)

    assert answer.status_code == status
    assert part is None or answer.get_body() == part
    assert answer.headers.get("content-range") == says


async def test_a_large_document_is_handed_out_in_parts_only() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add(LARGE)

    whole = await house.get(url(head, "/document"), ANN)
    part = await house.get(url(head, "/document"), ANN, Range="bytes=0-")

    assert (whole.status_code, part.status_code) == (413, 206)
    assert (len(part.get_body()), part.mimetype) == (4 * MIB, "application/pdf")


@pytest.mark.parametrize(("if_match", "status"), [("*", 200), ('"5f"', 412), ('"5f", {own}', 200), ("{own}", 200)])
async def test_it_can_be_asked_for_by_its_hash(if_match: str, status: int) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    wanted = if_match.replace("{own}", f'"{head.document.sha256}"')

    assert (await house.get(url(head, "/document"), ANN, **{"If-Match": wanted})).status_code == status


@pytest.mark.parametrize(("if_range", "status"), [("{own}", 206), ('"5f"', 200), ("W/{own}", 200)])
async def test_who_has_a_part_of_other_bytes_gets_the_whole(if_range: str, status: int) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    headers = {"Range": "bytes=5-", "If-Range": if_range.replace("{own}", f'"{head.document.sha256}"')}

    assert (await house.get(url(head, "/document"), ANN, **headers)).status_code == status


async def test_whoever_asks_for_the_headers_alone_has_not_opened_it() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()

    assert (await house.call("HEAD", url(head, "/document"), ANN)).headers["etag"] == f'"{head.document.sha256}"'
    assert house.reads.rows == {}


async def test_other_bytes_are_never_shown() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    house.blob(head.document.container, head.document.name).put(b"%PDF- other", "0xOTHER")

    answer = await house.get(url(head, "/document"), ANN)

    assert (answer.status_code, json_of(answer)["type"]) == (412, "urn:compliance:problem:overwritten")
    assert house.reads.rows == {}, "nobody has seen anything"


@pytest.mark.parametrize(("content", "status"), [(PDF, 200), (PDF[:-1] + b"!", 412)])
async def test_a_moved_document_is_shown_if_its_bytes_are_the_same(content: bytes, status: int) -> None:
    house = House(reviewers=(ANN,))
    closed = {"state": ReviewState.CLOSED, "verdict": Verdict.APPROVE, "outcome": Outcome.APPROVED}
    name = builders.document().name
    head = await house.add(location=f"published/{name}", copy_etag="0xCOPY", **closed)
    house.blob("published", name).put(content, "0xWRITTEN")

    assert (await house.get(url(head, "/document"), SAM)).status_code == status


async def test_a_moved_document_is_hashed_once_however_many_parts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(reviewers=(ANN,))
    closed = {"state": ReviewState.CLOSED, "verdict": Verdict.APPROVE, "outcome": Outcome.APPROVED}
    name = builders.document().name
    head = await house.add(location=f"published/{name}", copy_etag="0xCOPY", **closed)
    house.blob("published", name).put(PDF, "0xWRITTEN")
    lengths: list[int | None] = []
    download = BlobInMemory.download_blob

    async def counted(blob: BlobInMemory, **given: Any) -> Any:
        lengths.append(given["length"])
        return await download(blob, **given)

    monkeypatch.setattr(BlobInMemory, "download_blob", counted)
    for asked in ("bytes=0-9", "bytes=10-19", "bytes=20-29"):
        assert (await house.get(url(head, "/document"), SAM, Range=asked)).status_code == 206

    assert lengths.count(None) == 1, "the whole document"


async def test_an_uninspected_document_is_not_shown() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    await house.replace_head(replace(head, document=replace(head.document, sha256=None), deadline=None))

    assert (await house.get(url(head, "/document"), SAM)).status_code == 409


async def test_auditors_see_who_has_looked() -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    for asked in (None, None, "bytes=5-9", "bytes=10-19"):
        await house.get(url(head, "/document"), ANN, **({"Range": asked} if asked else {}))
    await house.get(url(head, "/document"), EVE)

    reads = json_of(await house.get(url(head), AVA))["reads"]

    assert {(each["person"], each["sha256"]) for each in reads} == {(ANN, head.document.sha256)}
    assert len(reads) == 3, "each opening, and the parts that follow once"
    assert json_of(await house.get(url(head), ANN))["reads"] is None


@pytest.mark.parametrize("person", [ANN, EVE, None])
async def test_the_frame_of_a_document_that_is_gone_shows_a_page_of_ours(person: str | None) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    house.blobs.clear()

    answer = await house.get(url(head, "/document"), person, **{"Sec-Fetch-Mode": "navigate"})

    assert answer.status_code == (404 if person else 401)
    assert answer.mimetype == "text/html; charset=utf-8"
    assert "<p><bdi>" in answer.get_body().decode()
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    program = await house.get(url(head, "/document"), person)
    assert program.mimetype == "application/problem+json"
    assert "frame-ancestors 'none'" in program.headers["content-security-policy"]


@pytest.mark.parametrize(("content", "is_shown"), [(b"Zo\xc3\xab", True), (b"Zo\xeb", False), (b"\xff\xfeZ\0", False)])
async def test_a_frame_says_what_to_do_with_a_text_that_browsers_cannot_show(content: bytes, is_shown: bool) -> None:
    """Else the frame would stay empty, and the file be downloaded each time that somebody looks at the review."""
    house = House(reviewers=(ANN,))
    head = await house.add(content, of_document={"name": "a.csv"})
    frame = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}

    answer = await house.get(url(head, "/document"), ANN, **frame)

    assert answer.status_code == (200 if is_shown else 406)
    assert (b'/document?download" download' in answer.get_body()) is not is_shown
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert bool(house.reads.rows) is is_shown, "nobody has opened what was not shown"
    assert (await house.get(url(head, "/document?download"), ANN, **frame)).get_body() == content


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=1-5"}, {"Sec-Fetch-Mode": "navigate"}], ids=str)
async def test_nobody_gets_a_byte_that_could_not_be_written_down(
    lost: int, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(reviewers=(ANN,))
    head = await house.add()
    insert, added = house.reads.create_entity, list[str]()

    async def fail(row: Any) -> None:
        added.append(row["PartitionKey"])
        if len(added) == lost or "Range" in headers:
            raise HttpResponseError("the table does not answer")
        await insert(row)

    monkeypatch.setattr(house.reads, "create_entity", fail)
    answer = await house.get(url(head, "/document"), ANN, **headers)

    assert answer.status_code == 503
    assert PDF[:5] not in answer.get_body()
    assert added
