"""Virtual environments with what a test requires and nothing else, made by uv, which needs a tenth of pip's time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

UV: Final = Path(sys.executable).with_name("uv")


def make_environment(folder: Path, *wanted: str | Path) -> Path:
    """Make an environment with packages, as `uv pip install` takes them. Return its folder of programs."""
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    _run("venv", "--python", sys.executable, folder)
    _run("pip", "install", "--python", programs / "python", *wanted)
    return programs


def build_wheel(project: Path, folder: Path) -> Path:
    """Build a project's wheel with the packages that are installed here."""
    _run("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, project)
    [built] = folder.glob("*.whl")
    return built


def _run(*arguments: str | Path) -> None:
    subprocess.run([UV, *arguments, "--quiet"], check=True)  # noqa: S603 our own
