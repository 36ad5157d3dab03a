"""A deployment works the first time, again after a change, and again after everything was deleted."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.infra.bicep import INFRA, Module, Resource, main

READING: Final = ("az storage account show",)  # every reader of the resource group may


def deployed(kind: str, **given: Any) -> list[Resource]:
    return [resource for _, resource in main(**given).deployed() if resource.type == kind]


def comes_after(**given: Any) -> dict[str, set[str]]:
    """Return the modules that each module names in `dependsOn`, and those that these wait for."""
    modules = {module.symbol: module for module in main(**given).modules}

    def waits(module: Module) -> set[str]:
        direct = {waited["symbol"] for waited in module.body.get("dependsOn", [])}
        return direct.union(*(waits(modules[symbol]) for symbol in direct))

    return {symbol: waits(module) for symbol, module in modules.items()}


def test_defender_comes_after_our_system_topic() -> None:
    """It makes one of its own as soon as it is on, and Azure takes one per account: microsoft/AzureTRE issue 4978."""
    (defender,) = deployed("Microsoft.Security/defenderForStorageSettings", malwareScanning=True)
    (account,) = [a for a in deployed("Microsoft.Storage/storageAccounts") if a.name.startswith("stdocs")]

    assert defender.body["scope"] == account.reference
    assert "eventGrid" in comes_after(malwareScanning=True)["defender"]
    assert deployed("Microsoft.Security/defenderForStorageSettings") == []


@pytest.mark.parametrize(("existing", "name"), [("", "egst-unique0string"), ("defenders", "defenders")])
def test_an_account_that_has_a_system_topic_keeps_it(existing: str, name: str) -> None:
    (topic,) = deployed("Microsoft.EventGrid/systemTopics", existingSystemTopicName=existing)

    assert topic.name == name
    assert topic.body["identity"] == {"type": "SystemAssigned"}, "it delivers with it"


@pytest.mark.parametrize(("recover", "mode"), [(False, "default"), (True, "recover")])
def test_a_deleted_vault_can_be_had_back(recover: bool, mode: str) -> None:
    """Its name stays taken for 90 days where purge protection forbids `azd down --purge`."""
    (vault,) = deployed("Microsoft.KeyVault/vaults", environmentKind="prod", recoverKeyVault=recover)

    assert vault.properties["createMode"] == mode


def test_a_locked_retention_policy_is_left_alone() -> None:
    """Azure creates and updates unlocked policies only: each deployment would fail."""
    kind = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"

    assert len(deployed(kind, auditRetentionDays=30)) == 1
    assert deployed(kind, auditRetentionDays=30, auditRetentionLocked=True) == []


def test_event_subscriptions_come_last_so_that_their_roles_have_spread() -> None:
    """Event Grid tries them when it creates a subscription, and a new role may take minutes."""
    others = {"eventGridRoles", "appRoles", "functionApp", "alerts", "workbook"}

    assert comes_after()["eventSubscriptions"] >= others


def test_what_somebody_changed_by_hand_is_put_back() -> None:
    """Without --no-state azd skips a deployment whose template and parameters are those of the last one."""
    workflow = (INFRA.parent / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    manual = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")

    assert re.findall(r"azd provision(?! --no-state)", workflow) == []
    assert "`azd provision --no-state`" in manual.partition("## Back up and restore")[2].partition("###")[0]
    assert "`azd provision --no-state`" in manual.partition("### `sweep-missing`")[2].partition("##")[0]


def test_every_command_that_writes_names_the_role_that_it_needs() -> None:
    manual = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    table = manual.partition("<!-- rights -->")[2].partition("<!-- /rights -->")[0]
    named = [line.split("`")[1] for line in table.splitlines()[3:]]
    blocks = "".join(
        re.findall(r"^```sh\n(.*?)^```", manual.partition("## Who may do what")[2], re.DOTALL | re.MULTILINE)
    )
    quoted = re.findall(r"`(az (?!login)[\w -]+)`", manual.partition("## Work with it")[2])
    run = [*re.findall(r"\b(az [a-z][\w -]+)", blocks), *quoted]

    assert [command for command in run if not command.startswith((*named, *READING))] == []
