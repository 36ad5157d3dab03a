"""Builds the deployment package: what .funcignore names of the project, as a ZIP that is the same for the same files.

    python infra/package.py build/app.zip [--durable-backend scheduler]

`azd deploy` makes the same selection; this one is for `--from-package`, for `az functionapp deployment source
config-zip`, and for the Durable Task Scheduler: the platform's scale controller reads the backend from the packaged
host.json alone (Azure/azure-functions-host, FunctionsSyncManager), so a setting could not choose it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pathspec import GitIgnoreSpec

ROOT: Final = Path(__file__).resolve().parent.parent
CONNECTION: Final = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"
# Of a JSON Web Key: RFC 7518, 6.2.2, 6.3.2 and 6.4.1.
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can name


class PrivateKeyError(Exception):
    """A file to be packaged holds a private key."""


def files(root: Path) -> Iterator[str]:
    """List what is deployed, as paths relative to the project, in order."""
    ignored = GitIgnoreSpec.from_lines((root / ".funcignore").read_text(encoding="utf-8").splitlines())
    yield from sorted(ignored.match_tree_files(root, negate=True, follow_links=False))


def host_json(root: Path, durable_backend: str) -> str:
    """host.json for a backend: `azureStorage` as it is in the project, or `scheduler`."""
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
    """Write the package; returns what is in it. Raises PrivateKeyError before anything is written."""
    names = list(files(root))
    for name in names:
        refuse_private_key(name, (root / name).read_bytes())
    package.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            content = host_json(root, durable_backend).encode() if name == "host.json" else (root / name).read_bytes()
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return names


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Build the deployment package.")
    arguments.add_argument("package", type=Path)
    arguments.add_argument("--durable-backend", choices=("azureStorage", "scheduler"), default="azureStorage")
    chosen = arguments.parse_args()
    try:
        written = build(ROOT, chosen.package, chosen.durable_backend)
    except PrivateKeyError as error:
        sys.exit(f"Error: {error}")
    print(f"{chosen.package}: {len(written)} files, {chosen.package.stat().st_size // 1024} KiB")
