"""The answers to attested messages: rows in a review's partition that are no evidence and outside its audit chain.

Those to delegations are in the delegate's partition.

Only whoever has sent a message can read its answer, as often as they ask for it, with one request.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.rows import Row, row_of, value_of
from compliance.outcome import Answer, ReviewState, Verdict
from compliance.people.attestation import SignIn
from contracts.digest import text_digest

MOST_REFUSED: Final = 100  # of one person in one partition
_PREFIX: Final = "answer-"


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The answer to a message, and the person whom it was given, in their directory."""

    tenant_id: str
    object_id: str
    answer: Answer
    refused: bool
    at: datetime  # when the broker took this copy of the message
    explanation: str | None = None
    review_state: ReviewState | None = None  # after the message
    verdict: Verdict | None = None

    def is_to(self, sign_in: SignIn) -> bool:
        """Return whether it was given to this person."""
        return (self.tenant_id, self.object_id) == (sign_in.tenant_id, sign_in.object_id)


def answer_row(partition: str, answer_id: str, given: GivenAnswer) -> Row:
    """Return the row of an answer in a partition."""
    return row_of(partition, _PREFIX + text_digest(answer_id), given)


def is_answer(row: Row) -> bool:
    """Return whether a row holds an answer."""
    return str(row["RowKey"]).startswith(_PREFIX)


class Answers:
    """The answers, one for each decision id, in all partitions."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, partition: str, answer_id: str, sign_in: SignIn) -> GivenAnswer | None:
        """Read the answer to a message. None if there is none, or if somebody else was answered."""
        try:
            row = await self._table.get_entity(partition, _PREFIX + text_digest(answer_id))
        except ResourceNotFoundError:
            return None
        given = value_of(GivenAnswer, row)
        return given if given.is_to(sign_in) else None

    async def put_refused(self, partition: str, answer_id: str, given: GivenAnswer) -> None:
        """Keep the answer to a refused message, unless this person has too many in this partition. May be repeated.

        It replaces an earlier refusal of the same message, but nothing else.
        """
        row = answer_row(partition, answer_id, given)
        try:
            written = await self._table.create_entity(row)
        except ResourceExistsError:
            await self._replace_refusal(row, given)
            return
        if await self._refused_to(partition, given) > MOST_REFUSED:
            # Counted after it was written, so that several at once are not too many together.
            with suppress(ResourceModifiedError, ResourceNotFoundError):  # recorded meanwhile
                await self._table.delete_entity(row, **_unchanged(str(written["etag"])))

    async def _replace_refusal(self, row: Row, given: GivenAnswer) -> None:
        stored = await self._table.get_entity(row["PartitionKey"], row["RowKey"])
        earlier = value_of(GivenAnswer, stored)
        if earlier.refused and (earlier.tenant_id, earlier.object_id) == (given.tenant_id, given.object_id):
            with suppress(ResourceModifiedError, ResourceNotFoundError):  # answered again meanwhile
                await self._table.update_entity(row, UpdateMode.REPLACE, **_unchanged(str(stored.metadata["etag"])))

    async def _refused_to(self, partition: str, given: GivenAnswer) -> int:
        query = (
            "PartitionKey eq @partition and RowKey ge 'answer-' and RowKey lt 'answer.' "
            "and tenantId eq @tenant and objectId eq @person and refused eq true"
        )
        parameters = {"partition": partition, "tenant": given.tenant_id, "person": given.object_id}
        found = self._table.query_entities(query, select=["RowKey"], parameters=parameters)
        return len([row async for row in found])


def _unchanged(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
