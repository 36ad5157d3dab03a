"""The findings of `devhost doctor` on the process: its disk and what runs too long."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from devhost.diagnosis.process import disk_findings, function_findings


def test_a_disk_with_room_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200 * 1024**2))
    assert list(disk_findings(tmp_path)) == []


def test_a_disk_that_is_nearly_full_is_found_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3 * 1024**2))
    (found,) = disk_findings(tmp_path)
    assert (found.severity, "only 3 MiB are free" in found.problem) == ("stuck", True)


def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=200 * 1024**2))
    (found,) = disk_findings(tmp_path)
    assert found.problem == f"{tmp_path} cannot be written"


def test_a_function_that_runs_long_is_named_and_others_are_not() -> None:
    now = time.monotonic()
    (found,) = function_findings([("quick", now - 5), ("endless", now - 90)])
    assert (found.severity, found.where) == ("stuck", "function endless")
    assert found.problem.startswith("has been running for 90 s")
