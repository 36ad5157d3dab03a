"""Correlation filters of subscriptions."""

from __future__ import annotations

from typing import Any

from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.queues.entities import CorrelationFilter
from devhost.service_bus.queues.message_content import PROPERTY_NAMES, MessageContent


def matches(filters: tuple[CorrelationFilter, ...], content: MessageContent) -> bool:
    """Return whether a subscription with these filters gets the message."""
    if not filters:
        return True
    properties: dict[str, Any] = dict(zip(PROPERTY_NAMES, _value(content.properties, []), strict=False))
    application_properties = _value(content.application_properties, {})
    return any(_matches(one, properties, application_properties) for one in filters)


def _matches(one: CorrelationFilter, properties: dict[str, Any], application_properties: dict[Any, Any]) -> bool:
    return all(_text(properties.get(name)) == value for name, value in one.properties.items()) and all(
        name in application_properties
        and isinstance(application_properties[name], bool) is isinstance(value, bool)
        and application_properties[name] == value
        for name, value in one.application_properties.items()
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _value(section: bytes, empty: Any) -> Any:
    return decode(section, 3)[0] if section else empty
