"""requirements-dev.txt pins what the pyproject.toml files require, requirements.txt the deployed app's part of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.infra.bicep import INFRA

ROOT: Final = INFRA.parent
RUN: Final = "run make lock"


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashed: bool
    direct: bool
    """Whether a pyproject.toml names it, according to the lock."""

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")

    def applies(self, python: str) -> bool:
        return applies(self.requirement, python)


def applies(requirement: Requirement, python: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"})


def pins(file: str) -> list[Pin]:
    text = (ROOT / file).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    return [
        Pin(Requirement(re.split(r" \\\n", block)[0]), "--hash=sha256:" in block, "pyproject.toml" in block)
        for block in blocks
    ]


def project(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


PROJECT: Final = project("pyproject.toml")["project"]
EXTRAS: Final = PROJECT["optional-dependencies"]
APP: Final = [Requirement(line) for line in (*PROJECT["dependencies"], *EXTRAS["app"], *EXTRAS["vault"])]
CLI: Final = [Requirement(line) for line in EXTRAS["cli"]]
TOOLS: Final = [Requirement(line) for line in project("pyproject.toml")["dependency-groups"]["dev"]]
DEVHOST: Final = [Requirement(line) for line in project("devhost/pyproject.toml")["project"]["dependencies"]]
LOCK: Final = pins("requirements-dev.txt")
DEPLOYED: Final = pins("requirements.txt")


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_what_is_asked_for_is_pinned_within_its_bounds(python: str) -> None:
    pinned = {pin.name: pin.version for pin in LOCK if pin.applies(python)}

    for wanted in [*APP, *CLI, *TOOLS, *DEVHOST]:
        if applies(wanted, python):
            version = pinned.get(canonicalize_name(wanted.name))
            assert version and wanted.specifier.contains(version), f"{wanted}, pinned: {version}; {RUN}"


def test_what_nobody_asks_for_any_more_is_not_pinned() -> None:
    wanted = {canonicalize_name(requirement.name) for requirement in [*APP, *CLI, *TOOLS, *DEVHOST]}

    assert {pin.name for pin in LOCK if pin.direct} == wanted, RUN


def test_the_deployed_app_has_the_versions_of_the_lock() -> None:
    locked = {(pin.name, pin.version) for pin in LOCK}
    names = {pin.name for pin in DEPLOYED}

    assert {(pin.name, pin.version) for pin in DEPLOYED} <= locked, RUN
    assert {canonicalize_name(wanted.name) for wanted in APP if applies(wanted, "3.12")} <= names, RUN


def test_what_only_the_command_line_needs_is_not_deployed() -> None:
    of_app = {canonicalize_name(Requirement(line).name) for line in EXTRAS["app"]}
    of_command_alone = {canonicalize_name(wanted.name) for wanted in CLI} - of_app

    assert of_command_alone
    assert not of_command_alone & {pin.name for pin in DEPLOYED}


def test_every_pin_has_a_hash_and_no_file_names_a_registry() -> None:
    for file, found in (("requirements-dev.txt", LOCK), ("requirements.txt", DEPLOYED)):
        assert found and all(pin.hashed for pin in found), file
        assert "://" not in (ROOT / file).read_text(encoding="utf-8"), file
