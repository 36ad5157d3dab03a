"""A bundle comes back as it was written, always as the same bytes; what a stranger made of one is refused unread."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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


def headers() -> list[int]:
    """Return the position of each byte that is no content."""
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        found = [
            position
            for entry in archive.infolist()
            for position in range(entry.header_offset, entry.header_offset + 30 + len(entry.filename))
        ]
        return [*found, *range(archive.start_dir, len(WRITTEN))]


@pytest.mark.parametrize("position", sorted({*range(0, len(WRITTEN), 97), *headers()[::3]}))
def test_no_byte_can_be_another(position: int) -> None:
    damaged = WRITTEN[:position] + bytes([WRITTEN[position] ^ 1]) + WRITTEN[position + 1 :]
    with pytest.raises((BundleError, AlteredBundleError)):
        read_bundle(io.BytesIO(damaged))


def test_other_programs_find_the_same_files() -> None:
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [*sorted(set(archive.namelist()) - {"document.bin"}), "document.bin"]
        assert [entry.date_time for entry in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)] * len(archive.namelist())
        assert {(entry.external_attr >> 16, entry.flag_bits) for entry in archive.infolist()} == {(0o100600, 0)}


LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
FORGED = b"<h1>REJECTED by everybody</h1>"


@dataclass
class Parts:
    """A file in a ZIP file: its local header, its directory entry, and bytes put around its content."""

    name: str
    content: bytes
    before: bytes = b""  # in front of the local header
    local: dict[int, Any] = field(default_factory=dict[int, Any])  # fields of the local header, by their place
    local_name: bytes | None = None
    local_extra: bytes = b""
    behind: bytes = b""
    central: dict[int, Any] = field(default_factory=dict[int, Any])
    central_extra: bytes = b""
    comment: bytes = b""


def in_parts() -> list[Parts]:
    return [Parts(name, content) for name, content in contents().items()]


def assembled(parts: list[Parts], *, before_directory: bytes = b"", listed: list[str] | None = None) -> bytes:
    """Put a ZIP file together."""
    out, entries = b"", dict[str, bytes]()
    for part in parts:
        name, crc32, size = part.name.encode(), zlib.crc32(part.content), len(part.content)
        out += part.before
        offset = len(out)
        local_name = name if part.local_name is None else part.local_name
        local = [b"PK\3\4", 20, 0, 0, 0, 33, crc32, size, size, len(local_name), len(part.local_extra)]
        local = [part.local.get(place, value) for place, value in enumerate(local)]
        out += LOCAL.pack(*local) + local_name + part.local_extra + part.content + part.behind
        central: list[Any] = [b"PK\1\2", 3 << 8 | 20, 20, 0, 0, 0, 33, crc32, size, size, len(name)]
        central += [len(part.central_extra), len(part.comment), 0, 0, 0o100600 << 16, offset]
        central = [part.central.get(place, value) for place, value in enumerate(central)]
        entries[part.name] = CENTRAL.pack(*central) + name + part.central_extra + part.comment
    out += before_directory
    directory = b"".join(entries[name] for name in listed or entries)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return out + directory + end


def changed(name: str, **changes: Any) -> bytes:
    return assembled([replace(part, **changes) if part.name == name else part for part in in_parts()])


def local_entry(name: bytes, content: bytes) -> bytes:
    """Return a file that no directory names: programs that read from the start unpack it."""
    size = len(content)
    return LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, 33, zlib.crc32(content), size, size, len(name), 0) + name + content


def test_put_together_from_its_parts_it_is_the_same() -> None:
    assert assembled(in_parts()) == WRITTEN


EXTRA = struct.pack("<HH4s", 0x7075, 4, b"abcd")
DESCRIPTOR = struct.pack("<4s3L", b"PK\x07\x08", 1, 2, 3)
NAMES = list(contents())


@pytest.mark.parametrize(
    ("ambiguous", "where"),
    [
        *(
            (assembled(in_parts(), before_directory=local_entry(name.encode(), FORGED)), "the directory")
            for name in ("index.html", "decisions.jsonl", "document.bin", "other.txt")
        ),
        (changed("index.html", before=local_entry(b"index.html", FORGED)), "index.html"),
        (changed("decisions.jsonl", before=b"\0"), "decisions.jsonl"),
        (changed("records.jsonl", before=b"\0"), "records.jsonl"),
        (changed("records.jsonl", behind=b"\0"), "review.json"),
        (changed("records.jsonl", behind=DESCRIPTOR, local={2: 8}, central={3: 8}), "records.jsonl"),
        (changed("records.jsonl", behind=DESCRIPTOR, local={2: 8, 6: 0, 7: 0, 8: 0}, central={3: 8}), "records.jsonl"),
        (changed("index.html", local={3: 8}), "index.html"),
        (changed("index.html", local={6: 0}), "index.html"),
        (changed("index.html", local={7: 4, 8: 4}), "index.html"),
        (changed("index.html", local={4: 1}, central={5: 1}), "index.html"),
        (changed("index.html", local={2: 2048}, central={3: 2048}), "index.html"),
        (changed("index.html", local_extra=EXTRA), "index.html"),
        (changed("index.html", central_extra=EXTRA), "the directory"),
        (changed("index.html", comment=b"REJECTED"), "the directory"),
        (changed("index.html", central={15: 0o120777 << 16}), "the directory"),
        (changed("index.html", central={14: 1}), "the directory"),
        (changed("index.html", central={1: 20}), "the directory"),
        (assembled(in_parts(), before_directory=b"\0"), "the directory"),
        (assembled(in_parts(), listed=NAMES[::-1]), "the directory"),
        (assembled(in_parts()[::-1]), NAMES[0]),
        (b"MZ" + WRITTEN, NAMES[0]),
        (local_entry(b"index.html", FORGED) + WRITTEN, NAMES[0]),
    ],
)
def test_what_programs_can_read_in_two_ways_is_not_sound(ambiguous: bytes, where: str) -> None:
    found = alteration(ambiguous)
    assert (found.where.removesuffix(" of the ZIP file"), found.wrong) == (where, FaultKind.EDITED)


def test_two_bundles_in_one_file_are_none() -> None:
    assert alteration(WRITTEN + WRITTEN).wrong == FaultKind.FOREIGN


@pytest.mark.parametrize(
    "damaged",
    [
        changed("index.html", local_name=b"INDEX.HTML"),
        WRITTEN + b"\0",
        WRITTEN[:-2] + b"\4\0note",
        assembled(in_parts()[:1] * 2 + in_parts()[1:]),
        changed("index.html", central={16: 0}),  # overlaps the file before
        changed("index.html", central={8: 2**32 - 1, 9: 2**32 - 1}, central_extra=struct.pack("<HHQQ", 1, 16, 11, 11)),
    ],
)
def test_what_is_no_zip_file_of_ours_is_refused_in_some_words(damaged: bytes) -> None:
    with pytest.raises((BundleError, AlteredBundleError)):
        read_bundle(io.BytesIO(damaged))


def test_a_large_document_is_not_kept_in_memory_but_checked_like_the_rest() -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as document:
        document.truncate(3 * 1024**2 + 1)
        write_bundle(out, BUNDLE, "<p>page</p>", document)
        out.seek(0)
        with zipfile.ZipFile(out) as archive:
            assert archive.testzip() is None
        assert read_bundle(out)[1] == hashlib.sha256(bytes(3 * 1024**2 + 1)).hexdigest()


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


def added(name: str, member: bytes, value: bytes) -> Callable[[Contents], Contents]:
    """Add a member to the first object in a file."""

    def add(files: Contents) -> Contents:
        first, brace, rest = files[name].partition(b"\n")
        parsed = json.loads(first) | {member.decode(): json.loads(value)}
        return listed_anew(files | {name: canonical(parsed) + brace + rest})

    return add


def test_a_manifest_says_nothing_more() -> None:
    manifest = json.loads(contents()["manifest.json"]) | {"note": "REJECTED"}
    assert "note" in refusal(zipped(contents() | {"manifest.json": canonical(manifest)}))


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
        added("review.json", b"policy", b"{}"),
        added("records.jsonl", b"zNote", b'"REJECTED"'),
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
