"""The templates hold together, and no resource is easier to enter than it has to be."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.infra.bicep import INFRA, Resource, Template, every_template, main

ROOT: Final = INFRA.parent
EVERYTHING: Final = main(
    useBlobTrigger=True,
    usePrivateNetwork=True,
    auditRetentionDays=30,
    malwareScanning=True,
    webFrontDoor=True,
    signInClientId="registration",
    environmentKind="prod",
    durableBackend="scheduler",
    operatorId="deployer",
    monthlyBudget=100,
)
UNREADABLE: Final = INFRA / "modules" / "who-deploys.bicep"
BLOB_TRIGGER: Final = INFRA / "blob-trigger.bicep"
FRONT_DOOR_ROLES: Final = INFRA / "front-door-roles.bicep"
DEPLOYER: Final = INFRA / "deployer.bicep"


def deployed(kind: str) -> list[Resource]:
    found = [resource for _, resource in EVERYTHING.deployed() if resource.type == kind]
    assert found, f"nothing is a {kind}"
    return found


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.stem)
def test_every_template_is_read_without_error(path: Path) -> None:
    assert not Template(path).root.has_error


def test_every_module_exists_and_is_given_what_it_asks_for() -> None:
    for path in every_template():
        for module in Template(path).modules:
            declared = Template(module.path).parameters
            required = {name for name, default in declared.items() if default is None}
            assert required <= set(module.params) <= set(declared), module.symbol


def test_every_output_that_is_used_exists() -> None:
    modules = {module.symbol: module.template for module in EVERYTHING.modules}
    used = re.findall(r"(\w+)\.outputs\.(\w+)", (INFRA / "main.bicep").read_text(encoding="utf-8"))

    assert {symbol for symbol, _ in used} <= set(modules)
    assert all(output in modules[symbol].outputs for symbol, output in used)


def test_no_template_is_left_over() -> None:
    used = {module.path for template in (EVERYTHING, Template(DEPLOYER)) for module in template.modules}
    used |= {EVERYTHING.path, BLOB_TRIGGER, FRONT_DOOR_ROLES, DEPLOYER}

    assert set(every_template()) == used


def test_api_versions_are_those_of_the_list() -> None:
    listed = json.loads((Path(__file__).parent / "api-versions.json").read_text(encoding="utf-8"))["versions"]
    used = {(r.type, r.version) for path in every_template() for r in Template(path).resources}

    assert used == set(listed.items())


def test_storage_takes_no_keys_and_shows_nothing_to_the_public() -> None:
    for account in deployed("Microsoft.Storage/storageAccounts"):
        given = account.properties
        assert not given["allowSharedKeyAccess"] and not given["allowBlobPublicAccess"], account.name
        assert not given["isLocalUserEnabled"] and not given["allowCrossTenantReplication"], account.name
        assert given["supportsHttpsTrafficOnly"] and given["minimumTlsVersion"] == "TLS1_2", account.name
        assert given["networkAcls"] == {"bypass": "AzureServices", "defaultAction": "Deny"}, account.name
    for container in deployed("Microsoft.Storage/storageAccounts/blobServices/containers"):
        assert container.properties["publicAccess"] == "None", container.name


def test_documents_can_be_had_back() -> None:
    template = Template(INFRA / "modules" / "documents-storage.bicep")
    (blobs,) = [r for r in template.resources if r.type.endswith("/blobServices")]

    assert blobs.properties["isVersioningEnabled"]
    assert blobs.properties["changeFeed"]["enabled"]
    assert blobs.properties["deleteRetentionPolicy"]["enabled"]
    assert blobs.properties["containerDeleteRetentionPolicy"]["enabled"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Microsoft.ServiceBus/namespaces", {"disableLocalAuth": True, "minimumTlsVersion": "1.2"}),
        (
            "Microsoft.EventGrid/topics",
            {"disableLocalAuth": True, "minimumTlsVersionAllowed": "1.2", "inputSchema": "CloudEventSchemaV1_0"},
        ),
        ("Microsoft.KeyVault/vaults", {"enableRbacAuthorization": True, "enableSoftDelete": True}),
        ("Microsoft.Insights/components", {"DisableLocalAuth": True, "IngestionMode": "LogAnalytics"}),
        ("Microsoft.Web/sites", {"httpsOnly": True}),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", {"allow": False}),
    ],
)
def test_nothing_is_entered_by_password_or_in_clear(kind: str, expected: dict[str, Any]) -> None:
    for resource in deployed(kind):
        assert expected.items() <= resource.properties.items(), resource.symbol


def test_the_site_speaks_tls_only() -> None:
    for site in deployed("Microsoft.Web/sites"):
        config = site.properties["siteConfig"]
        found = (config["minTlsVersion"], config["ftpsState"], config["remoteDebuggingEnabled"])
        assert found == ("1.2", "Disabled", False), site.name


def test_a_private_network_closes_every_public_door() -> None:
    for kind in ("Microsoft.ServiceBus/namespaces", "Microsoft.EventGrid/topics", "Microsoft.KeyVault/vaults"):
        assert all(r.properties["publicNetworkAccess"] == "Disabled" for r in deployed(kind)), kind
    (namespace,) = deployed("Microsoft.ServiceBus/namespaces")
    assert namespace.body["sku"]["name"] == "Premium", "only Premium has private endpoints"
    (firewall,) = deployed("Microsoft.ServiceBus/namespaces/networkRuleSets")
    assert firewall.properties["trustedServiceAccessEnabled"], "Event Grid could not deliver"
    sites = deployed("Microsoft.Web/sites")
    (subnet,) = (r for r in deployed("Microsoft.Network/virtualNetworks/subnets") if "delegations" in r.properties)

    assert {str(site.properties["virtualNetworkSubnetId"]) for site in sites} == {f"{subnet.reference}.id"}


def test_vaults_that_matter_are_protected_from_purging() -> None:
    (vault,) = [r for _, r in main(environmentKind="prod").deployed() if r.type == "Microsoft.KeyVault/vaults"]

    assert vault.properties["enablePurgeProtection"] is True


def test_production_is_copied_to_another_region_and_only_tiers_with_archive_are_used() -> None:
    environments: dict[str, Any] = json.loads((INFRA / "environments.json").read_text(encoding="utf-8"))

    assert len({frozenset(values) for values in environments.values()}) == 1, "every environment says the same things"
    assert {e["storageSku"] for e in environments.values()} <= {"Standard_LRS", "Standard_GRS"}
    assert {e["zonalStorageSku"] for e in environments.values()} <= {"Standard_ZRS", "Standard_GZRS"}
    assert (environments["prod"]["storageSku"], environments["prod"]["zonalStorageSku"]) == (
        "Standard_GRS",
        "Standard_GZRS",
    )


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.stem)
def test_no_key_is_asked_for_but_the_blob_triggers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert ("listKeys(" in text) == (path == BLOB_TRIGGER)
    assert not re.search(r"AccountKey=|SharedAccessKey|listCredentials|\.listSas|authorizationRules", text)


def test_parameters_of_azd_are_declared_and_complete() -> None:
    given = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]

    assert set(given) == set(EVERYTHING.parameters), "azd can set no other parameter"
    for name, entry in given.items():
        placeholder = re.fullmatch(r"\$\{([A-Z_]+)(?:=(.*))?\}", entry["value"])
        assert placeholder, f"{name} is not filled by azd"
        default = EVERYTHING.parameters[name]
        written = (default.text or b"").decode().strip("'") if default else ""
        assert (placeholder[2] or "") == written, f"{name} has two defaults"


def test_every_parameter_is_in_the_documentation_with_its_default() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    given = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    rows = {line.split(" | ")[0]: line.split(" | ")[-1] for line in manual.splitlines() if line.startswith("| `")}
    for name, entry in given.items():
        variable, _, default = entry["value"].strip("${}").partition("=")
        if name in ("environmentName", "location"):
            continue  # azd prompts for them
        assert rows[f"| `{variable}` (`{name}`)"] in ([f"`{default}` |"] if default else ["not set |", "nobody |"]), (
            name
        )


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.stem)
def test_what_may_not_be_there_is_read_with_care(path: Path) -> None:
    """The compiler warns (BCP318) where a module or resource with a condition is read without `!` or `.?`."""
    template = Template(path)
    conditional = {r.symbol for r in [*template.resources, *template.modules] if r.condition is not True}
    read = re.findall(r"\b(\w+)\.(?:outputs|properties|identity)\b", path.read_text(encoding="utf-8"))

    assert conditional.isdisjoint(read)


def test_azd_finds_what_it_deploys() -> None:
    azure = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
    tags = [site.body["tags"]["azd-service-name"] for site in deployed("Microsoft.Web/sites")]

    assert list(azure["services"]) == tags == ["app", "web"]
    for service in azure["services"].values():
        assert (service["language"], service["host"]) == ("python", "function")
        assert (ROOT / service["project"] / "function_app.py").is_file()
    # azd-dev, pkg/project/service_config.go: azd skips a service whose condition is not true
    assert [service.get("condition") for service in azure["services"].values()] == [None, "${WEB_FRONT_DOOR}"]
    assert (ROOT / azure["infra"]["path"] / f"{azure['infra']['module']}.bicep").is_file()
    assert all(str(BLOB_TRIGGER.relative_to(ROOT)) in hook["run"] for hook in azure["hooks"]["postdeploy"].values())


@pytest.mark.parametrize("template", [INFRA / "main.bicep", BLOB_TRIGGER, DEPLOYER], ids=lambda path: path.stem)
@pytest.mark.parametrize("command", ["build", "lint"])
def test_the_bicep_compiler_accepts_it(template: Path, command: str) -> None:
    compiler = shutil.which("az")
    if compiler is None:
        pytest.skip("the Azure CLI is not installed here; the deploy workflow runs `az bicep build` and `lint`")
    arguments = ["--stdout"] if command == "build" else []
    done = subprocess.run(  # noqa: S603 our own
        [compiler, "bicep", command, "--file", template, *arguments], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr


def test_what_checkov_skips_has_nothing_to_check() -> None:
    assert "deployer()" in UNREADABLE.read_text(encoding="utf-8"), "checkov's parser does not know the function"
    assert Template(UNREADABLE).resources == Template(UNREADABLE).modules == []


def test_checkov_finds_nothing() -> None:
    checkov = shutil.which("checkov")
    if checkov is None:
        pytest.skip("checkov is not installed here (`pip install checkov`); the deploy workflow runs it")
    command = [checkov, "--framework", "bicep", "--directory", INFRA, "--skip-download", "--output", "json"]
    command += ["--skip-path", UNREADABLE.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own
    summary = json.loads(done.stdout)["summary"]

    assert summary["parsing_errors"] == 0, "what cannot be read is not checked either"
    assert summary["resource_count"] >= 100
    assert summary["failed"] == 0, done.stdout
