"""The deployment package holds the app and nothing else, and the app loads from it with what it pins."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import pytest
import yaml
from packaging.requirements import Requirement
from pathspec import GitIgnoreSpec

from infra.package import CONNECTION, ROOT, PrivateKeyError, build, files, host_json
from tests.infra.app import functions
from tests.infra.app_settings import environment, set_on_azure
from tests.infra.bicep import main
from tests.infra.clean_environment import make_environment
from tests.signing_keys import key_set_text, signer

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# What an installation holds, except the command line; and the policies, which are no code.
FOLDERS: Final = {package.rstrip("*") for package in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]} - {
    "cli"
} | {"policies"}
FILES: Final = {"function_app.py", "host.json", "requirements.txt"}
# What the manual makes, what tools leave and what a person might keep here.
PRIVATE: Final = (
    ".azure/prod/.env",
    ".env",
    ".venv/lib/module.py",
    "adapters/secrets.json",
    "ana.json",
    "build/app.zip",
    "cli/main.py",
    "compliance/.env",
    "compliance/__pycache__/document.cpython-311.pyc",
    "compliance/document.pyc",
    "contracts/messages/signing.pem",
    "decide.py",
    "evidence/review.zip",
    "floor-plan.pdf",
    "keys.json",
    "local.settings.json",
    "local.settings.prod.json",
    "notes.txt",
    "policies/ana@example.com-1a2b3c4d.private.json",
    "policies/notes.txt",
    "policies/signing.pem",
    "private/ana@example.com-1a2b3c4d.private.json",
    "private/compliance/document.py",
    "private/keys.json",
    "review.zip",
    "signing.pem",
    "venv/lib/module.py",
)
# As the worker does: import the app in its folder, ask it for its functions.
INDEX: Final = (
    "import json, function_app as f; print(json.dumps([x.get_function_name() for x in f.app.get_functions()]))"
)


def python_of_pins() -> str:
    match = re.search(r"--python-version (\S+) --python-platform", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert match, "the Makefile does not say for which Python it pins"
    return match[1]


def test_dependencies_are_pinned_for_the_python_that_runs_on_azure() -> None:
    site = next(r for _, r in main().deployed() if r.type == "Microsoft.Web/sites")

    assert site.properties["functionAppConfig"]["runtime"] == {"name": "python", "version": python_of_pins()}


def test_the_package_is_the_app_and_nothing_else(tmp_path: Path) -> None:
    names = build(ROOT, tmp_path / "app.zip")

    assert {name.partition("/")[0] for name in names} == FOLDERS | FILES
    assert {Path(name).suffix for name in names if name not in FILES} == {
        ".py",
        ".yaml",
        ".txt",
        ".j2",
        ".css",
        ".js",
        ".svg",
    }


def test_what_else_lies_in_the_project_is_not_packaged(tmp_path: Path) -> None:
    before = build(ROOT, tmp_path / "app.zip")
    for name in [*before, ".funcignore"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in PRIVATE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("not for others")

    assert build(tmp_path, tmp_path / "again.zip") == before


@pytest.mark.parametrize(
    "content",
    [
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]}',
        '{"kty": "oct", "k": "AA"}',
        '{"d": 1, "keys": []}',
        '{"keys": [], "backup": [[{"d": "AA", "d": null}]]}',
        '{"keys": [',
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_private_key_is_refused_before_anything_is_written(content: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / ".funcignore", tmp_path)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "ana-keys.json").write_text(content)

    with pytest.raises(PrivateKeyError, match=r"policies/ana-keys\.json"):
        build(tmp_path, tmp_path / "build" / "app.zip")
    assert not (tmp_path / "build").exists()


def test_public_keys_are_packaged(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".funcignore", tmp_path)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "keys.json").write_text(key_set_text(signer("ana-1", "ana@example.org").jwk()))

    assert build(tmp_path, tmp_path / "app.zip") == ["policies/keys.json"]


def test_the_manual_makes_private_keys_outside_of_the_policies_folder() -> None:
    manual = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
    made_in = re.findall(r"keys new .* -o (\S+)", manual)
    policies = {str(Path(file).parent) for file in re.findall(r'POLICY_FILE="?([^" ]+)', manual)}
    sets = {str(Path(file).parent) for file in re.findall(r"keys (?:add|list|revoke) (\S+)", manual)}

    assert made_in and policies and sets
    assert {folder.replace("$HOME", "~") for folder in policies | sets}.isdisjoint(made_in)


def test_the_files_that_a_policy_names_are_packaged(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".funcignore", tmp_path)
    (tmp_path / "policies" / "sales").mkdir(parents=True)
    named = ["policies/keys.json", "policies/sales/company-holidays.txt", "policies/sales/sales-keys.json"]
    for name in named:
        (tmp_path / name).touch()

    assert list(files(tmp_path)) == named


def test_funcignore_means_to_us_what_it_means_to_azures_tools() -> None:
    ignored = GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text(encoding="utf-8").splitlines())
    deployed = FOLDERS | FILES | {"cli", "devhost/src", "tests/infra"}
    candidates = [
        path.relative_to(ROOT).as_posix()
        for top in deployed
        for path in ([ROOT / top] if (ROOT / top).is_file() else (ROOT / top).rglob("*"))
        if path.is_file()
    ]

    assert sorted(path for path in candidates if not ignored.match_file(path)) == list(files(ROOT))
    assert all(ignored.match_file(path) for path in PRIVATE)


@pytest.mark.parametrize("line", ["node_modules", "!host.json", "policies/*.yaml"])
def test_a_line_of_funcignore_that_we_would_read_otherwise_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / ".funcignore").write_text(f"*\n!/host.json\n{line}\n")

    with pytest.raises(ValueError, match=r"\.funcignore"):
        list(files(tmp_path))


def test_a_folder_holds_the_same_as_the_zip_and_nothing_from_before(tmp_path: Path) -> None:
    (tmp_path / "app" / "old").mkdir(parents=True)
    names = build(ROOT, tmp_path / "app.zip", "scheduler")

    assert build(ROOT, tmp_path / "app", "scheduler") == names
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        for name in names:
            assert (tmp_path / "app" / name).read_bytes() == package.read(name)
    assert not (tmp_path / "app" / "old").exists()


@pytest.mark.parametrize("service", ["app", "web"])
@pytest.mark.parametrize(("given", "backend"), [({}, "azureStorage"), ({"DURABLE_BACKEND": "scheduler"}, "scheduler")])
def test_azd_packages_for_the_backend_of_the_environment(
    service: str, given: dict[str, str], backend: str, tmp_path: Path
) -> None:
    """`azd up` packages before it provisions: a service hook makes the folder that `dist` names."""
    of_azd = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["services"][service]
    hook = of_azd["hooks"]["prepackage"]
    for name in [*files(ROOT), ".funcignore", "infra/package.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    clean = {"PATH": f"{Path(sys.base_prefix, 'bin')}:{os.environ['PATH']}", **given}
    subprocess.run(["sh", "-c", hook["posix"]["run"]], cwd=tmp_path, env=clean, check=True)  # noqa: S603, S607 our own

    host = (tmp_path / of_azd["dist"] / "host.json").read_text(encoding="utf-8")
    assert host == host_json(ROOT, backend)
    assert [hook[system]["shell"] for system in ("posix", "windows")] == ["sh", "pwsh"]
    assert f"infra/package.py {of_azd['dist']} --durable-backend" in hook["windows"]["run"]


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


def test_the_deployed_code_needs_nothing_that_only_the_command_line_needs() -> None:
    optional = PROJECT["project"]["optional-dependencies"]
    extras = {name: {Requirement(line).name for line in lines} for name, lines in optional.items()}
    unwanted = sorted(extras["cli"] - extras["app"])
    modules = [name.removesuffix(".py").replace("/", ".") for name in files(ROOT) if name.endswith(".py")]
    program = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({unwanted}))\n"  # None: an import of it fails
        f"for module in {modules}: importlib.import_module(module)\n"
        f"print(sys.modules.keys() & set({modules}) == set({modules}))"
    )

    done = subprocess.run(  # noqa: S603 our own
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(set_on_azure()),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "True\n", done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the pins are for Python 3.12; some packages need others later")
def test_the_app_loads_from_the_package_in_a_clean_environment(tmp_path: Path) -> None:
    build(ROOT, tmp_path / "app.zip")
    with zipfile.ZipFile(tmp_path / "app.zip") as package:
        package.extractall(tmp_path / "app")
    python = make_environment(tmp_path / "venv", "-r", tmp_path / "app" / "requirements.txt") / "python"

    indexed = subprocess.run(  # noqa: S603 our own
        [python, "-c", INDEX],
        cwd=tmp_path / "app",
        env=environment(set_on_azure()),
        check=True,
        capture_output=True,
        text=True,
    )

    assert set(json.loads(indexed.stdout)) == set(functions())
