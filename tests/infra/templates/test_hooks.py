"""What runs outside the templates (azd's hook, the workflow) uses only what is there, and in the right subscription."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.infra.app import functions
from tests.infra.bicep import INFRA, Template, main
from tests.infra.bicep_values import Fact

ROOT: Final = INFRA.parent
HOOKS: Final[dict[str, dict[str, Any]]] = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["hooks"]
RUNS: Final = {shell: hook["run"] for shell, hook in HOOKS["postdeploy"].items()}
WORKFLOW: Final = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8"))
# https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables
BY_AZD: Final = {"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID", "AZURE_TENANT_ID", "AZURE_PRINCIPAL_ID"}
BLOB_TRIGGER: Final = INFRA / "blob-trigger.bicep"
# What the shells bring along themselves.
OF_THE_SHELL: Final = {"attempt", "LASTEXITCODE"}


def variables(script: str) -> set[str]:
    """Return the variables that a script of sh or pwsh reads."""
    return {name for name in re.findall(r"\$(?:env:|\{)?([A-Za-z_]\w*)", script) if name != "env"} - OF_THE_SHELL


@pytest.mark.parametrize("shell", RUNS)
def test_a_hook_reads_only_outputs_and_what_azd_sets(shell: str) -> None:
    assert variables(RUNS[shell]) <= set(main().outputs) | BY_AZD | azd_variables()


def azd_variables() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (INFRA / "main.parameters.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("shell", RUNS)
def test_a_hook_gives_the_template_the_output_that_each_parameter_means(shell: str) -> None:
    given = dict(re.findall(r"(\w+)=[\"$]+(?:env:)?(\w+)", RUNS[shell]))

    assert "--subscription" in RUNS[shell], "the default of az may be another one"
    assert given == {
        "functionAppName": "FUNCTION_APP_NAME",
        "systemTopicName": "SYSTEM_TOPIC_NAME",
        "deadLetterAccountId": "DEAD_LETTER_ACCOUNT_ID",
    }
    assert given.keys() == Template(BLOB_TRIGGER).parameters.keys()


def test_the_shells_do_the_same() -> None:
    assert variables(RUNS["posix"]) == variables(RUNS["windows"])
    assert {key: HOOKS["postdeploy"]["posix"][key] for key in ("interactive", "continueOnError")} == {
        "interactive": False,
        "continueOnError": False,
    }
    assert [HOOKS["postdeploy"][shell]["shell"] for shell in ("posix", "windows")] == ["sh", "pwsh"]


@pytest.mark.parametrize(("failures", "status", "calls"), [(0, 0, 1), (2, 0, 3), (99, 1, 5)])
def test_the_hook_waits_for_an_app_that_does_not_answer_yet(
    tmp_path: Path, failures: int, status: int, calls: int
) -> None:
    assert run_hook(tmp_path, failures, USE_BLOB_TRIGGER="true") == (status, calls)


def test_the_hook_does_nothing_without_the_blob_trigger(tmp_path: Path) -> None:
    assert run_hook(tmp_path, 0) == run_hook(tmp_path, 0, USE_BLOB_TRIGGER="false") == (0, 0)


def run_hook(folder: Path, failures: int, **environment: str) -> tuple[int, int]:
    """Run it with an `az` that fails a few times first. Return its status and how often it called `az`."""
    shell, calls = shutil.which("sh"), folder / "calls"
    assert shell
    calls.write_text("")
    (folder / "az").write_text(f'#!{shell}\necho x >> {calls}\n[ "$(wc -l < {calls})" -gt {failures} ]\n')
    (folder / "sleep").write_text(f"#!{shell}\n")
    for program in ("az", "sleep"):
        (folder / program).chmod(0o755)
    given = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"} | environment
    done = subprocess.run([shell, "-c", RUNS["posix"]], env=given, check=False)  # noqa: S603 our own hook

    return done.returncode, len(calls.read_text().splitlines())


def test_the_outputs_are_of_the_resources_that_they_are_named_for() -> None:
    account = "Microsoft.Storage/storageAccounts:stdocsunique0string"
    topic = "Microsoft.EventGrid/topics:evgt-unique0string"

    assert {name: str(said) for name, said in main(environmentName="dev").outputs.items()} == {
        "AZURE_RESOURCE_GROUP": "rg-dev",
        "FUNCTION_APP_NAME": "func-unique0string",
        "WEB_APP_NAME": "",
        "WEB_HOST_NAME": "",
        "SIGN_IN_PRINCIPAL_ID": "",
        "DURABLE_TASK_DASHBOARD": "",
        "ATTESTATION_KEY_ID": "",
        "SYSTEM_TOPIC_NAME": "egst-unique0string",
        "EVENT_GRID_TOPIC_ID": f"{topic}.id",
        "KEY_VAULT_NAME": "kv-unique0string",
        "DOCUMENTS_ACCOUNT": "stdocsunique0string",
        "DEAD_LETTER_ACCOUNT_ID": "Microsoft.Storage/storageAccounts:stdeadunique0string.id",
        "Documents__blobServiceUri": f"{account}.properties.primaryEndpoints.blob",
        "Documents__tableServiceUri": f"{account}.properties.primaryEndpoints.table",
        "ServiceBus__fullyQualifiedNamespace": "sbns-unique0string.servicebus.windows.net",
        "EventGridTopic__topicEndpointUri": f"{topic}.properties.endpoint",
        "EventGridTopic__subscriptionsUri": "uri(environment().resourceManager, "
        "'${topic.id}/eventSubscriptions?api-version=2025-02-15')",
    }


def test_the_webhook_calls_a_blob_trigger_of_the_app_with_its_key() -> None:
    """A wrong function name answers 202, and the event is lost: azure-functions-host issue 8802."""
    subscription = Template(BLOB_TRIGGER, {"functionAppName": "func", "deadLetterAccountId": Fact("dead")}).resources[
        -1
    ]
    url = subscription.properties["destination"]["properties"]["endpointUrl"]
    called = re.findall(r"functionName=Host\.Functions\.(\w+)&", url)

    assert called == [name for name, trigger in functions().items() if trigger["type"] == "blobTrigger"]
    assert url.startswith("https://${Microsoft.Web/sites:func.properties.defaultHostName}/runtime/webhooks/blobs?")
    assert "/host/default'" in url and url.endswith(".systemKeys.blobs_extension}")


@pytest.mark.parametrize("job", ["what-if", "deploy"])
def test_a_job_of_the_workflow_reads_only_what_is_set_for_it(job: str) -> None:
    steps = WORKFLOW["jobs"][job]["steps"]
    read = set().union(*(variables(step.get("run", "")) for step in steps))

    assert read <= set(WORKFLOW["jobs"][job]["env"])


@pytest.mark.parametrize("job", ["what-if", "deploy"])
def test_each_variable_is_the_one_of_its_name(job: str) -> None:
    for name, said in WORKFLOW["jobs"][job]["env"].items():
        assert re.findall(r"vars\.(\w+)", said) == [name]
    for step in WORKFLOW["jobs"][job]["steps"]:
        for key, said in step.get("with", {}).items():
            if "vars." in str(said):
                assert said == f"${{{{ vars.AZURE_{key.upper().replace('-', '_')} }}}}"


def scripts(job: str) -> str:
    return "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][job]["steps"])


def test_the_workflow_asks_azd_for_outputs_and_gives_each_where_it_belongs() -> None:
    asked = re.findall(r'--([\w-]+)\s+"\$\(azd env get-value (\w+)\)"', scripts("deploy"))

    assert len(asked) == scripts("deploy").count("azd env get-value ")
    assert dict(asked) == {"resource-group": "AZURE_RESOURCE_GROUP", "name": "FUNCTION_APP_NAME"}
    assert {name for _, name in asked} <= set(main().outputs)


def test_the_workflow_deploys_each_service_the_package_of_the_backend_where_it_is_wanted() -> None:
    services = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["services"]
    conditions = " ".join(str(step.get("if", "")) for step in WORKFLOW["jobs"]["deploy"]["steps"])

    assert set(re.findall(r"azd deploy (\w+)", scripts("deploy"))) == services.keys()
    assert set(re.findall(r'--from-package "([^"]+)"', scripts("deploy"))) == {"build/$DURABLE_BACKEND.zip"}
    assert re.findall(r"vars\.(\w+)", conditions) == ["WEB_FRONT_DOOR"]
    assert "az deployment sub what-if " in scripts("what-if"), "main.bicep is for a subscription"
    for name, service in services.items():
        assert service["dist"] == f"build/{name}"
        assert all(f"package.py build/{name} " in hook["run"] for hook in service["hooks"]["prepackage"].values())
        assert all(variables(hook["run"]) == {"DURABLE_BACKEND"} for hook in service["hooks"]["prepackage"].values())


def test_a_job_finds_what_another_one_has_left_for_it() -> None:
    uses = [
        step
        for job in WORKFLOW["jobs"].values()
        for step in job.get("steps", [])
        if "-artifact@" in step.get("uses", "")
    ]
    left = {step["with"]["name"]: step["with"]["path"] for step in uses if "/upload-" in step["uses"]}
    found = [
        step["with"]["name"] for step in WORKFLOW["jobs"]["doctor"]["steps"] if "/download-" in step.get("uses", "")
    ]

    assert found == ["settings"]
    assert left == {"packages": "build/*.zip", "settings": "settings.env"}
    assert "azd env get-values > settings.env" in scripts("deploy")
    assert set(re.findall(r"^\. (\S+)", scripts("doctor"), re.MULTILINE)) == {"./settings.env"}
