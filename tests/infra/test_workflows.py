"""The workflows keep no secret, trust no moving tag, and always run what may be missing on a laptop."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, Final

import pytest
import yaml

from tests.infra.bicep import INFRA

ROOT: Final = INFRA.parent
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHECK: Final[dict[str, Any]] = yaml.safe_load((WORKFLOWS[0].parent / "check.yml").read_text(encoding="utf-8"))
DEPLOY: Final[dict[Any, Any]] = yaml.safe_load((WORKFLOWS[0].parent / "deploy.yml").read_text(encoding="utf-8"))
# GitHub's own rule: 40 hexadecimal digits, with the release beside it for people.
PINNED: Final = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Any) -> None:
    used = re.findall(r"uses: (.+)$", workflow.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [action for action in used if not PINNED.fullmatch(action) and not is_ours(action)] == []


def is_ours(workflow: str) -> bool:
    return workflow.startswith("./") and ROOT / workflow in WORKFLOWS


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_no_secret_is_read(workflow: Any) -> None:
    text = workflow.read_text(encoding="utf-8")

    assert "secrets." not in text and "client-secret" not in text


JOBS: Final[dict[str, dict[str, Any]]] = {
    f"{workflow}/{name}": job
    for workflow, content in (("check", CHECK), ("deploy", DEPLOY))
    for name, job in content["jobs"].items()
}
WITH_TOKEN: Final = {name: job for name, job in JOBS.items() if "id-token" in job.get("permissions", {})}
# In a job that can sign in: the actions of GitHub and Microsoft that it takes, and Microsoft's two programs.
TRUSTED_ACTIONS: Final = {
    "actions/checkout",
    "actions/download-artifact",
    "actions/upload-artifact",
    "Azure/setup-azd",
    "Azure/login",
}
TRUSTED_PROGRAMS: Final = {"az", "azd", "sleep", "test"}
# Signs in and runs the packages of the lock file, so its identity may only read.
READS_ONLY: Final = "deploy/doctor"


def programs(script: str) -> set[str]:
    """Return the names of the programs that a script runs, by the first word of each command."""
    commands = re.split(r"&&|\|\||[;|{}\n]", script)
    return {command.split()[0] for command in commands if command.strip()}


def actions(job: dict[str, Any]) -> set[str]:
    return {step["uses"].partition("@")[0] for step in job.get("steps", []) if "uses" in step}


def test_no_workflow_has_a_right_that_no_job_asked_for() -> None:
    assert DEPLOY["permissions"] == CHECK["permissions"] == {"contents": "read"}
    assert set(WITH_TOKEN) == {"deploy/what-if", "deploy/deploy", READS_ONLY}
    for name, job in JOBS.items():
        assert job.get("permissions", {}) in ({}, {"contents": "read", "id-token": "write"}), name


@pytest.mark.parametrize("name", sorted(WITH_TOKEN.keys() - {READS_ONLY}))
def test_no_code_of_others_runs_where_a_token_is(name: str) -> None:
    job = WITH_TOKEN[name]

    assert actions(job) <= TRUSTED_ACTIONS
    for step in job["steps"]:
        assert programs(step.get("run", "")) <= TRUSTED_PROGRAMS, step


def test_a_deployment_is_examined_by_an_identity_that_can_only_read() -> None:
    job = DEPLOY["jobs"]["doctor"]
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("`doctor-prod`")[2]
    roles = re.findall(r"--role (?:\"([^\"]+)\"|(\w+))", manual.partition("```\n\n")[0])

    assert job["needs"] == "deploy"
    assert job["environment"] == DEPLOY["jobs"]["deploy"]["environment"].replace("${{", "doctor-${{", 1)
    assert [script.split()[-2:] for script in scripts][-1] == ["compliance", "doctor"]
    assert all("--no-deps" in line for line in "\n".join(scripts).splitlines() if "pip install" in line)
    assert len(roles) == 4
    assert all(f"{quoted}{plain}".endswith(("Reader", "Receiver")) for quoted, plain in roles)


@pytest.mark.parametrize("script", ["make package", "az login\nnpm ci", "azd up || { pip install x; }"])
def test_code_of_others_would_be_noticed(script: str) -> None:
    assert not programs(script) <= TRUSTED_PROGRAMS


def test_what_is_deployed_was_built_without_a_token() -> None:
    jobs = DEPLOY["jobs"]
    (upload,) = (step for step in jobs["package"]["steps"] if "upload-artifact" in step.get("uses", ""))
    (download,) = (step for step in jobs["deploy"]["steps"] if "download-artifact" in step.get("uses", ""))
    scripts = " ".join(step.get("run", "") for step in jobs["deploy"]["steps"])

    assert "permissions" not in jobs["package"]
    assert "environment" not in jobs["package"]
    assert upload["with"]["name"] == download["with"]["name"]
    assert download["with"]["path"] == "build"
    assert '--from-package "build/$DURABLE_BACKEND.zip"' in scripts


def test_there_is_a_package_for_each_durable_backend() -> None:
    built = " ".join(step.get("run", "") for step in DEPLOY["jobs"]["package"]["steps"])
    allowed = next(line for line in (INFRA / "main.bicep").read_text().splitlines() if "'azureStorage'" in line)

    assert set(re.findall(r"'(\w+)'", allowed)) == set(re.findall(r"for backend in ([\w ]+);", built)[0].split())


def test_a_pull_request_gets_an_identity_of_its_own_and_no_hooks() -> None:
    job = DEPLOY["jobs"]["what-if"]
    deployable = DEPLOY[True]["workflow_dispatch"]["inputs"]["environment"]["options"]  # YAML reads `on` as true

    assert job["environment"] == "what-if"
    assert "what-if" not in deployable
    assert "azd" not in str(job["steps"])  # azd runs the hooks of azure.yaml
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "environment:what-if" in manual
    assert "Microsoft.Resources/deployments/whatIf/action" in manual


def test_packages_are_installed_by_their_hashes_and_without_scripts() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.findall(r"npm (?:ci|install)(?!.*--ignore-scripts)", makefile) == []
    from_index = [
        line for line in re.findall(r"pip install.*", makefile) if "--no-deps --no-build-isolation" not in line
    ]
    assert len(from_index) == 1
    assert "--no-deps --require-hashes" in from_index[0]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_each_package_has_its_hashes(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_nothing_is_deployed_unchecked() -> None:
    jobs = DEPLOY["jobs"]
    (check,) = CHECK["jobs"].values()
    steps = " ".join(step.get("run", "") for step in check["steps"])

    assert "continue-on-error" not in str(CHECK) and "if" not in check
    assert jobs["check"] == {"uses": "./.github/workflows/check.yml"}
    assert all(tool in steps for tool in (".ci/run", "az bicep build", "az bicep lint", "checkov"))
    assert jobs["package"]["needs"] == jobs["what-if"]["needs"] == "check"
    assert jobs["deploy"]["needs"] == "package"


def test_the_compiler_is_one_release_so_that_no_new_warning_stops_a_deployment() -> None:
    steps = " ".join(step.get("run", "") for step in CHECK["jobs"]["check"]["steps"])

    assert re.findall(r"az bicep install(.*)", steps) == [" --version v0.46.1"]


def test_every_supported_python_is_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))

    assert CHECK["jobs"]["check"]["strategy"]["matrix"]["python"] == supported


def test_what_a_deployment_needs_is_handed_to_it() -> None:
    parameters = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    wanted = dict(re.findall(r"\{(\w+)=?(.*)\}", " ".join(f"{e['value']}\n" for e in parameters.values())))
    handed = DEPLOY["jobs"]["deploy"]["env"]

    assert wanted.keys() <= handed.keys()
    for name, default in wanted.items():
        fallback = f" || '{default}'" if default else ""
        assert handed[name] == f"${{{{ vars.{name}{fallback} }}}}", "its default is not that of azd"
    (script,) = (step["run"] for step in DEPLOY["jobs"]["what-if"]["steps"] if "run" in step)
    assert dict(re.findall(r'(\w+)="\$(\w+)"', script)) == {
        name: re.findall(r"\{(\w+)", entry["value"])[0] for name, entry in parameters.items()
    }
