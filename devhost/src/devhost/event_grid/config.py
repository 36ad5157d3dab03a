"""Event subscriptions, with the names of Azure's own resource (`Microsoft.EventGrid/eventSubscriptions`).

{"storageContainers": ["uploads"],
 "subscriptions": {
   "to-queue": {"topic": "storage", "destination": {"endpointType": "ServiceBusQueue", "entity": "uploads"}},
   "to-me": {"destination": {"endpointType": "WebHook", "endpointUrl": "http://127.0.0.1:9000/events"},
             "filter": {"includedEventTypes": ["order.paid.v1"]}}}}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError
from pydantic.alias_generators import to_camel

from devhost.errors import StartError

Topic = Literal["custom", "storage"]
NAME_PATTERN = r"[A-Za-z0-9-]{3,64}"  # the service's rule for subscription names


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class WebHook(_Model):
    endpoint_type: Literal["WebHook"]
    endpoint_url: HttpUrl


class SourceField(_Model):
    source_field: str


class AttributeMapping(_Model):
    """The field of an event that becomes the id of its message."""

    name: Literal["MessageId"]
    type: Literal["Dynamic"]
    properties: SourceField


class ServiceBusEntity(_Model):
    """A queue or topic of the host's broker."""

    endpoint_type: Literal["ServiceBusQueue", "ServiceBusTopic"]
    entity: str
    delivery_attribute_mappings: tuple[AttributeMapping, ...] = ()


class Filter(_Model):
    """The events that a subscription gets. By default case in subjects does not matter, as on Azure."""

    included_event_types: tuple[str, ...] = ()
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    is_subject_case_sensitive: bool = False

    def accepts(self, event: dict[str, Any]) -> bool:
        kind, subject = event["type"], event.get("subject") or ""
        begin, end = self.subject_begins_with, self.subject_ends_with
        if not self.is_subject_case_sensitive:
            subject, begin, end = subject.lower(), begin.lower(), end.lower()
        types = {name.lower() for name in self.included_event_types}
        return (not types or kind.lower() in types) and subject.startswith(begin) and subject.endswith(end)


class RetryPolicy(_Model):
    """A retry policy with the service's defaults and limits."""

    max_delivery_attempts: Annotated[int, Field(ge=1, le=30)] = 30
    event_time_to_live_in_minutes: Annotated[int, Field(ge=1, le=1440)] = 1440


class Subscription(_Model):
    topic: Topic = "custom"
    destination: Annotated[WebHook | ServiceBusEntity, Field(discriminator="endpoint_type")]
    filter: Filter = Filter()
    retry_policy: RetryPolicy = RetryPolicy()


class EventGridConfig(_Model):
    storage_containers: tuple[str, ...] = ()
    subscriptions: dict[Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")], Subscription] = {}


def describe(error: ValidationError) -> str:
    """Return all faults of a document on one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg']}" for e in error.errors())


def read_config(file: Path) -> EventGridConfig:
    """Read event subscriptions from a file. Raises StartError naming the file and each wrong field."""
    try:
        return EventGridConfig.model_validate(json.loads(file.read_text()))
    except OSError as error:
        raise StartError(f"Cannot read the Event Grid file {file}: {error.strerror}.") from error
    except ValidationError as error:
        raise StartError(f"{file}: {describe(error)}.") from error
    except ValueError as error:
        raise StartError(f"{file} is not valid JSON: {error}.") from error
