"""The values of a review as table rows: scalars as columns that people can read, everything else as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, TypeVar

from azure.data.tables import TableEntity
from pydantic.alias_generators import to_camel

from compliance.history import AuditRecord
from compliance.review import Head, RecordedDecision
from contracts.digest import text_digest
from contracts.type_adapters import adapter_of
from evidence.chain import StoredRecord, decision_content, decision_in

OPEN: Final = "open"
OUTBOX: Final = "outbox"
HEAD: Final = "head"
NAME_TAKEN: Final = "name-taken"  # in a name's partition, beside the ids of its reviews: the name has had one

Row = dict[str, Any]
T = TypeVar("T")

_JSON_COLUMNS = frozenset(
    {"document", "policy", "findings", "schedule", "earlier_submitters", "earlier_modifiers"}
    | {"ended_rights", "reassignments", "retraction", "data", "facts"}
    | {"decided_by", "outcomes", "times"}
)


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """An event that is still to be acknowledged by Event Grid."""

    id: str
    type: str
    subject: str
    data: dict[str, Any]
    time: str | None = None  # ISO 8601; of what the event reports


def document_partition(container: str, name: str) -> str:
    """Return the partition that lists the reviews of one document name."""
    return "document-" + text_digest(f"{container}/{name}")


def head_row(head: Head) -> Row:
    """Return the row of a head in its review's partition."""
    return row_of(head.review_id, HEAD, head)


def open_row(head: Head) -> Row:
    """Return the row of an unfinished review, which holds everything that opening it needs."""
    return row_of(OPEN, head.review_id, head)


def decision_row(review_id: str, recorded: RecordedDecision) -> Row:
    """Return the row of a decision that counts."""
    columns = decision_content(recorded)
    return {"PartitionKey": review_id, "RowKey": f"decision-{columns.pop('seq'):06d}", **columns}


def decision_id_row(review_id: str, recorded: RecordedDecision) -> Row:
    """Return a row whose key makes a second decision with the same id impossible, whatever the code does."""
    return {
        "PartitionKey": review_id,
        "RowKey": f"id-{text_digest(recorded.decision.decision_id)}",
        "seq": recorded.seq,
    }


def note_row(review_id: str, key: str) -> Row:
    """Return a row whose key makes a second note of the same command impossible."""
    return {"PartitionKey": review_id, "RowKey": f"note-{text_digest(key)}"}


def audit_row(review_id: str, record: AuditRecord) -> Row:
    """Return the row of one record of the review's history."""
    return row_of(review_id, record_key(record.seq), record)


def record_key(number: int) -> str:
    """Return the key of the row of a record in its review's partition."""
    return f"audit-{number:06d}"


def outbox_row(event: OutboxEvent) -> Row:
    """Return the row of an event that waits for its acknowledgement."""
    return row_of(OUTBOX, event.id, event)


def head_of(row: Mapping[str, Any]) -> Head:
    """Return the head in a head row or open row."""
    return value_of(Head, row)


def decision_of(row: Mapping[str, Any]) -> RecordedDecision:
    """Return the recorded decision in a decision row. Raises ValueError if the row cannot be read."""
    return decision_in({"seq": int(row["RowKey"].removeprefix("decision-")), **_as_stored(row)})


def audit_of(row: Mapping[str, Any]) -> AuditRecord:
    """Return the audit record in an audit row."""
    return value_of(AuditRecord, row)


def stored_record_of(row: TableEntity) -> StoredRecord:
    """Return an audit row exactly as it is stored, for checking."""
    content = _as_stored(row)
    facts = content.get("facts")
    try:
        parsed = json.loads(str(facts))
        content["facts"] = parsed if _compact(parsed) == facts else facts
    except ValueError:
        pass  # kept as text, so that the digest does not match
    digest = content.pop("digest", None)
    return StoredRecord({"reviewId": row["PartitionKey"], **content}, digest, str(row.metadata["timestamp"]))


def decision_content_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision row exactly as it is stored, for checking."""
    seq = str(row["RowKey"]).removeprefix("decision-")
    return {"seq": int(seq) if seq.isdecimal() else seq, **_as_stored(row)}


def event_of(row: Mapping[str, Any]) -> OutboxEvent:
    """Return the event in an outbox row."""
    return value_of(OutboxEvent, row)


# Storage keeps no column for None, so a field that may be None must have it as default. A column holds 32 Ki UTF-16
# units; text beyond ASCII is not escaped, because it would take six times as many.
def row_of(partition: str, key: str, value: object) -> Row:
    """Return a value, a dataclass, as a row."""
    columns = adapter_of(type(value)).dump_python(value, mode="json")
    row: Row = {"PartitionKey": partition, "RowKey": key}
    for name, content in columns.items():
        if isinstance(content, dict | list):
            row[_column(name)] = _compact(content)
        elif content is not None:
            row[_column(name)] = content
    return row


def _as_stored(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey")}


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


_column = cache(to_camel)  # called 40 times to read a head


def value_of(kind: type[T], row: Mapping[str, Any]) -> T:
    """Return the value in a row. Raises ValueError if it cannot be read."""
    columns: dict[str, Any] = {}
    for field in fields(kind):  # pyright: ignore[reportArgumentType]  # every kind is a dataclass
        content = row.get(_column(field.name))
        if content is not None:
            columns[field.name] = json.loads(content) if field.name in _JSON_COLUMNS else content
    return adapter_of(kind).validate_python(columns)
