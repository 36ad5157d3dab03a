"""The packages that devhost shares with the app: an app's requirements may have replaced them by other versions."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, requires, version

from devhost.errors import StartError

_REQUIREMENT = re.compile(r'([\w.-]+)(\S*?)(?:; python_version (<|>=) "(\d+)\.(\d+)")?')
_BOUND = re.compile(r"(<|>=)([\d.]+)")
_HOLDS = {"<": operator.lt, ">=": operator.ge}


def check_packages(wanted: Iterable[str] | None = None, version_of: Callable[[str], str] = version) -> None:
    """Raise StartError naming each package whose installed version is not one that devhost can work with."""
    wrong = dict[str, str]()
    for text in _own_requirements() if wanted is None else wanted:
        requirement = _REQUIREMENT.fullmatch(text)
        if requirement and _is_for_this_python(requirement):
            name, range_ = requirement[1], requirement[2]
            installed = version_of(name)
            if not all(_HOLDS[sign](_parts(installed), _parts(bound)) for sign, bound in _BOUND.findall(range_)):
                wrong[f'"{name}{range_}"'] = f"{name} {installed} is installed, but devhost needs {range_}."
    if wrong:
        remedy = f"Azure brings its own, so the app's pin is not needed there. Run: pip install {' '.join(wrong)}"
        raise StartError("\n".join([*wrong.values(), remedy]))


def _own_requirements() -> list[str]:
    try:
        return requires("devhost") or []
    except PackageNotFoundError:  # run from its sources
        return []


def _is_for_this_python(requirement: re.Match[str]) -> bool:
    sign, major, minor = requirement.groups()[2:]
    return not sign or _HOLDS[sign](sys.version_info[:2], (int(major), int(minor)))


def _parts(release: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", release)[:3]]
