"""Which files can be submitted, under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.documents.submitted_files import submitted_files
from cli.failures import CommandError, ExitCode


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7")
    return file


def refusal(paths: list[Path], name: str | None = None) -> CommandError:
    with pytest.raises(CommandError) as refused:
        submitted_files(paths, name)
    return refused.value


def test_a_file_keeps_its_name_and_its_type_is_known_by_it(report: Path):
    [file] = submitted_files([report], None)
    assert (file.name, file.content_type) == ("report.pdf", "application/pdf")


def test_another_name_decides_on_the_type(report: Path):
    [file] = submitted_files([report], "legal/Ünterlagen 2026.txt")
    assert (file.name, file.content_type) == ("legal/Ünterlagen 2026.txt", "text/plain")


def test_an_unknown_type_is_any_bytes(report: Path):
    assert submitted_files([report], "README")[0].content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("x" * 1025, "1024"),
        ("a\nb.txt", "U+000A"),
        ("half\udc80.txt", "no character"),
        ("\ufffe.pdf", "U+FFFE"),
        ("a\U0001ffff.pdf", "U+1FFFF"),
        ("\ufdd0.pdf", "U+FDD0"),
        ("a\u0378.pdf", "U+0378"),
        ("\x85.pdf", "U+0085"),
        ("/a.txt", "only dots"),
        ("a//b.txt", "only dots"),
        ("a/../b.txt", "only dots"),
        ("..", "only dots"),
        ("a/", "only dots"),
        ("a.", "dot at the end"),
        ("a./b", "dot at the end"),
        ("a\\\\b", "only dots"),
    ],
)
def test_names_that_storage_would_change_are_refused(report: Path, name: str, why: str):
    refused = refusal([report], name)
    assert why in str(refused)
    assert refused.code is ExitCode.USAGE


def test_a_backslash_is_a_slash_as_storage_has_it(report: Path):
    [file] = submitted_files([report], "contracts\\acme.pdf")
    assert file.name == "contracts/acme.pdf"


def test_a_directory_is_refused(tmp_path: Path):
    assert "is a folder" in str(refusal([tmp_path]))


def test_a_missing_file_is_not_found_before_anything_is_uploaded(report: Path, tmp_path: Path):
    assert refusal([report, tmp_path / "nothing.pdf"]).code is ExitCode.NOT_FOUND


def test_one_name_for_several_files_is_refused(report: Path, tmp_path: Path):
    other = tmp_path / "other.txt"
    other.touch()
    assert "--name" in str(refusal([report, other], "both.pdf"))


def test_files_of_the_same_name_are_refused(report: Path, tmp_path: Path):
    namesake = tmp_path / "elsewhere" / report.name
    namesake.parent.mkdir()
    namesake.touch()
    assert "submit them one by one" in str(refusal([report, namesake]))


class TestFolders:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "board"
        for name in ("b.txt", "minutes/a.txt", ".git/config", ".hidden", "Thumbs.db", "~$b.docx"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("text")
        return folder

    def test_the_documents_in_a_folder_have_names_that_begin_with_its_own(
        self, folder: Path, report: Path, monkeypatch: pytest.MonkeyPatch
    ):
        files = submitted_files([folder, report], None, recursive=True)
        assert [file.name for file in files] == ["board/b.txt", "board/minutes/a.txt", "report.pdf"]
        monkeypatch.chdir(folder)
        assert submitted_files([Path()], None, recursive=True)[0].name == "board/b.txt"

    def test_a_folder_is_not_taken_for_a_file(self, folder: Path):
        assert "with -r" in str(refusal([folder]))
        with pytest.raises(CommandError, match="single file"):
            submitted_files([folder], "x", recursive=True)

    def test_a_folder_without_documents_is_refused(self, tmp_path: Path):
        with pytest.raises(CommandError, match="no documents"):
            submitted_files([tmp_path], None, recursive=True)
