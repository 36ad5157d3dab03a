"""Who may do what on Azure: as narrow as intended, and exactly as docs/operations.md says."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from tests.infra.bicep import INFRA, Template, main
from tests.infra.bicep_values import Reference

# What the documentation calls the resources whose names Azure makes. Their modules give them no other names.
SCOPES: Final = {
    "Microsoft.Storage/storageAccounts:sthostunique0string": "host storage account",
    "Microsoft.Storage/storageAccounts:stwebunique0string": "host storage account of the front door",
    "Microsoft.Storage/storageAccounts:stdocsunique0string": "documents storage account",
    "Microsoft.Storage/storageAccounts:stdeadunique0string": "dead-letter storage account",
    "Microsoft.ServiceBus/namespaces:sbns-unique0string": "Service Bus namespace",
    "Microsoft.EventGrid/topics:evgt-unique0string": "custom topic",
    "Microsoft.Insights/components:appi-unique0string": "Application Insights",
    "Microsoft.KeyVault/vaults:kv-unique0string": "key vault",
    "Microsoft.DurableTask/schedulers:dts-unique0string": "Durable Task Scheduler",
}
PARENTS: Final = {
    "containers": "stdocsunique0string/default",
    "tables": "stdocsunique0string/default",
    "queues": "sbns-unique0string",
    "topics": "sbns-unique0string",
    "keys": "kv-unique0string",
    "secrets": "kv-unique0string",
    "subscriptions": "sbns-unique0string/review-events",
}
PRINCIPALS: Final = {
    "Microsoft.ManagedIdentity/userAssignedIdentities:id-unique0string.properties.principalId": "app",
    "Microsoft.ManagedIdentity/userAssignedIdentities:id-web-unique0string.properties.principalId": "web front door",
    "Microsoft.EventGrid/systemTopics:egst-unique0string.identity.principalId": "system topic",
    "Microsoft.EventGrid/topics:evgt-unique0string.identity.principalId": "custom topic",
    "people": "operator",
}


# A wrong digit is another role or none. https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
BUILT_IN: Final = {
    "090c5cfd-751d-490a-894a-3ce6f1109419": "Azure Service Bus Data Owner",
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "Azure Service Bus Data Receiver",
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "Azure Service Bus Data Sender",
    "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
    "d6a5505f-6ebb-45a4-896e-ac8274cfc0ac": "Durable Task Data Reader",
    "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "76199698-9eea-4c19-bc75-cec21354c6b6": "Storage Table Data Reader",
}


# Their names as infra/front-door-roles.bicep makes them.
OUR_OWN: Final = {
    f"guid(subscription().id, {name.lower()})": name
    for name in ("Compliance attestation signer", "Compliance read log appender")
}
MADE_BY_PEOPLE: Final = {"Microsoft.KeyVault/vaults/secrets"}


class Assignment(NamedTuple):
    principal: str
    scope: str
    role: str


def assignments(**given: Any) -> list[Assignment]:
    found = []
    names = {str(guid): name for name, guid in Template(INFRA / "modules/roles-app.bicep").variable("roles").items()}
    deployed = [resource for _, resource in main(**given).deployed()]
    scopes = {resource.reference for resource in deployed}
    for resource in deployed:
        if resource.type == "Microsoft.Authorization/roleAssignments":
            scope = resource.body["scope"]
            assert scope in scopes or scope.type in MADE_BY_PEOPLE, f"{resource.symbol}: {scope} is not deployed"
            kind, _, guid = resource.properties["roleDefinitionId"].rpartition("/")
            assert kind == "Microsoft.Authorization/roleDefinitions", resource.symbol
            found.append(Assignment(PRINCIPALS[str(resource.properties["principalId"])], words(scope), names[guid]))
    return found


def words(scope: Reference) -> str:
    """Return what the documentation calls a resource."""
    if str(scope) in SCOPES:
        return SCOPES[str(scope)]
    kind, (parent, _, name) = scope.type.rpartition("/")[2], scope.name.rpartition("/")
    assert parent == PARENTS[kind], scope
    return f"{kind.removesuffix('s')} `{name}`"


ALL: Final = {
    "useBlobTrigger": True,
    "malwareScanning": True,
    "durableBackend": "scheduler",
    "operatorId": "people",
    "webFrontDoor": True,
    # The table names the secrets by the parameters that name them.
    "verificationKeySetName": "verificationKeySetName",
    "attestationKeySetName": "attestationKeySetName",
}


def test_the_documentation_lists_exactly_the_roles_that_are_assigned() -> None:
    text = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("<!-- roles -->")[2].partition("<!-- /roles -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
    ordinary, everything = assignments(operatorId="people"), assignments(**ALL)

    assert {Assignment(*row[:3]) for row in rows} == set(everything)
    assert len(rows) == len(everything), "an assignment is made or listed twice"
    only_with = {Assignment(*row[:3]) for row in rows if row[4].startswith("only")}
    assert only_with == set(everything) - set(ordinary)
    assert all(row[3] for row in rows), "a role without a reason"


def test_roles_are_the_built_in_ones_of_their_names() -> None:
    roles = Template(INFRA / "modules/roles-app.bicep").variable("roles")

    assert {str(guid): name for name, guid in roles.items()} == BUILT_IN | OUR_OWN


def test_nobody_gets_a_role_without_being_named() -> None:
    assert "operator" not in {assignment.principal for assignment in assignments()}


def test_the_app_owns_nothing_that_holds_documents_but_the_containers_whose_tags_it_reads_or_writes() -> None:
    owned = {a.scope for a in assignments(**ALL) if a.principal == "app" and a.role == "Storage Blob Data Owner"}

    containers = ("pending", "submissions", "published", "archived", "staging")
    assert owned == {"host storage account", *(f"container `{name}`" for name in containers)}


def test_azure_may_read_the_length_of_queues_by_which_it_scales_the_app() -> None:
    """https://learn.microsoft.com/azure/azure-functions/functions-target-based-scaling: it needs Manage rights."""
    on_namespace = [a.role for a in assignments() if (a.principal, a.scope) == ("app", "Service Bus namespace")]
    narrower = assignments(serviceBusTriggerRole="Azure Service Bus Data Receiver")

    assert on_namespace == ["Azure Service Bus Data Owner"]
    assert Assignment("app", "Service Bus namespace", "Azure Service Bus Data Receiver") in narrower


def test_event_grid_reaches_no_document() -> None:
    scopes = {a.scope for a in assignments(**ALL) if a.principal in ("system topic", "custom topic")}

    assert scopes == {"queue `document-submissions`", "topic `review-events`", "dead-letter storage account"}


def test_an_operator_can_change_neither_ledger_nor_published_documents() -> None:
    writable = {
        a.scope for a in assignments(**ALL) if a.principal == "operator" and not a.role.endswith(("Reader", "Receiver"))
    }

    assert writable == {
        "container `pending`",
        "queue `document-submissions`",
        "queue `review-decisions`",
        "queue `operator-commands`",
    }


def test_nobody_but_the_app_says_when_a_decision_was_first_sent() -> None:
    """What a copy claims counts: docs/decisions/0025."""
    on_copies = {a.principal for a in assignments(**ALL) if a.scope == "queue `decision-retries`"}

    assert on_copies == {"app"}


def test_assignments_can_be_made_again_for_a_new_identity() -> None:
    found = [r for _, r in main(**ALL, operatorType="Group").deployed() if r.type.endswith("/roleAssignments")]
    for assignment in found:
        principal = assignment.properties["principalId"]
        role = assignment.properties["roleDefinitionId"].rpartition("/")[2]
        assert assignment.name == f"guid({assignment.body['scope']}.id, {principal}, {role})", assignment.symbol
        kind = "Group" if principal == "people" else "ServicePrincipal"
        assert assignment.properties["principalType"] == kind, assignment.symbol

    assert len({assignment.name for assignment in found}) == len(found), "one would replace another"


def test_roles_come_before_what_needs_them() -> None:
    waits = {module.symbol: {w["symbol"] for w in module.body.get("dependsOn", [])} for module in main().modules}

    assert "appRoles" in waits["functionApp"]
    assert "webRoles" in waits["webApp"]
    assert waits["webRoles"] == {"attestationKey", "formKey"}
    assert "eventGridRoles" in waits["eventSubscriptions"]
