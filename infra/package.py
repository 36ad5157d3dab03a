"""Builds the deployment package: what .funcignore names of the project, as a folder or as a ZIP.

    python infra/package.py build/app.zip [--durable-backend scheduler]
    python infra/package.py build/app [--durable-backend scheduler]

The ZIP is the same for the same files; it is for `azd deploy --from-package` and `az functionapp deployment source
config-zip`. The folder is what azd packages: a hook of azure.yaml makes it. Both have the host.json of their backend,
because the platform's scale controller reads the backend there alone (Azure/azure-functions-host,
FunctionsSyncManager), so a setting could not choose it. Needs Python alone: the hook runs before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECTION: Final = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"
# Of a JSON Web Key: RFC 7518, 6.2.2, 6.3.2 and 6.4.1.
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can name


class PrivateKeyError(Exception):
    """A file to be packaged holds a private key."""


def files(root: Path) -> Iterator[str]:
    """List what is deployed, as paths relative to the project, in order. Raises ValueError for an unknown pattern."""
    lines = (root / ".funcignore").read_text(encoding="utf-8").splitlines()
    first, *named = (line for line in lines if line and not line.startswith("#"))
    if first != "*" or not all(pattern.startswith("!/") for pattern in named):
        raise ValueError(".funcignore: expected `*`, and then only lines that begin with `!/`")
    wanted = re.compile("|".join(_expression(pattern[2:]) for pattern in named if not pattern.endswith("/")))
    folders = {pattern.split("/")[1] for pattern in named if pattern.count("/") > 1}
    found = [*root.iterdir(), *(path for folder in folders for path in (root / folder).rglob("*"))]
    names = (path.relative_to(root).as_posix() for path in found if path.is_file())
    yield from sorted(name for name in names if wanted.fullmatch(name))


def _expression(pattern: str) -> str:
    """Return a pattern of .funcignore as a regular expression: `**/` is any folders, `*` text without a slash."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return "".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*)", pattern))


def host_json(root: Path, durable_backend: str) -> str:
    """Return host.json for a backend: `azureStorage` as it is in the project, or `scheduler`."""
    text = (root / "host.json").read_text(encoding="utf-8")
    if durable_backend == "azureStorage":
        return text
    content: dict[str, Any] = json.loads(text)
    content["extensions"]["durableTask"]["storageProvider"] = {
        "type": "azureManaged",
        "connectionStringName": CONNECTION,
    }
    return json.dumps(content, indent=2) + "\n"


def refuse_private_key(name: str, content: bytes) -> None:
    """Raise PrivateKeyError if a file holds a private key: a JSON object with the member `d`, or PEM."""
    if not name.endswith(".py") and re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", content):
        raise PrivateKeyError(f"{name} holds a private key; move it out of the project")
    if name.endswith(".json"):
        try:
            json.loads(content, object_pairs_hook=_public_object)
        except PrivateKeyError as error:
            raise PrivateKeyError(f"{name} holds {error}; move the key out of the project") from error
        except ValueError as error:
            raise PrivateKeyError(f"{name} may hold a private key: it is not JSON ({error})") from error


def _public_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {name for name, _ in pairs} & PRIVATE_MEMBERS
    if found:
        raise PrivateKeyError(f"the member {min(found)} of a private key")
    return dict(pairs)


def build(root: Path, package: Path, durable_backend: str = "azureStorage") -> list[str]:
    """Write the package, as a ZIP if its name ends so, else as a folder; returns what is in it.

    Raises PrivateKeyError before anything is written.
    """
    contents = {name: (root / name).read_bytes() for name in files(root)}
    for name, content in contents.items():
        refuse_private_key(name, content)
    if "host.json" in contents:
        contents["host.json"] = host_json(root, durable_backend).encode()
    package.parent.mkdir(parents=True, exist_ok=True)
    if package.suffix == ".zip":
        _write_zip(package, contents)
    else:
        _write_folder(package, contents)
    return list(contents)


def _write_zip(package: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)


def _write_folder(package: Path, contents: dict[str, bytes]) -> None:
    shutil.rmtree(package, ignore_errors=True)
    for name, content in contents.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(content)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Build the deployment package.")
    arguments.add_argument("package", type=Path)
    arguments.add_argument("--durable-backend", choices=("azureStorage", "scheduler"), default="azureStorage")
    chosen = arguments.parse_args()
    try:
        written = build(ROOT, chosen.package, chosen.durable_backend)
    except PrivateKeyError as error:
        sys.exit(f"Error: {error}")
    print(f"{chosen.package}: {len(written)} files")
