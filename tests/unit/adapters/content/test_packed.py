"""What is found in archives and compressed files other than ZIP, and in programs alone or in archives."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc

import pytest

from adapters.content.search import MEBIBYTE
from tests.unit.adapters.content.crafted import archive, with_password, word
from tests.unit.adapters.content.crafted_compound import compound
from tests.unit.adapters.content.findings import kinds

DOCM = word(word__vbaProject_bin=b"")
PROGRAM = b"MZ" + bytes(200)
NOT_INSPECTED = {"not_inspected"}


def tar(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form) as opened:
        for name, file in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(file)
            opened.addfile(member, io.BytesIO(file))
    return content.getvalue()


def old_tar(files: dict[str, bytes]) -> bytes:
    """Return a tar archive without a mark, as it was before 1988."""
    content = bytearray(tar(files, tarfile.USTAR_FORMAT))
    content[257:265] = bytes(8)
    content[148:156] = b"        "
    content[148:156] = b"%06o\0 " % sum(content[:512])
    return bytes(content)


def rar_4(flags: int) -> bytes:
    """Return a RAR archive with a file."""
    head = struct.pack("<HBHH", 0, 0x73, 0, 13) + bytes(6)
    return b"Rar!\x1a\x07\0" + head + struct.pack("<HBHHI", 0, 0x74, flags, 32, 4) + bytes(21) + b"data"


def rar_5(*headers: bytes) -> bytes:
    """Return a RAR archive of the newer form."""
    return b"Rar!\x1a\x07\x01\0" + b"".join(bytes(4) + bytes([len(each)]) + each for each in headers)


def seven_zip(header: bytes, packed: bytes = b"") -> bytes:
    """Return a 7-Zip archive."""
    return b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", len(packed), len(header), 0) + packed + header


AES = bytes.fromhex("2406f10701")
CHAIN = [{"id": lzma.FILTER_LZMA1, "dict_size": 4096, "lc": 3, "lp": 0, "pb": 2}]
PACKED = lzma.compress(b"\1\4\6\0" + AES + bytes(80), lzma.FORMAT_RAW, filters=CHAIN)
PLAIN = lzma.compress(b"\1\4\6\0" + bytes(80), lzma.FORMAT_RAW, filters=CHAIN)


def encoded(packed: bytes) -> bytes:
    """Return a 7-Zip archive whose header is compressed."""
    head = b"\x17\6\0\1\x09" + bytes([len(packed)]) + b"\0\7\x0b\1\0\1\x23\3\1\1\x05\x5d" + struct.pack("<I", 4096)
    return seven_zip(head + b"\x0c\x58\0\0", packed)


FOUND = {
    "a.tar": (tar({"a.docm": DOCM}), {"macros"}),
    "old.tar": (old_tar({"a.docm": DOCM}), {"macros"}),
    "long names.tar": (tar({"x" * 300: b"", "a": DOCM}, tarfile.GNU_FORMAT), {"macros"}),
    "within.zip": (archive({"a.tar": tar({"a.docm": DOCM})}), {"macros"}),
    "zip within.tar": (tar({"a.zip": archive({"a.docm": DOCM})}), {"macros"}),
    "a.tgz": (gzip.compress(tar({"b": b"", "a.docm": DOCM})), {"macros"}),
    "a.tar.bz2": (bz2.compress(tar({"a.docm": DOCM})), {"macros"}),
    "a.tar.xz": (lzma.compress(tar({"a.docm": DOCM})), {"macros"}),
    "a.docm.gz": (gzip.compress(DOCM), {"macros"}),
    "second part.gz": (gzip.compress(b"x" * 100) + gzip.compress(b"y"), set[str]()),
    "document behind a large file.tgz": (
        gzip.compress(tar({"a": b"\1\2" * 5 * MEBIBYTE, "a.docm": DOCM}), 1),
        {"archive_bomb"},
    ),
    "bomb.gz": (gzip.compress(bytes(11 * MEBIBYTE)), {"archive_bomb"}),
    "bomb.bz2": (bz2.compress(bytes(11 * MEBIBYTE)), {"archive_bomb"}),
    "bomb.xz": (lzma.compress(bytes(11 * MEBIBYTE)), {"archive_bomb"}),
    "bomb.tar": (tar({"a.gz": gzip.compress(gzip.compress(bytes(11 * MEBIBYTE)))}), {"archive_bomb"}),
    "password.tar": (tar({"a.zip": with_password(archive({"a.txt": b"a"}))}), {"encrypted"}),
    "cut.gz": (gzip.compress(DOCM)[:-40], NOT_INSPECTED),
    "cut.tar": (tar({"a.docm": DOCM})[:700], NOT_INSPECTED),
    "program.tar": (tar({"a.txt": PROGRAM}), {"executable", "misleading_name"}),
    "names.tar": (tar({"invoice.pdf.lnk": b"", "a\u202etxt.exe": b""}), {"executable", "misleading_name"}),
    "a.rar": (rar_4(0x8000), NOT_INSPECTED),
    "password.rar": (rar_4(0x8004), {"encrypted", *NOT_INSPECTED}),
    "b.rar": (rar_5(b"\1\0\0", b"\2\0\0"), NOT_INSPECTED),
    "password for names, too.rar": (rar_5(b"\4\0\0"), {"encrypted", *NOT_INSPECTED}),
    "password of files.rar": (rar_5(b"\1\0\0", b"\2\1\3\0\2\1\0"), {"encrypted", *NOT_INSPECTED}),
    "a.7z": (seven_zip(b"\1\4\6\0"), NOT_INSPECTED),
    "header.7z": (encoded(PLAIN), NOT_INSPECTED),
    "password.7z": (encoded(PACKED), {"encrypted", *NOT_INSPECTED}),
    "password for names.7z": (seven_zip(b"\x17\6\0\1\x09\x08\0\7\x0b\1\0\1" + AES), {"encrypted", *NOT_INSPECTED}),
}
OTHERS = {
    "a.iso": bytes(0x8001) + b"CD001\1" + bytes(99),
    "a.vhd": bytes(2048) + b"conectix" + bytes(504),
    "a.dmg": bytes(2048) + b"koly" + bytes(508),
    "a.cpio": b"070701" + b"0" * 104,
    "old.cpio": b"070707" + b"0" * 70,
    "a.Z": b"\x1f\x9d\x90abc",
    "a.lz4": b"\x04\x22\x4d\x18\x64\x40",
    "a.lz": b"LZIP\1\x0c",
    "a.lzh": b"\x20\0-lh5-" + bytes(20),
    "a.ace": bytes(7) + b"**ACE**" + bytes(10),
    "a.arj": b"\x60\xea\x2b\0\x22\x0b\1" + bytes(40),
    "old.rar": b"RE~^" + bytes(10),
    "a.zst": b"\x28\xb5\x2f\xfd\4\0",
    "a.cab": b"MSCF\0\0\0\0" + bytes(30),
    "a.lzma": b"\x5d\0\0\x80\0" + b"\xff" * 8 + bytes(9),
    "a.vhdx": b"vhdxfile" + bytes(99),
    "a.ar": b"!<arch>\na.o/",
    "a.wim": b"MSWIM\0\0\0" + bytes(99),
    "a.xar": b"xar!\0\x1c\0\1" + bytes(20),
}
PROGRAMS = {
    "a.exe": PROGRAM,
    "a.dat": b"\x7fELF" + bytes(60),
    "letter": b"\xcf\xfa\xed\xfe" + bytes(28),
    "a.class": b"\xca\xfe\xba\xbe\0\0\0\x34",
    "a.lnk": bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(60),
    "a.chm": b"ITSF\3\0\0\0",
    "a.msi": compound({"a": b"x"}, class_id=bytes.fromhex("84100c0000000000c000000000000046")),
    "a.jar": archive({"META-INF/MANIFEST.MF": b"x", "a.class": b"x"}),
    "a.apk": archive({"META-INF/MANIFEST.MF": b"x", "classes.dex": b"x"}),
    "a.vbs": b"MsgBox 1",
    "a.js ": b"alert(1)",
    "A.HTA": b"text",
    "run": b"#!/bin/sh\n",
    "wide": "\ufeff[InternetShortcut]\r\nURL=x".encode("utf-16-le"),
    "keys": b"Windows Registry Editor Version 5.00\r\n",
    "page.txt": b"<html><head><HTA:APPLICATION icon=x>",
    "encoded.txt": b"#@~^DgAAAA==",
    "commands.txt": b"@echo off\r\ndel *",
}
NO_PROGRAMS = {
    "a.csv": b"MZ;AA\r\n1;2\r\n",
    "a.md": b"#! is how scripts begin",
    "a.txt": b"[section]\na=b",
    "exe": b"a",
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_packed_is_looked_into(name: str) -> None:
    content, expected = FOUND[name]

    assert kinds(content, name) == expected


@pytest.mark.parametrize("name", OTHERS)
def test_other_archives_are_told_alone_and_in_an_archive(name: str) -> None:
    assert kinds(OTHERS[name], name) == NOT_INSPECTED
    assert kinds(archive({name: OTHERS[name]}), "a.zip") == NOT_INSPECTED


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_told_alone_and_in_an_archive(name: str) -> None:
    assert "executable" in kinds(PROGRAMS[name], name)
    assert "executable" in kinds(archive({name: PROGRAMS[name]}), "a.zip")
    assert "executable" in kinds(tar({name: PROGRAMS[name]}), "a.tar")


@pytest.mark.parametrize("name", NO_PROGRAMS)
def test_what_only_looks_like_one_is_not(name: str) -> None:
    assert "executable" not in kinds(NO_PROGRAMS[name], name)


def test_the_name_of_a_program_is_told_though_the_archive_needs_a_password() -> None:
    assert kinds(with_password(archive({"a.exe": b"x"})), "a.zip") == {"encrypted", "executable"}


def test_a_packed_bomb_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        for name in ("bomb.gz", "bomb.bz2", "bomb.xz", "bomb.tar", "document behind a large file.tgz"):
            kinds(FOUND[name][0], name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 32 * MEBIBYTE
