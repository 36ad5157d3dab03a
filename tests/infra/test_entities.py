"""Code, local stack and Azure name the same queues, topics, subscriptions, containers, tables and event types."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

import contracts.messages.events
from contracts import names
from tests.infra.app import functions
from tests.infra.bicep import INFRA, Resource, Template, main

LOCAL: Final = INFRA.parent / "local"
CONTAINERS: Final = {names.PENDING, names.SUBMISSIONS, names.PUBLISHED, names.ARCHIVED, names.STAGING, names.AUDIT}
QUEUES: Final = {
    names.DOCUMENT_SUBMISSIONS,
    names.SUBMISSIONS_QUARANTINE,
    names.REVIEW_DECISIONS,
    names.DECISION_RETRIES,
    names.DECISION_REPLIES,
    names.DECISIONS_QUARANTINE,
    names.OPERATOR_COMMANDS,
    names.COMMANDS_QUARANTINE,
}
TOPICS: Final = {names.REVIEW_REQUESTS, names.REVIEW_EVENTS}
EVENT_TYPES: Final = {
    contracts.messages.events.REVIEW_COMPLETED,
    contracts.messages.events.DOCUMENT_RETRACTED,
    contracts.messages.events.DECISION_REFUSED,
    contracts.messages.events.SUBMISSION_REFUSED,
}


def module(file: str, **given: Any) -> Template:
    return Template(INFRA / "modules" / f"{file}.bicep", given)


def of_type(template: Template, kind: str) -> list[Resource]:
    return [r for r in template.resources if r.type.endswith(kind) and r.condition is not False]


def local(file: str) -> dict[str, Any]:
    return json.loads((LOCAL / file).read_text(encoding="utf-8"))


def local_entities() -> dict[str, dict[str, Any]]:
    """Map queue, topic, or topic/subscription to its properties, in the names of Azure's resource provider."""
    (namespace,) = local("servicebus.json")["UserConfig"]["Namespaces"]
    found = {entity["Name"]: entity["Properties"] for entity in namespace["Queues"] + namespace["Topics"]}
    for topic in namespace["Topics"]:
        found |= {f"{topic['Name']}/{each['Name']}": each["Properties"] for each in topic["Subscriptions"]}
    return {name: {k[0].lower() + k[1:]: v for k, v in given.items()} for name, given in found.items()}


def azure_entities() -> dict[str, dict[str, Any]]:
    template = module("service-bus", name="sbns", skuName="Standard")
    found = [r for kind in ("/queues", "/topics", "/subscriptions") for r in of_type(template, kind)]
    return {r.reference.name.removeprefix("sbns/"): r.properties for r in found}


def test_every_queue_topic_and_subscription_of_the_code_is_on_azure_and_local() -> None:
    subscriptions = {f"{names.REVIEW_EVENTS}/{names.REVIEW_EVENTS_WATCH}", f"{names.REVIEW_REQUESTS}/reviewers"}

    assert set(azure_entities()) == set(local_entities()) == QUEUES | TOPICS | subscriptions


def test_entities_behave_on_azure_as_they_do_locally() -> None:
    defaults = {"requiresDuplicateDetection": False, "deadLetteringOnMessageExpiration": False}
    local_ones, azure_ones = local_entities(), azure_entities()

    for name, properties in azure_ones.items():
        relevant = {k: v for k, v in defaults.items() if k in properties}
        assert properties == relevant | local_ones[name], name


def test_only_outbound_topics_drop_duplicates() -> None:
    assert {name for name, given in azure_entities().items() if given.get("requiresDuplicateDetection")} == TOPICS


def test_what_arrives_too_late_to_be_read_is_dead_lettered_where_somebody_looks() -> None:
    listened = {t["queueName"].partition("/")[0] for t in functions().values() if t["type"] == "serviceBusTrigger"}
    expiring = {name for name, given in azure_entities().items() if given.get("deadLetteringOnMessageExpiration")}

    assert expiring == listened | {f"{names.REVIEW_REQUESTS}/reviewers"}


def test_every_trigger_listens_to_something_that_exists() -> None:
    for name, trigger in functions().items():
        if trigger["type"] == "serviceBusTrigger":
            queue, _, dead = trigger["queueName"].partition("/")
            assert queue in azure_entities(), name
            assert dead in ("", names.DEAD_LETTERED.removeprefix("/")), name
        elif trigger["type"] == "blobTrigger":
            assert trigger["path"].partition("/")[0] in CONTAINERS
            assert trigger["source"] == "EventGrid", "the only source that Flex Consumption has"


def test_containers_and_tables_are_the_same_everywhere() -> None:
    storage = module("documents-storage", auditRetentionDays=0, auditRetentionLocked=False)

    containers = {r.name for r in of_type(storage, "/containers")}
    tables = {r.name for r in of_type(storage, "/tables")}
    assert containers == set(local("storage.json")["containers"]) == CONTAINERS
    assert (
        tables == set(local("storage.json")["tables"]) == {names.LEDGER_TABLE, names.WAITING_TABLE, names.READS_TABLE}
    )


def test_the_container_of_exports_is_write_once_on_demand() -> None:
    storage = module("documents-storage", auditRetentionDays=365, auditRetentionLocked=False)

    (policy,) = of_type(storage, "/immutabilityPolicies")
    assert policy.body["parent"].name.rpartition("/")[2] == names.AUDIT
    assert policy.properties["immutabilityPeriodSinceCreationInDays"] == 365


def test_uploads_are_scanned_on_demand_and_the_verdict_is_written_where_the_app_reads_it() -> None:
    (defender,) = of_type(module("defender"), "/defenderForStorageSettings")
    scan = defender.properties["malwareScanning"]

    assert scan["blobScanResultsOptions"] == "blobIndexTags"
    left_out = {prefix.rstrip("/") for prefix in scan["onUpload"]["filters"]["excludeBlobsWithPrefix"]}
    assert left_out == CONTAINERS - {names.PENDING, names.SUBMISSIONS}


def test_uploads_to_pending_are_delivered_to_the_queue_of_submissions() -> None:
    template = module("event-subscriptions", deliverUploadsToQueue=True, serviceBusName="sbns")
    (uploads,) = of_type(template, "systemTopics/eventSubscriptions")
    locally = local("eventgrid.json")["subscriptions"][uploads.name]

    destination = uploads.properties["deliveryWithResourceIdentity"]["destination"]
    assert str(destination["properties"]["resourceId"]).endswith(f"/queues:sbns/{names.DOCUMENT_SUBMISSIONS}.id")
    assert locally["destination"]["entity"] == names.DOCUMENT_SUBMISSIONS
    assert uploads.properties["filter"]["includedEventTypes"] == locally["filter"]["includedEventTypes"]
    prefix = f"/blobServices/default/containers/{names.PENDING}/"
    assert uploads.properties["filter"]["subjectBeginsWith"] == prefix + "blobs/"
    assert locally["filter"]["subjectBeginsWith"] == prefix


def test_all_our_events_and_no_others_go_to_the_topic_of_review_events() -> None:
    template = module("event-subscriptions", serviceBusName="sbns")
    (events,) = of_type(template, "/topics/eventSubscriptions")

    destination = events.properties["deliveryWithResourceIdentity"]["destination"]
    assert str(destination["properties"]["resourceId"]).endswith(f"/topics:sbns/{names.REVIEW_EVENTS}.id")
    assert local("eventgrid.json")["subscriptions"][events.name]["destination"]["entity"] == names.REVIEW_EVENTS
    assert set(events.properties["filter"]["includedEventTypes"]) == EVENT_TYPES


def test_a_message_has_the_id_of_its_event_for_as_long_as_event_grid_may_deliver_it() -> None:
    """https://learn.microsoft.com/azure/event-grid/handler-service-bus: otherwise the id is Event Grid's own."""
    subscriptions = of_type(module("event-subscriptions", deliverUploadsToQueue=True), "/eventSubscriptions")
    for subscription in subscriptions:
        mappings = subscription.properties["deliveryWithResourceIdentity"]["destination"]["properties"]
        locally = local("eventgrid.json")["subscriptions"][subscription.name]["destination"]
        expected = [{"name": "MessageId", "type": "Dynamic", "properties": {"sourceField": "id"}}]
        assert mappings["deliveryAttributeMappings"] == locally["deliveryAttributeMappings"] == expected

    assert {s.properties["retryPolicy"]["eventTimeToLiveInMinutes"] for s in subscriptions} == {24 * 60}
    assert azure_entities()[names.REVIEW_EVENTS]["duplicateDetectionHistoryTimeWindow"] == "P1D"


def test_undeliverable_events_are_kept_in_containers_that_exist() -> None:
    wanted = set()
    deployed = [resource for _, resource in main().deployed()]
    for subscription in deployed:
        if subscription.type.endswith("/eventSubscriptions"):
            assert "destination" not in subscription.properties, "would deliver with keys"
            dead = subscription.properties["deadLetterWithResourceIdentity"]["deadLetterDestination"]["properties"]
            account = str(dead["resourceId"]).removesuffix(".id").partition(":")[2]
            wanted.add(f"{account}/default/{dead['blobContainerName']}")

    accounts = {name.partition("/")[0] for name in wanted}
    containers = {r.reference.name for r in deployed if r.type.endswith("/containers")}
    assert wanted == {name for name in containers if name.partition("/")[0] in accounts}


@pytest.mark.parametrize("sku", ["Standard_LRS", "Standard_ZRS"])
def test_lifecycle_moves_only_archived_documents_and_deletes_none(sku: str) -> None:
    (policy,) = of_type(module("documents-storage", skuName=sku), "/managementPolicies")
    rules = policy.properties["policy"]["rules"]

    current = {tuple(r["definition"]["filters"]["prefixMatch"]): r["definition"]["actions"] for r in rules}
    assert current.pop((f"{names.ARCHIVED}/",)).keys() == {"baseBlob"}
    assert not [a for r in rules for a in r["definition"]["actions"].get("baseBlob", {}) if not a.startswith("tierTo")]
    ((prefixes, actions),) = current.items()
    assert set(prefixes) == {f"{names.PENDING}/", f"{names.SUBMISSIONS}/", f"{names.STAGING}/"}
    assert actions.keys() == {"version"}


def test_the_durable_hub_has_one_name() -> None:
    host = json.loads((INFRA.parent / "host.json").read_text(encoding="utf-8"))
    (hub,) = of_type(module("durable-task-scheduler"), "/taskHubs")

    assert hub.name == host["extensions"]["durableTask"]["hubName"]
