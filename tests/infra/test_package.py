"""The deployment package holds the app and nothing else, and the app loads from it with what it pins."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from infra.package import CONNECTION, ROOT, build
from tests.infra.app import functions
from tests.infra.app_settings import environment, set_on_azure
from tests.infra.bicep import main

PACKAGES: Final = {
    "activities",
    "adapters",
    "compliance",
    "contracts",
    "evidence",
    "orchestrators",
    "policies",
    "reviews",
    "triggers",
}
FILES: Final = {"function_app.py", "host.json", "requirements.txt"}
# As the worker does: import the app in its folder, ask it for its functions.
INDEX: Final = (
    "import json, function_app as f; print(json.dumps([x.get_function_name() for x in f.app.get_functions()]))"
)


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.lstrip().startswith("#"))


def python_of_pins() -> str:
    match = re.search(r"uv pip compile .*--python-version (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert match, "the Makefile does not say for which Python it pins"
    return match[1]


def test_dependencies_are_pinned_for_the_python_that_runs_on_azure() -> None:
    site = next(r for _, r in main().deployed() if r.type == "Microsoft.Web/sites")

    assert site.properties["functionAppConfig"]["runtime"] == {"name": "python", "version": python_of_pins()}


def test_the_package_is_the_app_and_nothing_else(tmp_path: Path) -> None:
    names = build(ROOT, tmp_path / "app.zip")

    assert {name.partition("/")[0] for name in names} == PACKAGES | FILES
    assert {Path(name).suffix for name in names} == {".py", ".json", ".yaml", ".txt"}


def test_the_same_files_make_the_same_package(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "one.zip")
    build(ROOT, tmp_path / "other.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_the_scheduler_is_chosen_in_the_package_and_nothing_else_differs(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "app.zip", "scheduler")
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        packaged = json.loads(package.read("host.json"))
    ordinary = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))

    durable = packaged["extensions"]["durableTask"]
    assert durable.pop("storageProvider") == {"type": "azureManaged", "connectionStringName": CONNECTION}
    del ordinary["extensions"]["durableTask"]["storageProvider"]
    assert packaged == ordinary
    assert CONNECTION in set_on_azure(durableBackend="scheduler")


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pins()

    for requirement in map(Requirement, project["dependencies"]):
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python_of_pins()}):
            assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the pins are for Python 3.12; some packages need others later")
def test_the_app_loads_from_the_package_in_a_clean_environment(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "app.zip")
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extractall(tmp_path / "app")
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]

    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)  # noqa: S603 our own
    subprocess.run(install, cwd=tmp_path / "app", check=True)  # noqa: S603 our own
    indexed = subprocess.run(  # noqa: S603 our own
        [python, "-c", INDEX],
        cwd=tmp_path / "app",
        env=environment(set_on_azure()),
        check=True,
        capture_output=True,
        text=True,
    )

    assert set(json.loads(indexed.stdout)) == set(functions())
