"""Reader of the official Service Bus emulator's `Config.json`.

Format: https://learn.microsoft.com/azure/service-bus-messaging/test-locally-with-service-bus-emulator. What this
broker cannot do (SQL filters, rule actions, forwarding) is refused, not ignored. The limits on the number of entities
are the emulator's (https://learn.microsoft.com/azure/service-bus-messaging/overview-emulator#usage-quotas), so that the
emulator accepts each file that devhost accepts. Durations may be as long as on Azure; the emulator's limits are an hour
for the time to live and five minutes for duplicate detection.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_pascal

from devhost.errors import StartError
from devhost.json_files import as_strict_json
from devhost.service_bus.config.values import (
    FOREVER,
    MOST_ENTITIES,
    MOST_FILTERS,
    MOST_SUBSCRIPTIONS,
    Duration,
    EntityName,
    LockDuration,
    NoForwarding,
    Window,
    check_count,
    check_unique,
)
from devhost.service_bus.queues.entities import CorrelationFilter, EntityConfig, Queue, QueueRules, Subscription, Topic


class ConfigError(StartError):
    """The entity file cannot be used. The message names the file, each wrong place in it, and what is wrong there."""


def load_entities(path: Path) -> EntityConfig:
    """Read an emulator `Config.json`. Raises ConfigError."""
    try:
        return _File.model_validate_json(as_strict_json(path.read_text(encoding="utf-8-sig"))).to_entities()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8: {error}") from error
    except ValidationError as error:
        problems = "\n".join(
            f"  {'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise ConfigError(f"{path} is no usable Service Bus entity configuration:\n{problems}") from error


class _Section(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)


class _EntityProperties(_Section):
    default_message_time_to_live: Duration | None = None

    def ttl(self) -> float | None:
        ttl = self.default_message_time_to_live
        return None if ttl is None or ttl >= FOREVER else ttl.total_seconds()


class _QueueLikeProperties(_EntityProperties):
    dead_lettering_on_message_expiration: bool = False
    lock_duration: LockDuration = timedelta(minutes=1)
    max_delivery_count: Annotated[int, Field(ge=1, le=2000)] = 10
    requires_session: bool = False
    forward_to: NoForwarding = None
    forward_dead_lettered_messages_to: NoForwarding = None

    def rules(self) -> QueueRules:
        return QueueRules(
            lock_duration=self.lock_duration.total_seconds(),
            max_delivery_count=self.max_delivery_count,
            default_ttl=self.ttl(),
            dead_letter_on_expiration=self.dead_lettering_on_message_expiration,
            requires_session=self.requires_session,
        )


class _Deduplication(_EntityProperties):
    requires_duplicate_detection: bool = False
    duplicate_detection_history_time_window: Window = timedelta(minutes=10)

    def duplicate_window(self) -> float | None:
        window = self.duplicate_detection_history_time_window.total_seconds()
        return window if self.requires_duplicate_detection else None


class _QueueProperties(_QueueLikeProperties, _Deduplication):
    pass


class _CorrelationFilter(_Section):
    content_type: str | None = None
    correlation_id: str | None = None
    label: str | None = None
    subject: str | None = None
    message_id: str | None = None
    reply_to: str | None = None
    reply_to_session_id: str | None = None
    session_id: str | None = None
    to: str | None = None
    properties: dict[str, str | int | float | bool] = Field(default_factory=dict)

    def to_filter(self) -> CorrelationFilter:
        properties = {
            "content-type": self.content_type,
            "correlation-id": self.correlation_id,
            "subject": self.subject or self.label,
            "message-id": self.message_id,
            "reply-to": self.reply_to,
            "reply-to-group-id": self.reply_to_session_id,
            "group-id": self.session_id,
            "to": self.to,
        }
        return CorrelationFilter(
            {name: value for name, value in properties.items() if value is not None}, self.properties
        )


class _RuleProperties(_Section):
    filter_type: Literal["Correlation"]
    correlation_filter: _CorrelationFilter

    @model_validator(mode="before")
    @classmethod
    def _only_correlation(cls, value: Any) -> Any:
        if isinstance(value, dict) and (value.get("FilterType") == "Sql" or "SqlFilter" in value):
            raise ValueError("SQL filters are not supported; use a correlation filter, or filter in the app")
        if isinstance(value, dict) and value.get("Action"):
            raise ValueError("rule actions are not supported; set the properties where the message is sent")
        return value


class _Rule(_Section):
    name: str
    properties: _RuleProperties


class _Subscription(_Section):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=50)]
    properties: _QueueLikeProperties = _QueueLikeProperties()
    rules: tuple[_Rule, ...] = ()

    def to_subscription(self) -> Subscription:
        filters = tuple(rule.properties.correlation_filter.to_filter() for rule in self.rules)
        return Subscription(self.name, self.properties.rules(), filters)


class _Queue(_Section):
    name: EntityName
    properties: _QueueProperties = _QueueProperties()


class _Topic(_Section):
    name: EntityName
    properties: _Deduplication = _Deduplication()
    subscriptions: tuple[_Subscription, ...] = ()

    @model_validator(mode="after")
    def _is_within_the_limits(self) -> _Topic:
        check_count(self.subscriptions, MOST_SUBSCRIPTIONS, "subscriptions of one topic")
        rules = [rule for subscription in self.subscriptions for rule in subscription.rules]
        check_count(rules, MOST_FILTERS, "filters of one topic")
        check_unique([subscription.name for subscription in self.subscriptions])
        return self


class _Namespace(_Section):
    name: str
    queues: tuple[_Queue, ...] = ()
    topics: tuple[_Topic, ...] = ()

    @model_validator(mode="after")
    def _is_within_the_limits(self) -> _Namespace:
        names = [entity.name for entity in (*self.queues, *self.topics)]
        check_count(names, MOST_ENTITIES, "queues and topics")
        check_unique(names)
        return self


class _UserConfig(_Section):
    namespaces: tuple[_Namespace] = Field()
    logging: dict[str, Any] = Field(default_factory=dict)  # for the emulator; has no meaning here


class _File(_Section):
    user_config: _UserConfig

    def to_entities(self) -> EntityConfig:
        (namespace,) = self.user_config.namespaces
        return EntityConfig(
            queues=tuple(
                Queue(queue.name, queue.properties.rules(), queue.properties.duplicate_window())
                for queue in namespace.queues
            ),
            topics=tuple(
                Topic(
                    topic.name,
                    tuple(subscription.to_subscription() for subscription in topic.subscriptions),
                    topic.properties.ttl(),
                    topic.properties.duplicate_window(),
                )
                for topic in namespace.topics
            ),
        )
