"""Convert a received message into what the Functions host sends to the Python worker.

Keys and types: azure-functions-servicebus-extension (`ServiceBusTriggerBindingStrategy`), which sends text as
"string" and everything else as "json".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from azure.functions.meta import Datum

from devhost.ports import ReceivedMessage


def one_message(message: ReceivedMessage, binary: bool) -> tuple[Datum, dict[str, Datum]]:
    """Return content and trigger metadata for a function of cardinality one."""
    data = Datum(message.body, "bytes") if binary else Datum(_text(message), "string")
    metadata = {
        key: Datum(value, "string") if isinstance(value, str) and not _is_time(key) else _json(value)
        for key, value in _properties(message).items()
        if value is not None
    }
    return data, metadata


def many_messages(messages: Sequence[ReceivedMessage], binary: bool) -> tuple[Datum, dict[str, Datum]]:
    """Return content and trigger metadata, with one array per key, for a function of cardinality many."""
    if binary:
        data = Datum(SimpleNamespace(bytes=[message.body for message in messages]), "collection_bytes")
    else:
        data = Datum(SimpleNamespace(string=[_text(message) for message in messages]), "collection_string")
    rows = [_properties(message) for message in messages]
    return data, {f"{key}Array": _json([row[key] for row in rows]) for key in rows[0]}


def _properties(message: ReceivedMessage) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "DeliveryCount": message.delivery_count,
        "SequenceNumber": message.sequence_number,
        "EnqueuedTimeUtc": _timestamp(message.enqueued_time),
        "ExpiresAtUtc": _timestamp(message.expires_at or datetime.max.replace(tzinfo=UTC)),
        "LockToken": message.lock_token,
        "CorrelationId": message.correlation_id,
        "ContentType": message.content_type,
        "Subject": message.subject,
        "Label": message.subject,
        "SessionId": message.session_id,
        "To": message.to,
        "ReplyTo": message.reply_to,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
        "DeadLetterSource": message.dead_letter_source,
        "ApplicationProperties": _plain(message.application_properties),
        "UserProperties": _plain(message.application_properties),
    }


def _is_time(key: str) -> bool:
    return key.endswith("Utc")


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text(message: ReceivedMessage) -> str:
    return message.body.decode("utf-8", errors="replace")  # as .NET decodes it


def _json(value: object) -> Datum:
    return Datum(json.dumps(value), "json")


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): _plain_value(value) for key, value in properties.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return _timestamp(value) if isinstance(value, datetime) else str(value)
