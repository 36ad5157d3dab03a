"""Errors of Service Bus, each with the AMQP condition and the management status code that a client gets.

ServiceBusError
├── EntityNotFoundError
├── NotAllowedError
├── UnsupportedError
├── UnauthorizedError
├── MessageTooLargeError
├── LockLostError
│   ├── MessageLockLostError
│   └── SessionLockLostError
├── SessionCannotBeLockedError
├── SessionTimeoutError
├── MessageNotFoundError
└── InvalidRequestError

The Azure SDKs map these conditions and status codes to their exceptions.
"""

from __future__ import annotations


class ServiceBusError(Exception):
    """A request that cannot be served. The message gives the reason and goes to the client."""

    condition = "amqp:internal-error"
    status = 500


class EntityNotFoundError(ServiceBusError):
    condition = "amqp:not-found"
    status = 404


class NotAllowedError(ServiceBusError):
    condition = "amqp:not-allowed"
    status = 400


class UnsupportedError(ServiceBusError):
    """Azure supports it, this broker does not."""

    condition = "amqp:not-implemented"
    status = 501


class UnauthorizedError(ServiceBusError):
    condition = "amqp:unauthorized-access"
    status = 401


class MessageTooLargeError(ServiceBusError):
    condition = "amqp:link:message-size-exceeded"
    status = 400


class LockLostError(ServiceBusError):
    """The lock is gone: settled, expired or given up."""

    status = 410


class MessageLockLostError(LockLostError):
    condition = "com.microsoft:message-lock-lost"


class SessionLockLostError(LockLostError):
    condition = "com.microsoft:session-lock-lost"


class SessionCannotBeLockedError(ServiceBusError):
    condition = "com.microsoft:session-cannot-be-locked"
    status = 410


class SessionTimeoutError(ServiceBusError):
    """No session became available in time."""

    condition = "com.microsoft:timeout"
    status = 408


class MessageNotFoundError(ServiceBusError):
    condition = "com.microsoft:message-not-found"
    status = 404


class InvalidRequestError(ServiceBusError):
    condition = "amqp:invalid-field"
    status = 400


class BrokerStoppedError(Exception):
    """The broker was stopped, or stopped itself because it could not write to disk. Clients do not see it."""
