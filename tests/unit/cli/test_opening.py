"""A document under review is opened only if that cannot run it, and lies where nobody else can read it."""

from __future__ import annotations

import stat
import sys
import tempfile
from pathlib import Path

import pytest

from cli.documents.opening import open_file, private_file
from cli.failures import CommandError


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in the place of the system's, and return the file into which it writes what it was given."""
    monkeypatch.setattr(sys, "platform", "linux")
    said = tmp_path / "said"
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {said}\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return said


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("reports/annual report.pdf", "annual report.pdf"),
        ("-rf.pdf", "document.pdf"),
        (".hidden.TXT", "document.txt"),
        ("con.docx", "document.docx"),
        ("a\u202efdp.exe", "document.exe"),
        ("x.p\u200bdf", "document"),
    ],
)
def test_the_file_is_private_and_its_name_is_safe(document: str, name: str) -> None:
    file = private_file(document)
    assert file.name == name
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_kind_that_is_only_shown_is_opened(opener: Path, tmp_path: Path) -> None:
    file = tmp_path / "annual report.PDF"
    assert open_file(file)
    assert opener.read_text() == str(file)


@pytest.mark.parametrize("name", ["setup.exe", "a.desktop", "page.html", "picture.svg", "run.js", "README"])
def test_what_could_run_is_not_opened(name: str, opener: Path, tmp_path: Path) -> None:
    assert not open_file(tmp_path / name)
    assert not opener.exists()


def test_no_program_or_one_that_fails_opens_nothing(opener: Path, tmp_path: Path) -> None:
    (tmp_path / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
    assert not open_file(tmp_path / "a.pdf")
    (tmp_path / "xdg-open").write_bytes(b"\x7fELF")
    with pytest.raises(CommandError, match="cannot be opened"):
        open_file(tmp_path / "a.pdf")
    (tmp_path / "xdg-open").unlink()
    assert not open_file(tmp_path / "a.pdf")
