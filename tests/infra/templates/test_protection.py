"""What protects data and money: zones, encryption, locks, and a budget that warns."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.infra.bicep import INFRA, Resource, main
from tests.infra.bicep_values import text_of

ACCOUNTS: Final = {"sthostunique0string", "stwebunique0string", "stdocsunique0string", "stdeadunique0string"}
DOCUMENTS: Final = "stdocsunique0string"
IDENTITY: Final = "/subscriptions/s/resourceGroups/keys/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
OWN_KEY: Final = {"encryptionKeyUri": "https://kv.vault.azure.net/keys/ours", "encryptionIdentityId": IDENTITY}


def deployed(kind: str, **given: Any) -> list[Resource]:
    return [r for _, r in main(webFrontDoor=True, **given).deployed() if r.type == f"Microsoft.{kind}"]


def accounts(**given: Any) -> dict[str, Resource]:
    found = {account.name: account for account in deployed("Storage/storageAccounts", **given)}
    assert found.keys() == ACCOUNTS
    return found


@pytest.mark.parametrize(
    ("kind", "zonal", "documents"),
    [
        ("dev", False, "Standard_LRS"),
        ("dev", True, "Standard_ZRS"),
        ("prod", False, "Standard_GRS"),
        ("prod", True, "Standard_GZRS"),
    ],
)
def test_storage_survives_what_was_asked_for(kind: str, zonal: bool, documents: str) -> None:
    skus = {name: a.body["sku"]["name"] for name, a in accounts(environmentKind=kind, zoneRedundant=zonal).items()}

    assert skus.pop(DOCUMENTS) == documents
    assert set(skus.values()) == {"Standard_ZRS" if zonal else "Standard_LRS"}


@pytest.mark.parametrize("zonal", [False, True])
def test_sites_and_scheduler_are_in_as_many_zones_as_storage(zonal: bool) -> None:
    given = {"zoneRedundant": zonal, "durableBackend": "scheduler"}
    plans = deployed("Web/serverfarms", **given)
    (scheduler,) = deployed("DurableTask/schedulers", **given)

    assert [plan.properties["zoneRedundant"] for plan in plans] == [zonal, zonal]
    # Consumption has no high availability, and a dedicated scheduler has it from three units on.
    assert scheduler.properties["sku"] == ({"name": "Dedicated", "capacity": 3} if zonal else {"name": "Consumption"})


@pytest.mark.parametrize("zonal", [False, True])
def test_archived_documents_move_only_to_tiers_that_the_account_has(zonal: bool) -> None:
    """Zone-redundant accounts have no Archive tier: learn.microsoft.com/azure/storage/blobs/access-tiers-overview ."""
    (rules,) = (
        each.properties["policy"]["rules"]
        for each in deployed("Storage/storageAccounts/managementPolicies", zoneRedundant=zonal)
        if each.body["parent"].name == DOCUMENTS
    )
    (cold,) = (rule for rule in rules if rule["name"] == "archived-documents-grow-cold")
    tiers = cold["definition"]["actions"]["baseBlob"]

    assert tiers == {"tierToCold": {"daysAfterModificationGreaterThan": 30}} | (
        {} if zonal else {"tierToArchive": {"daysAfterModificationGreaterThan": 180}}
    )


def test_storage_is_encrypted_twice_and_copied_within_the_tenant_only() -> None:
    for name, account in accounts().items():
        assert account.properties["encryption"] == {
            "keySource": "Microsoft.Storage",
            "requireInfrastructureEncryption": True,
        }, name
        assert account.properties["allowedCopyScope"] == "AAD", name
        assert account.body["identity"] is None, name


def test_a_key_of_ones_own_encrypts_the_ledger_too() -> None:
    """Without keyType a table has a key of Azure's, and that cannot be changed once the account exists."""
    whole = {"enabled": True, "keyType": "Account"}
    for name, account in accounts(**OWN_KEY).items():
        assert account.body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}, name
        assert account.properties["encryption"] == {
            "keySource": "Microsoft.Keyvault",
            "requireInfrastructureEncryption": True,
            "services": {"blob": whole, "table": whole, "queue": whole},
            "identity": {"userAssignedIdentity": IDENTITY},
            "keyvaultproperties": {"keyvaulturi": "https://kv.vault.azure.net", "keyname": "ours"},
        }, name


def test_a_key_of_ones_own_encrypts_messages_where_service_bus_can_do_it() -> None:
    (premium,) = deployed("ServiceBus/namespaces", usePrivateNetwork=True, **OWN_KEY)
    (standard,) = deployed("ServiceBus/namespaces", **OWN_KEY)
    (without,) = deployed("ServiceBus/namespaces", usePrivateNetwork=True)

    assert premium.body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    assert premium.properties["encryption"] == {
        "keySource": "Microsoft.KeyVault",
        "requireInfrastructureEncryption": True,
        "keyVaultProperties": [
            {
                "keyVaultUri": "https://kv.vault.azure.net",
                "keyName": "ours",
                "identity": {"userAssignedIdentity": IDENTITY},
            }
        ],
    }
    for each in (standard, without):
        assert each.body["identity"] is each.properties["encryption"] is None


@pytest.mark.parametrize(("kind", "locked"), [("dev", False), ("test", False), ("prod", True)])
def test_only_in_production_nobody_deletes_documents_or_keys_by_mistake(kind: str, locked: bool) -> None:
    locks = deployed("Authorization/locks", environmentKind=kind)
    scopes = {"Microsoft.Storage/storageAccounts:stdocsunique0string", "Microsoft.KeyVault/vaults:kv-unique0string"}

    assert {str(lock.body["scope"]) for lock in locks} == (scopes if locked else set())
    assert {lock.properties["level"] for lock in locks} <= {"CanNotDelete"}


def test_a_budget_warns_before_the_money_is_spent() -> None:
    (budget,) = deployed("Consumption/budgets", monthlyBudget=100)
    group = "Microsoft.Insights/actionGroups:ag-unique0string.id"

    assert deployed("Consumption/budgets") == []
    assert (budget.properties["amount"], budget.properties["timeGrain"]) == (100, "Monthly")
    assert budget.properties["category"] == "Cost"
    assert str(budget.properties["timePeriod"]["startDate"]) == "utcNow('yyyy-MM-01')"
    notices = budget.properties["notifications"].values()
    assert {(each["thresholdType"], each["threshold"]) for each in notices} == {("Actual", 80), ("Forecasted", 100)}
    assert all(each["enabled"] and each["operator"] == "GreaterThanOrEqualTo" for each in notices)
    assert [str(receiver) for each in notices for receiver in each["contactGroups"]] == [group, group]


def test_costs_can_be_told_apart() -> None:
    plain, named = main(environmentName="e"), main(environmentName="e", costCenter="4711")
    group, charged = (next(r for _, r in each.deployed()).body["tags"] for each in (plain, named))

    assert group == {"azd-env-name": "e", "application": "document-compliance", "environment": "dev"}
    assert charged == group | {"cost-center": "4711"}


def test_whoever_deploys_can_be_the_operator_but_is_not_by_default() -> None:
    """A workflow's identity must not become one by itself."""

    def principals(**given: Any) -> set[str]:
        found = (r for _, r in main(**given).deployed() if r.symbol == "submits")
        return {str(each.properties["principalId"]) for each in found}

    assert principals() == set()
    assert principals(operatorId="deployer") == {"deployer().objectId"}
    assert principals(operatorId="people") == {"people"}


def test_parameters_that_azure_takes_only_at_creation_say_so() -> None:
    manual = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    only_then = manual.partition("<!-- at creation -->")[2].partition("<!-- /at creation -->")[0]

    assert {"`ZONE_REDUNDANT`", "`ENCRYPTION_KEY_URI`"} <= set(only_then.replace(",", "").split())


def test_each_kind_of_environment_says_the_same_things() -> None:
    kinds: dict[str, dict[str, Any]] = json.loads((INFRA / "environments.json").read_text(encoding="utf-8"))
    default = main().parameters["environmentKind"]

    assert len({frozenset(values) for values in kinds.values()}) == 1
    assert default and text_of(default).strip("'") in kinds
