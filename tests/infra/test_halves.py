"""The two halves of the app: which functions each runs, and what it can therefore do on Azure. infra/halves.json."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from devhost.app.settings import Settings  # noqa: TID251 reads `Disabled` as the host does

from contracts import names
from tests.infra.app import functions
from tests.infra.app_settings import environment, set_on_azure
from tests.infra.bicep import INFRA, Resource, Template, main
from tests.infra.test_roles import Assignment, assignments

HALVES: Final[dict[str, dict[str, Any]]] = json.loads((INFRA / "halves.json").read_text(encoding="utf-8"))
BOTH: Final = {"webFrontDoor": True, "durableBackend": "scheduler", "useBlobTrigger": True}
KEYS: Final = {"verificationKeySetName": "reviewers", "attestationKeySetName": "door"}


def of(principal: str) -> list[Assignment]:
    return [each for each in assignments(**BOTH, **KEYS) if each.principal == principal]


def test_each_function_belongs_to_exactly_one_half() -> None:
    listed = [function for half in HALVES.values() for function in half["functions"]]

    assert sorted(listed) == sorted(functions()), "name each function of the app once in infra/halves.json"


@pytest.mark.parametrize("half", HALVES)
def test_a_site_runs_the_functions_of_its_half(half: str) -> None:
    given = {"webFrontDoor": True, "useBlobTrigger": True, "signInClientId": "c11e"}
    settings = Settings(environment(set_on_azure(half, **given)), {})

    assert [name for name in functions() if not settings.is_disabled(name)] == [
        name for name in functions() if name in HALVES[half]["functions"]
    ]


def test_locally_one_host_runs_both_halves() -> None:
    example = json.loads((INFRA.parent / "local.settings.example.json").read_text(encoding="utf-8"))

    assert not any(Settings(example["Values"], {}).is_disabled(name) for name in functions())


def test_the_two_halves_have_the_same_settings_but_for_identity_and_what_only_one_needs() -> None:
    """Nothing in the app depends on where it is."""
    messages, web = (set_on_azure(half, webFrontDoor=True, **KEYS) for half in ("messages", "web"))
    differing = {name for name in messages.keys() & web.keys() if str(messages[name]) != str(web[name])}

    assert differing == {
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "AZURE_CLIENT_ID",
        "AzureWebJobsStorage__accountName",
        "AzureWebJobsStorage__clientId",
        "ServiceBus__clientId",
    }
    assert all(name.startswith("AzureWebJobs.") for name in messages.keys() ^ web.keys())


def test_there_is_one_site_unless_the_front_door_is_asked_for() -> None:
    assert sites() == ["func-unique0string"]
    assert sites(webFrontDoor=True) == ["func-unique0string", "func-web-unique0string"]
    assert "web front door" not in {each.principal for each in assignments(**KEYS)}


def sites(**given: Any) -> list[str]:
    return [r.name for _, r in main(**given).deployed() if r.type == "Microsoft.Web/sites"]


def test_a_hole_in_the_front_door_reaches_neither_the_ledger_nor_what_is_published() -> None:
    """It sends what a person could send, reads, and takes documents in; that is all."""
    writes = {each for each in of("web front door") if not each.role.endswith(("Reader", "Secrets User"))}

    assert {(each.scope, each.role) for each in writes} == {
        ("host storage account of the front door", "Storage Blob Data Owner"),
        ("container `submissions`", "Storage Blob Data Contributor"),
        ("table `reads`", "Compliance read log appender"),
        ("queue `document-submissions`", "Azure Service Bus Data Sender"),
        ("queue `review-decisions`", "Azure Service Bus Data Sender"),
        ("Application Insights", "Monitoring Metrics Publisher"),
        ("key `attestation`", "Compliance attestation signer"),
    }


def test_the_front_door_reads_what_it_shows_and_no_secret_but_those_its_settings_name() -> None:
    reads = {each.scope for each in of("web front door") if each.role.endswith(("Reader", "Secrets User"))}
    containers = {f"container `{name}`" for name in (names.PENDING, names.PUBLISHED, names.ARCHIVED)}
    tables = {f"table `{name}`" for name in (names.LEDGER_TABLE, names.WAITING_TABLE)}

    assert reads == containers | tables | {"secret `reviewers`", "secret `door`", "secret `form-key`"}


def test_only_the_front_door_signs_and_only_the_messages_half_receives() -> None:
    everything = assignments(**BOTH, **KEYS, operatorId="people")

    assert {each.principal for each in everything if each.scope.startswith("key `")} == {"web front door"}
    assert {e.principal for e in everything if e.scope == "Service Bus namespace"} == {"app"}
    on_scheduler = {e.principal: e.role for e in everything if e.scope == "Durable Task Scheduler"}
    assert on_scheduler == {"app": "Durable Task Data Contributor", "operator": "Durable Task Data Reader"}
    assert not [e for e in of("web front door") if e.role.endswith(("Receiver", "Service Bus Data Owner"))]


def test_neither_half_can_write_what_the_other_half_runs() -> None:
    hosts = {(each.principal, each.scope) for each in assignments(**BOTH) if each.scope.startswith("host storage")}

    assert hosts == {
        ("app", "host storage account"),
        ("web front door", "host storage account of the front door"),
    }


def test_only_the_front_door_is_told_the_key_and_only_the_version_that_somebody_chose() -> None:
    """A new version signs nothing until its public half is known everywhere."""
    version = "https://kv.vault.azure.net/keys/attestation/0123"
    chosen = {"webFrontDoor": True, "attestationSigningKey": version}

    assert set_on_azure("web", **chosen)["ATTESTATION_SIGNING_KEY"] == version
    assert "ATTESTATION_SIGNING_KEY" not in set_on_azure("messages", **chosen)
    assert "ATTESTATION_SIGNING_KEY" not in set_on_azure("web", webFrontDoor=True)
    newest = main(webFrontDoor=True).outputs["ATTESTATION_KEY_ID"]
    assert str(newest).endswith("keys:kv-unique0string/attestation.properties.keyUriWithVersion")


def resource(kind: str, template: Template | None = None) -> Resource:
    (found,) = (r for _, r in (template or main(**BOTH)).deployed() if r.type == kind)
    return found


def test_the_signing_key_never_leaves_the_vault() -> None:
    key = resource("Microsoft.KeyVault/vaults/keys")

    assert (key.reference.name, key.properties) == (
        "kv-unique0string/attestation",
        {
            "kty": "EC",
            "curveName": "P-256",
            "keyOps": ["sign", "verify"],
            "attributes": {"enabled": True, "exportable": False},
        },
    )


KEYS_OF_VAULT: Final = "Microsoft.KeyVault/vaults/keys"
ROWS: Final = "Microsoft.Storage/storageAccounts/tableServices/tables/entities"


@pytest.mark.parametrize(
    ("symbol", "may", "scope"),
    [
        ("signer", [f"{KEYS_OF_VAULT}/read", f"{KEYS_OF_VAULT}/sign/action"], "attestation"),
        ("appender", [f"{ROWS}/read", f"{ROWS}/add/action"], "reads"),
    ],
)
def test_roles_of_our_own_allow_what_the_front_door_does_and_no_more(symbol: str, may: list[str], scope: str) -> None:
    """It signs and reads its key; it adds and reads lines of its log, which it can neither change nor delete."""
    (role,) = (r for r in Template(INFRA / "front-door-roles.bicep").resources if r.symbol == symbol)
    given = [
        r.body["scope"].name.rpartition("/")[2]
        for _, r in main(**BOTH).deployed()
        if r.properties.get("roleDefinitionId", "").endswith(f"/{role.name}")
    ]

    assert role.properties["permissions"] == [
        {"actions": [], "notActions": [], "dataActions": may, "notDataActions": []}
    ]
    assert given == [scope]


def test_the_key_of_forms_is_made_once_and_only_the_front_door_reads_it() -> None:
    """With a new value at each deployment, every form that is open would be sent back."""
    secret = resource("Microsoft.KeyVault/vaults/secrets")
    text = (INFRA / "modules/form-key.bicep").read_text(encoding="utf-8")
    everything = assignments(**BOTH, **KEYS, operatorId="people")
    signs_in = {**BOTH, "signInClientId": "registration"}

    assert secret.reference.name == "kv-unique0string/form-key"
    assert "@onlyIfNotExists()\nresource formKey " in text
    assert "@secure()\nparam firstValue string = '${newGuid()}${newGuid()}'\n" in text
    assert {each.principal for each in everything if each.scope == "secret `form-key`"} == {"web front door"}
    assert not [each for each in everything if each.scope == "key vault"], "that would be the right to read it, too"
    reference = str(set_on_azure("web", **signs_in)["FORM_KEY"])
    assert reference.startswith("@Microsoft.KeyVault(VaultName=")
    assert reference.endswith(";SecretName=form-key)"), "not a version: the next one is read without a deployment"
    assert "FORM_KEY" not in set_on_azure("messages", **signs_in)


def test_the_front_door_runs_without_the_scheduler_that_the_package_may_be_for() -> None:
    """It has no right there; the host would not start without a connection to the backend of host.json."""
    backend = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type"

    assert set_on_azure("web", **BOTH)[backend] == "AzureStorage"
    assert backend not in set_on_azure("web", webFrontDoor=True)
    assert backend not in set_on_azure("messages", **BOTH)
    kinds = {functions()[name]["type"] for name in HALVES["web"]["functions"]}
    assert kinds.isdisjoint({"orchestrationTrigger", "activityTrigger"})
