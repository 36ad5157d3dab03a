"""Read one execution's history from a file.

It has one of two forms: devhost's answer to `GET /durabletask/instances/ID/history`, or the rows of an instance in
the table `<hub>History` of Azure Storage, as a JSON list or below `items` (az storage entity query) or `value` (REST).
An answer to the management API's status query will not do: it folds calls into their outcomes, without sequence ids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from devhost.durable.api.status_report import EVENT_NAMES
from devhost.durable.engine.history import Event, EventType, new_event

_TYPES = {name: kind for kind, name in EVENT_NAMES.items()} | {
    "OrchestratorStarted": EventType.ORCHESTRATOR_STARTED,
    "OrchestratorCompleted": EventType.ORCHESTRATOR_COMPLETED,
}
_JSON_COLUMNS = ("OrchestrationInstance", "ParentInstance", "Tags", "ParentTraceContext", "Correlation")
_LEFT_OUT_WHEN_NULL = ("Version", "Input", "Result", "Reason", "Details")
# Columns added by the table and by the tools that read it, not members of an event.
_COLUMNS = {
    "PartitionKey",
    "RowKey",
    "Timestamp",
    "_Timestamp",
    "ExecutionId",
    "etag",
    "IsPlayed",
    "EventType",
    "EventId",
}


class HistoryFileError(Exception):
    """The file is no history that can be replayed. The message states what is wrong and where."""


@dataclass(frozen=True, slots=True)
class ExportedHistory:
    """One execution, started with `name` and `input` (JSON text)."""

    instance_id: str
    name: str
    input: str | None
    events: list[Event]


def read_history(file: Path) -> ExportedHistory:
    """Read a history from a file. Raises HistoryFileError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise HistoryFileError(f"Cannot read {file}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise HistoryFileError(f"{file} is not valid JSON: {error}.") from error
    rows = content
    if isinstance(content, dict):
        if "historyEvents" in content:
            raise HistoryFileError(
                f"{file} is a status with a folded history, which lacks sequence ids and turns. Take the answer of "
                "devhost's GET /durabletask/instances/ID/history, or the rows of Azure's table <hub>History."
            )
        rows = next((content[key] for key in ("history", "items", "value") if key in content), None)
    if not isinstance(rows, list) or not rows:
        raise HistoryFileError(f"{file}: expected a list of history events, or an object with `history` or `items`.")
    events = [_event(row, f"{file}, event {index}") for index, row in enumerate(rows)]
    return _history(rows, events, file)


def _history(rows: list[dict[str, Any]], events: list[Event], file: Path) -> ExportedHistory:
    started = next((event for event in events if event.type is EventType.EXECUTION_STARTED), None)
    if started is None or events[0].type is not EventType.ORCHESTRATOR_STARTED:
        raise HistoryFileError(f"{file}: a history begins with OrchestratorStarted and ExecutionStarted.")
    body = json.loads(started.text)
    instance = body.get("OrchestrationInstance") or {"InstanceId": rows[0].get("PartitionKey", "replayed")}
    return ExportedHistory(instance["InstanceId"], body["Name"], body.get("Input"), events)


def _event(row: Any, where: str) -> Event:
    if not isinstance(row, dict) or "EventType" not in row:
        raise HistoryFileError(f"{where}: expected an object with EventType.")
    if kept_elsewhere := [name for name in row if name.endswith("BlobName")]:
        raise HistoryFileError(
            f"{where}: {kept_elsewhere[0]} names a blob that holds a large value. "
            f"Put the blob's text here as {kept_elsewhere[0].removesuffix('BlobName')}."
        )
    try:
        kind = _TYPES[row["EventType"]] if isinstance(row["EventType"], str) else EventType(row["EventType"])
        members = {name: _member(name, value) for name, value in row.items() if name not in _COLUMNS}
        members = dict.fromkeys(_LEFT_OUT_WHEN_NULL) | members
        stamp = row.get("_Timestamp") or row["Timestamp"]
        return new_event(kind, datetime.fromisoformat(stamp), row["EventId"], **members)
    except (KeyError, ValueError, TypeError) as error:
        raise HistoryFileError(f"{where}: not an event that devhost can replay ({error!r}).") from error


def _member(name: str, value: Any) -> Any:
    return json.loads(value) if name in _JSON_COLUMNS and isinstance(value, str) else value
