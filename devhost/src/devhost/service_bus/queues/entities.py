"""The queues, topics and subscriptions of a broker, as values; `config.file` reads them from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DEAD_LETTER_SUFFIX = "/$DeadLetterQueue"


@dataclass(frozen=True, slots=True)
class QueueRules:
    """The rules of one queue or subscription. Durations are in seconds."""

    lock_duration: float = 60.0
    max_delivery_count: int = 10
    default_ttl: float | None = None
    dead_letter_on_expiration: bool = False
    requires_session: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    rules: QueueRules = QueueRules()
    duplicate_window: float | None = None


@dataclass(frozen=True, slots=True)
class CorrelationFilter:
    """A filter for messages that have all of these values."""

    properties: Mapping[str, str] = field(default_factory=dict)  # by AMQP name: "subject", "correlation-id", ...
    application_properties: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription. It gets the messages that match any of its filters, or all messages if it has no filter."""

    name: str
    rules: QueueRules = QueueRules()
    filters: tuple[CorrelationFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    subscriptions: tuple[Subscription, ...] = ()
    default_ttl: float | None = None
    duplicate_window: float | None = None


@dataclass(frozen=True, slots=True)
class EntityConfig:
    queues: tuple[Queue, ...] = ()
    topics: tuple[Topic, ...] = ()


def entity_path(address: str) -> str:
    """Return the path in an address such as `amqps://host:5672/Orders%2Fnew`, in the form for comparisons."""
    path = urlsplit(address).path if "://" in address else address
    return unquote(path).strip("/").casefold()
