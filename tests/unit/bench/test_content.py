"""The figures about a folder's files are counted by type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.content import main
from tests.unit.adapters.content.crafted import pdf, word


def test_files_are_counted_by_type_with_what_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, details = tmp_path / "files", tmp_path / "details.json"
    (folder / "in it").mkdir(parents=True)
    (folder / "a.docx").write_bytes(word(word__vbaProject_bin=b""))
    (folder / "in it" / "again.docx").write_bytes(word(word__vbaProject_bin=b""))
    (folder / "in it" / "b.docx").write_bytes(pdf())

    assert main([str(folder), "--details", str(details)]) == 0

    row = next(line for line in capsys.readouterr().out.splitlines() if ".docx" in line)
    assert [cell.strip() for cell in row.split("│")[1:5]] == [".docx", "2", "1 (50.0%)", "0"]
    lines = [json.loads(line) for line in details.read_text().splitlines()]
    assert {line["name"]: [kind for kind, _ in line["findings"]] for line in lines} == {
        "a.docx": ["macros"],
        "in it/b.docx": ["type_mismatch"],
    }
    assert all(line["ms"] > 0 for line in lines)
