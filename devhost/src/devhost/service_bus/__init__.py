"""A local Azure Service Bus: an AMQP 1.0 broker for the real SDKs, on SQLite."""

from devhost.service_bus.broker import ServiceBusBroker
from devhost.service_bus.config.file import ConfigError, load_entities
from devhost.service_bus.errors import BrokerStoppedError, LockLostError, MessageLockLostError
from devhost.service_bus.queues.entities import EntityConfig

__all__ = [
    "BrokerStoppedError",
    "ConfigError",
    "EntityConfig",
    "LockLostError",
    "MessageLockLostError",
    "ServiceBusBroker",
    "load_entities",
]
