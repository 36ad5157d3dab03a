"""The ledger's rows, as they are in the table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient

Row = Mapping[str, Any]

_TABLE = "ledger"


class LedgerReader:
    """Reads rows with the real SDK, without the app's own types; a context manager."""

    def __init__(self, connection_string: str) -> None:
        self._table = TableClient.from_connection_string(connection_string, _TABLE)

    def __enter__(self) -> LedgerReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()

    def head(self, review_id: str) -> Row | None:
        """Read a review's head: state, outcome, reason, location, deadline ... None if there is no such review."""
        try:
            return self._table.get_entity(review_id, "head")
        except ResourceNotFoundError:
            return None

    def touch(self, review_id: str) -> None:
        """Write a head again unchanged, so that its ETag changes and every remembered copy is stale."""
        self._table.update_entity({"PartitionKey": review_id, "RowKey": "head"})

    def decisions(self, review_id: str) -> list[Row]:
        """Read the decisions that count, in their order."""
        return self._rows(review_id, "decision-")

    def answers(self, review_id: str) -> list[Row]:
        """Read the answers that are kept for senders, in no particular order."""
        return self._rows(review_id, "answer-")

    def audit(self, review_id: str) -> list[Row]:
        """Read the audit trail, in its order."""
        return self._rows(review_id, "audit-")

    def reviews_of(self, name: str, container: str = "pending") -> list[str]:
        """Read the ids of all reviews of one document name, in no particular order."""
        digest = hashlib.sha256(f"{container}/{name}".encode()).hexdigest()
        keys = [row["RowKey"] for row in self._rows(f"document-{digest}")]
        return [key for key in keys if key != "name-taken"]

    def open_reviews(self) -> list[str]:
        """Read the ids of the reviews that are not finished."""
        return [row["RowKey"] for row in self._rows("open") if "-" not in row["RowKey"]]  # not the rows of lists

    def is_listed_as_asked(self, review_id: str) -> bool:
        """Return whether a review is in the list of those whose reviewers were asked: the last step of asking."""
        listed = [row["RowKey"] for row in self._rows("open", "wait-") if row["RowKey"].endswith(review_id)]
        return any(not key.startswith("wait-unasked-") for key in listed)

    def delegations_to(self, person: str) -> list[Row]:
        """Read the delegations to a person."""
        return self._rows("delegate-" + hashlib.sha256(person.encode()).hexdigest())

    def outbox(self) -> list[Row]:
        """Read the events that Event Grid has not accepted yet."""
        return self._rows("outbox")

    def _rows(self, partition: str, prefix: str = "") -> list[Row]:
        query = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @last"
        parameters = {"partition": partition, "first": prefix, "last": prefix + "~"}
        return list(self._table.query_entities(query, parameters=parameters))
