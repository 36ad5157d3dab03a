"""`make demo` ends as expected, and the picture in the README is the one that it draws."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from local.stack.devhost_process import PROJECT


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
