"""Blob paths and the access log, without a storage emulator."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devhost.errors import StartError
from devhost.storage.access_log import AccessLog, LoggedRequest, parse_line
from devhost.storage.receipts import BlobReceipts
from devhost.triggers.blob_path import BlobPath

PUT = '127.0.0.1 - - [21/Nov/2026:02:45:10 +0000] "PUT /devstoreaccount1/{} HTTP/1.1" 201 -\n'


@pytest.mark.parametrize(
    ("path", "name", "tokens"),
    [
        ("in/{name}", "a.txt", {"name": "a.txt"}),
        ("in/{name}", "deep/er/a.txt", {"name": "deep/er/a.txt"}),
        ("in/{folder}/{name}.csv", "x/y/a.b.csv", {"folder": "x/y", "name": "a.b"}),
        ("in/{name}.csv", "a.txt", None),
        ("in/report-{{{id}}}.txt", "report-{7}.txt", {"id": "7"}),
        ("in/fixed.txt", "fixed.txt", {}),
        ("in/fixed.txt", "fixedxtxt", None),
        ("in", "anything/at all", {}),
    ],
)
def test_a_blob_path_matches_names_and_yields_its_tokens(path: str, name: str, tokens: dict[str, str] | None) -> None:
    assert BlobPath(path, "f").match(name) == tokens


@pytest.mark.parametrize("path", ["{container}/x", "/x", "in/{name", "in/na}me"])
def test_a_blob_path_that_cannot_work_is_refused(path: str) -> None:
    with pytest.raises(StartError, match="f: "):
        BlobPath(path, "f")


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (PUT.format("docs/a/b%20c%23%C3%A9.txt"), LoggedRequest("PUT", "docs/a/b c#é.txt", "", 201)),
        (PUT.format("docs/x?comp=blocklist&timeout=5"), LoggedRequest("PUT", "docs/x", "blocklist", 201)),
        ("Azurite Blob service is closing...\n", None),
        ('127.0.0.1 - - [x] "GET /other/docs HTTP/1.1" 404 -\n', None),
    ],
)
def test_a_line_of_the_access_log_is_understood(line: str, request_: LoggedRequest | None) -> None:
    assert parse_line(line) == request_


async def test_the_log_is_followed_from_its_end_over_torn_lines(tmp_path: Path) -> None:
    file, seen = tmp_path / "log", []
    file.write_text(PUT.format("docs/old"))
    log = AccessLog(file, lambda request: seen.append(request.path), lambda: None)
    log.start()
    with file.open("a") as writer:
        for part in (PUT.format("docs/one"), PUT.format("docs/two")[:40], PUT.format("docs/two")[40:]):
            writer.write(part)
            writer.flush()
            await asyncio.sleep(0)
    async with asyncio.timeout(60):
        while len(seen) < 2:  # noqa: ASYNC110  (the log calls back, it sets no asyncio.Event)
            await asyncio.sleep(0.005)
    log.stop()

    assert seen == ["docs/one", "docs/two"]


async def test_a_burst_longer_than_one_reading_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devhost.storage.access_log._READ_BYTES", 10)
    file, seen = tmp_path / "log", []
    file.write_text("")
    log = AccessLog(file, lambda request: seen.append(request.path), lambda: None)
    log.start()
    names = [f"docs/{number}" for number in range(200)]  # 1,700 reads of one burst
    file.write_text("".join(PUT.format(name) for name in names))
    async with asyncio.timeout(60):
        while len(seen) < len(names):  # noqa: ASYNC110  (as above)
            await asyncio.sleep(0.005)
    log.stop()

    assert seen == names


async def test_a_large_log_is_emptied_and_the_gap_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devhost.storage.access_log._TRUNCATE_BYTES", 100)
    file, seen, gaps = tmp_path / "log", [], []
    file.write_text("")
    log = AccessLog(file, lambda request: seen.append(request.path), lambda: gaps.append(1))
    log.start()
    with file.open("a") as writer:
        for name in ("one", "two", "three"):
            writer.write(PUT.format(f"docs/{name}"))
            writer.flush()
            async with asyncio.timeout(60):
                while f"docs/{name}" not in seen:  # noqa: ASYNC110  (as above)
                    await asyncio.sleep(0.005)
    log.stop()

    assert seen == ["docs/one", "docs/two", "docs/three"]
    assert gaps
    assert file.stat().st_size < 200


def test_receipts_tell_versions_apart_and_survive(tmp_path: Path) -> None:
    receipts = BlobReceipts(tmp_path / "blobs.db")
    receipts.record("f", "docs", "a", "e1", failures=2, done=False)
    assert (receipts.failures("f", "docs", "a", "e1"), receipts.failures("f", "docs", "a", "e2")) == (2, 0)
    receipts.record("f", "docs", "a", "e1", done=True)
    receipts.close()
    again = BlobReceipts(tmp_path / "blobs.db")
    assert again.is_done("f", "docs", "a", "e1")
    assert not again.is_done("f", "docs", "a", "e2")
    assert not again.is_done("g", "docs", "a", "e1")
    again.close()


def test_receipts_of_versions_that_are_gone_are_dropped_but_not_those_written_since(tmp_path: Path) -> None:
    receipts = BlobReceipts(tmp_path / "blobs.db")
    for blob, etag in (("kept", "e1"), ("changed", "e1"), ("gone", "e1")):
        receipts.record("f", "docs", blob, etag, done=True)
    receipts.record("f", "other", "elsewhere", "e1", done=True)
    mark = receipts.newest()
    receipts.record("f", "docs", "written during the listing", "e1", done=True)
    receipts.forget_stale("docs", {"kept": "e1", "changed": "e2"}, mark)
    left = ("kept", "changed", "gone", "written during the listing")
    assert [receipts.is_done("f", "docs", blob, "e1") for blob in left] == [True, False, False, True]
    assert receipts.is_done("f", "other", "elsewhere", "e1")
    receipts.close()
