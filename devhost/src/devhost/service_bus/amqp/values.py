"""AMQP values for which Python has no type, and the errors of bad bytes."""

from __future__ import annotations

from typing import Any, NamedTuple


class AmqpError(Exception):
    """A peer broke the protocol. `condition` is the AMQP error symbol for the answer."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(f"{condition}: {description}")
        self.condition = condition
        self.description = description


class DecodeError(AmqpError):
    """Bytes that are no AMQP value, or one that exceeds the decoder's bounds."""

    def __init__(self, description: str) -> None:
        super().__init__("amqp:decode-error", description)


class Symbol(str):
    """An ASCII name from a constrained domain; equal to the `str` with the same text."""

    __slots__ = ()


class Timestamp(int):
    """Milliseconds since the Unix epoch."""

    __slots__ = ()


class Described(NamedTuple):
    """A value with a descriptor that gives its meaning."""

    descriptor: Any
    value: Any
