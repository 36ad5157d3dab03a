"""`make demo` ends as expected, draws the picture in the README, and stops at once if it is interrupted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from local.stack.devhost_process import PROJECT
from local.stack.eventually import PATIENCE


def _words(picture: str) -> list[str]:
    """Return the picture's text without event ids and seconds, which differ from run to run."""
    elements = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 our own file
    text = " ".join(element.text or "" for element in elements)
    return re.sub(r"\b[0-9a-f]{8}\b|\b\d+(?=\s+s:)", "", text.replace("\xa0", " ")).split()


def test_the_demo_ends_as_expected_and_draws_the_picture_in_the_readme(tmp_path: Path) -> None:
    picture = tmp_path / "demo.svg"
    ended = subprocess.run(  # noqa: S603 our own program
        [sys.executable, "-m", "local.demo", "--svg", picture], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr

    drawn, committed = picture.read_text(encoding="utf-8"), (PROJECT / "docs/demo.svg").read_text(encoding="utf-8")

    assert _words(drawn) == _words(committed)
    for svg in (drawn, committed):
        assert not re.search(r"href|@import|url\((?!#demo-)", svg)
        assert re.findall(r"\w+://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
        assert str(PROJECT) not in svg


def _running_on(folder: Path) -> list[str]:
    """Return the command lines that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            found.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if str(folder) in line]


@pytest.mark.parametrize(
    ("moment", "to_all"),
    [("Starting storage", False), ("Sam puts six documents", True)],
    ids=["while the stack starts", "while documents travel, as a terminal does"],
)
def test_ctrl_c_ends_the_demo_with_one_line_and_leaves_nothing(moment: str, to_all: bool, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "local.demo"],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout
        assert any(moment in line for line in demo.stdout)
        (os.killpg if to_all else os.kill)(demo.pid, signal.SIGINT)
        try:
            _, said = demo.communicate(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):  # it has ended, as it must
                os.killpg(demo.pid, signal.SIGKILL)

    assert (demo.returncode, said) == (130, "Interrupted. Nothing is left running.\n")
    assert _running_on(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_help_is_shown_and_nothing_started() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "local.demo", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "six documents" in shown.stdout
