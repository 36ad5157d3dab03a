"""What import-linter cannot check over several root packages: the layers are complete. And no folder is too full."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The orchestrators have a contract of their own; the others are not part of the app.
OUTSIDE_THE_LAYERS = {"orchestrators", "local", "bench", "tests"}
MOST_MODULES = 20


def layers() -> set[str]:
    """Return the packages in the app's contract of layers."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [app] = [each for each in contracts if each["type"] == "layers" and "containers" not in each]
    return {package.strip() for layer in app["layers"] for package in layer.split("|")}


def test_every_package_has_a_layer_or_stands_outside_for_a_reason() -> None:
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert packages == layers() | OUTSIDE_THE_LAYERS
    assert not layers() & OUTSIDE_THE_LAYERS


def test_a_folder_holds_at_most_twenty_modules() -> None:
    roots = [file.parent for file in ROOT.glob("*/__init__.py")] + [ROOT / "devhost/src", ROOT / "devhost/tests"]
    folders = {module.parent for root in roots for module in root.rglob("*.py")}
    modules = {
        str(folder.relative_to(ROOT)): sum(1 for module in folder.glob("*.py") if module.name != "__init__.py")
        for folder in folders
    }

    assert {folder: count for folder, count in modules.items() if count > MOST_MODULES} == {}
