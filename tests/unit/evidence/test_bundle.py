"""A bundle comes back as it was written, always as the same bytes; what a stranger made of one is refused unread."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from contracts.digest import canonical
from evidence import bundle as evidence_bundle
from evidence.bundle import bundle_of, evidence_in, write_bundle
from evidence.bundle_reading import AlteredBundleError, BundleError, read_bundle
from evidence.chain_check import Fault, FaultKind
from evidence.checks import first_fault
from tests.journeys import approved

EVIDENCE = approved().evidence()
BUNDLE = bundle_of(EVIDENCE, {"keys": []})
DOCUMENT = b"the bytes under review" * 100
Contents = dict[str, bytes]


def written(document: bytes | None = None) -> bytes:
    out = io.BytesIO()
    write_bundle(out, BUNDLE, "<p>page</p>", io.BytesIO(document) if document is not None else None)
    return out.getvalue()


WRITTEN = written(DOCUMENT)


def contents() -> Contents:
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Contents, **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def listed_anew(files: Contents) -> Contents:
    """Return the files with a manifest that is right for them."""
    entries = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if name != "manifest.json"
    }
    return files | {"manifest.json": canonical({"format": evidence_bundle.FORMAT, "files": entries})}


def refusal(content: bytes) -> str:
    with pytest.raises(BundleError) as refused:
        read_bundle(io.BytesIO(content))
    return str(refused.value)


def alteration(content: bytes) -> Fault:
    with pytest.raises(AlteredBundleError) as altered:
        read_bundle(io.BytesIO(content))
    return altered.value.fault


def test_it_comes_back_as_it_was_written() -> None:
    bundle, document_sha256 = read_bundle(io.BytesIO(WRITTEN))
    assert (bundle, document_sha256) == (BUNDLE, hashlib.sha256(DOCUMENT).hexdigest())
    assert read_bundle(io.BytesIO(written())) == (BUNDLE, None)
    assert first_fault(evidence_in(bundle, None)) is None
    assert evidence_in(bundle, None) == EVIDENCE


def test_the_same_evidence_makes_the_same_bytes() -> None:
    assert written(DOCUMENT) == WRITTEN


@pytest.mark.parametrize("position", range(0, len(WRITTEN), 97))
def test_a_flipped_byte_is_refused_or_found(position: int) -> None:
    damaged = WRITTEN[:position] + bytes([WRITTEN[position] ^ 1]) + WRITTEN[position + 1 :]
    try:
        bundle, document_sha256 = read_bundle(io.BytesIO(damaged))
    except (BundleError, AlteredBundleError):
        return
    # What is left is how ZIP describes the files: dates, attributes. Their content is as it was.
    assert (bundle, document_sha256) == (BUNDLE, hashlib.sha256(DOCUMENT).hexdigest())


@pytest.mark.parametrize("kept", [0, 1, 21, 22, 41, 42, 1000, len(WRITTEN) - 1])
def test_a_cut_off_file_is_no_bundle(kept: int) -> None:
    assert refusal(WRITTEN[:kept])


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "review.json/../x", "C:\\x", "note.txt", "Review.json"])
def test_a_name_that_no_bundle_has_is_foreign_even_where_the_manifest_names_it(name: str) -> None:
    for files in (contents() | {name: b"x"}, listed_anew(contents() | {name: b"x"})):
        found = alteration(zipped(files))
        assert (found.where, found.wrong) == (name, FaultKind.FOREIGN)


def test_compression_is_refused_so_that_nothing_can_grow() -> None:
    bomb = contents() | {"index.html": bytes(1024**2)}
    assert "compressed" in refusal(zipped(bomb, compression=zipfile.ZIP_DEFLATED))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in listed_anew(bomb).items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if name == "index.html" else None)
    found = alteration(out.getvalue())
    assert (found.where, "compressed" in found.text) == ("index.html", True)


def test_a_file_that_is_there_twice_is_foreign() -> None:
    out = io.BytesIO(WRITTEN)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("index.html", "other")
    assert alteration(out.getvalue()) == Fault("index.html", FaultKind.FOREIGN, "it is there twice")


@pytest.mark.parametrize("name", ["index.html", "review.json", "policy.json", "records.jsonl", "document.bin"])
def test_a_file_that_the_manifest_names_is_missed(name: str) -> None:
    files = contents()
    del files[name]
    found = alteration(zipped(files))
    assert (found.where, found.wrong) == (name, FaultKind.MISSING)


def test_a_file_that_every_bundle_has_is_missed_even_under_a_new_manifest() -> None:
    files = contents()
    del files["policy.json"]
    found = alteration(zipped(listed_anew(files)))
    assert (found.where, found.wrong) == ("policy.json", FaultKind.MISSING)


def test_without_a_manifest_it_is_no_bundle() -> None:
    files = contents()
    del files["manifest.json"]
    assert "manifest.json" in refusal(zipped(files))


@pytest.mark.parametrize("name", ["document.bin", "decisions.jsonl", "index.html", "verification-keys.json"])
def test_a_file_that_the_manifest_does_not_name_so_is_edited(name: str) -> None:
    found = alteration(zipped(contents() | {name: b"{}"}))
    assert (found.where, found.wrong) == (name, FaultKind.EDITED)


def test_so_is_one_in_which_a_byte_was_changed_in_place() -> None:
    damaged = WRITTEN.replace(b"the bytes under review", b"THE bytes under review", 1)
    found = alteration(damaged)
    assert (found.where, found.wrong) == ("document.bin", FaultKind.EDITED)


def test_many_files_are_refused_before_the_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    many = zipped({f"{number}": b"" for number in range(100)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "directory is larger" in refusal(many)


def test_zip64_is_refused_before_the_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "directory is larger" in refusal(WRITTEN[:-22] + locator + WRITTEN[-22:])


def test_a_size_that_is_claimed_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_bundle, "MOST_BYTES", 100)
    assert "the most is 100" in refusal(WRITTEN)
    with pytest.raises(ValueError, match="a bundle holds 100 at most"):
        written()


def replaced(name: str, content: bytes) -> Callable[[Contents], Contents]:
    return lambda files: listed_anew(files | {name: content})


@pytest.mark.parametrize(
    "forge",
    [
        replaced("review.json", b"[]"),
        replaced("review.json", b'{"reviewId":"x"}'),
        replaced("review.json", b'{"reviewId":"x","reviewId":"y"}'),
        replaced("policy.json", b'{ "documentClass": "default", "sha256": "", "version": "1" }'),
        replaced("policy.json", b'{"documentClass":"default","number":1e999,"sha256":"","version":"1"}'),
        replaced("policy.json", b"[" * 100_000),
        replaced("records.jsonl", b"{}"),
        replaced("records.jsonl", b"{}\n"),
        replaced("records.jsonl", b'{"digest":"","record":{},"storedAt":"yesterday"}\n'),
        replaced("records.jsonl", b'{"digest":"","record":{},"storedAt":"2026-03-02T09:30:00"}\n'),
        replaced("decisions.jsonl", b'{"seq":"one"}\n'),
        replaced("decisions.jsonl", b"\xff\n"),
    ],
)
def test_what_is_not_what_a_bundle_holds_there_is_named(forge: Callable[[Contents], Contents]) -> None:
    files = contents()
    forged = forge(files)
    found = alteration(zipped(forged))
    assert forged[found.where.partition(",")[0]] != files[found.where.partition(",")[0]]


@pytest.mark.parametrize("manifest", [canonical({"format": "other", "files": {}}), b"{}", b"[]", b"\xff"])
def test_with_another_manifest_it_is_no_bundle(manifest: bytes) -> None:
    assert refusal(zipped(contents() | {"manifest.json": manifest}))


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"x" * 1000, b"PK\x03\x04" + bytes(1000)])
def test_what_is_no_zip_file_is_refused(content: bytes) -> None:
    assert refusal(content)
