"""Messages of the Python SDK as plain values, which all drivers exchange with the tests."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage


def outgoing(fields: dict[str, Any]) -> ServiceBusMessage:
    ttl = fields.pop("ttl", None)
    return ServiceBusMessage(
        base64.b64decode(fields.pop("body")),
        application_properties=fields.pop("properties", None),
        time_to_live=None if ttl is None else timedelta(seconds=ttl),
        **fields,
    )


def received(message: Any) -> dict[str, Any]:
    return {
        "body": base64.b64encode(b"".join(message.body)).decode(),
        "properties": {_text(key): _text(value) for key, value in (message.application_properties or {}).items()},
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "subject": message.subject,
        "content_type": message.content_type,
        "to": message.to,
        "reply_to": message.reply_to,
        "reply_to_session_id": message.reply_to_session_id,
        "partition_key": message.partition_key,
        "session_id": message.session_id,
        "ttl": message.time_to_live and message.time_to_live.total_seconds(),
        "delivery_count": message.delivery_count,
        "number": message.sequence_number,
        "enqueued_at": seconds(message.enqueued_time_utc),
        "expires_at": seconds(message.expires_at_utc),
        "reason": message.dead_letter_reason,
        "description": message.dead_letter_error_description,
        "token": str(message.lock_token) if getattr(message, "lock_token", None) else None,
    }


def seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def moment(unix_seconds: float) -> datetime:
    return datetime.fromtimestamp(unix_seconds, UTC)


def failure(error: Exception) -> dict[str, str]:
    return {"kind": type(error).__name__.removesuffix("Error"), "text": str(error)}


def _text(value: Any) -> Any:
    """Decode text, which the SDK returns as bytes."""
    return value.decode() if isinstance(value, bytes) else value
