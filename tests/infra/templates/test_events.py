"""Events go from their source to their entity, in the schema that the app reads, and are kept if they cannot."""

from __future__ import annotations

from typing import Any, Final

import pytest

from contracts import names
from tests.infra.bicep import INFRA, Resource, Template, main
from tests.infra.bicep_values import Fact

SERVICE_BUS: Final = "Microsoft.ServiceBus/namespaces"
DEAD_LETTERS: Final = "Microsoft.Storage/storageAccounts:stdeadunique0string.id"


def deployed(kind: str) -> list[Resource]:
    return [r for _, r in main().deployed() if r.type == f"Microsoft.{kind}"]


def uploads() -> Resource:
    (found,) = deployed("EventGrid/systemTopics/eventSubscriptions")
    return found


def outcomes() -> Resource:
    (found,) = deployed("EventGrid/topics/eventSubscriptions")
    return found


def webhook() -> Resource:
    given = {"functionAppName": "func", "systemTopicName": "egst", "deadLetterAccountId": Fact("dead.id")}
    return Template(INFRA / "blob-trigger.bicep", given).resources[-1]


def test_the_system_topic_is_of_the_account_with_the_documents() -> None:
    (topic,) = deployed("EventGrid/systemTopics")

    assert str(topic.properties["source"]) == "Microsoft.Storage/storageAccounts:stdocsunique0string.id"
    assert topic.properties["topicType"] == "Microsoft.Storage.StorageAccounts"
    assert uploads().body["parent"] == topic.reference
    assert topic.body["identity"] == {"type": "SystemAssigned"}


def test_the_custom_topic_takes_what_the_app_publishes() -> None:
    (topic,) = deployed("EventGrid/topics")

    assert topic.properties["inputSchema"] == "CloudEventSchemaV1_0", "adapters/messaging/events.py sends CloudEvents"
    assert outcomes().body["parent"] == topic.reference
    assert topic.body["identity"] == {"type": "SystemAssigned"}


@pytest.mark.parametrize(
    ("subscription", "kind", "target"),
    [
        (uploads(), "ServiceBusQueue", f"{SERVICE_BUS}/queues:sbns-unique0string/{names.DOCUMENT_SUBMISSIONS}.id"),
        (outcomes(), "ServiceBusTopic", f"{SERVICE_BUS}/topics:sbns-unique0string/{names.REVIEW_EVENTS}.id"),
    ],
    ids=["uploads", "outcomes"],
)
def test_an_event_goes_to_its_entity_with_the_topics_identity(subscription: Resource, kind: str, target: str) -> None:
    delivery = subscription.properties["deliveryWithResourceIdentity"]

    assert delivery["identity"] == {"type": "SystemAssigned"}
    assert delivery["destination"]["endpointType"] == kind
    assert str(delivery["destination"]["properties"]["resourceId"]) == target


SUBSCRIPTIONS: Final[dict[str, tuple[Resource, str, str, str]]] = {
    "uploads": (uploads(), "CloudEventSchemaV1_0", "submission-events", DEAD_LETTERS),
    "outcomes": (outcomes(), "CloudEventSchemaV1_0", "review-events", DEAD_LETTERS),
    # The trigger accepts no other schema.
    "webhook": (webhook(), "EventGridSchema", "submission-events", "dead.id"),
}


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
def test_an_event_has_the_schema_that_its_reader_expects_and_is_kept_if_it_cannot_be_delivered(name: str) -> None:
    subscription, schema, container, account = SUBSCRIPTIONS[name]
    dead = subscription.properties["deadLetterWithResourceIdentity"]

    assert subscription.properties["eventDeliverySchema"] == schema
    assert subscription.properties["retryPolicy"] == {"maxDeliveryAttempts": 30, "eventTimeToLiveInMinutes": 1440}
    assert dead["identity"] == {"type": "SystemAssigned"}
    assert dead["deadLetterDestination"]["endpointType"] == "StorageBlob"
    kept: dict[str, Any] = dead["deadLetterDestination"]["properties"]
    assert (str(kept["resourceId"]), kept["blobContainerName"]) == (account, container)


@pytest.mark.parametrize("name", ["uploads", "webhook"])
def test_only_new_blobs_in_pending_are_uploads(name: str) -> None:
    assert SUBSCRIPTIONS[name][0].properties["filter"] == {
        "includedEventTypes": ["Microsoft.Storage.BlobCreated"],
        "subjectBeginsWith": f"/blobServices/default/containers/{names.PENDING}/blobs/",
    }


def test_the_webhook_is_called_with_an_address_alone() -> None:
    destination = webhook().properties["destination"]

    assert destination["endpointType"] == "WebHook"
    assert set(destination["properties"]) == {"endpointUrl"}
    assert webhook().body["parent"].name == "egst"
