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
DEPLOY: Final[dict[str, Any]] = yaml.safe_load((WORKFLOWS[0].parent / "deploy.yml").read_text(encoding="utf-8"))
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


def test_only_jobs_that_sign_in_may_ask_for_a_token() -> None:
    assert DEPLOY["permissions"] == CHECK["permissions"] == {"contents": "read"}
    for name, job in DEPLOY["jobs"].items():
        signs_in = any("azd auth login" in step.get("run", "") for step in job.get("steps", []))
        assert ("id-token" in job.get("permissions", {})) == signs_in, name


def test_nothing_is_deployed_unchecked() -> None:
    jobs = DEPLOY["jobs"]
    (check,) = CHECK["jobs"].values()
    steps = " ".join(step.get("run", "") for step in check["steps"])

    assert "continue-on-error" not in str(CHECK) and "if" not in check
    assert jobs["check"] == {"uses": "./.github/workflows/check.yml"}
    assert all(tool in steps for tool in (".ci/run", "az bicep build", "az bicep lint", "checkov"))
    assert jobs["deploy"]["needs"] == jobs["what-if"]["needs"] == "check"


def test_every_supported_python_is_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))

    assert CHECK["jobs"]["check"]["strategy"]["matrix"]["python"] == supported


def test_what_a_deployment_needs_is_handed_to_it() -> None:
    parameters = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    wanted = {re.findall(r"\{(\w+)", entry["value"])[0] for entry in parameters.values()}

    assert wanted <= set(DEPLOY["jobs"]["deploy"]["env"])
