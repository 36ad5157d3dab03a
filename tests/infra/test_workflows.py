"""The deploy workflow keeps no secret, trusts no moving tag, and always runs what may be missing on a laptop."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
import yaml

from tests.infra.bicep import INFRA

WORKFLOWS: Final = sorted((INFRA.parent / ".github" / "workflows").glob("*.yml"))
DEPLOY: Final[dict[str, Any]] = yaml.safe_load((WORKFLOWS[0].parent / "deploy.yml").read_text(encoding="utf-8"))
# GitHub's own rule: 40 hexadecimal digits, with the release beside it for people.
PINNED: Final = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Any) -> None:
    used = re.findall(r"uses: (.+)$", workflow.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_no_secret_is_read(workflow: Any) -> None:
    text = workflow.read_text(encoding="utf-8")

    assert "secrets." not in text and "client-secret" not in text


def test_only_jobs_that_sign_in_may_ask_for_a_token() -> None:
    assert DEPLOY["permissions"] == {"contents": "read"}
    for name, job in DEPLOY["jobs"].items():
        signs_in = any("azd auth login" in step.get("run", "") for step in job["steps"])
        assert ("id-token" in job.get("permissions", {})) == signs_in, name


def test_nothing_is_deployed_unchecked() -> None:
    jobs = DEPLOY["jobs"]
    steps = " ".join(step.get("run", "") for step in jobs["check"]["steps"])

    assert all(tool in steps for tool in (".ci/run", "az bicep build", "az bicep lint", "checkov"))
    assert jobs["deploy"]["needs"] == jobs["what-if"]["needs"] == "check"


def test_what_a_deployment_needs_is_handed_to_it() -> None:
    parameters = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    wanted = {re.findall(r"\{(\w+)", entry["value"])[0] for entry in parameters.values()}

    assert wanted <= set(DEPLOY["jobs"]["deploy"]["env"])
