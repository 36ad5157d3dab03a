"""The ledger's own way of sending transactions, and of reading rows, does on a real table what the SDK's does."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.clients import Clients
from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from adapters.settings import Settings
from compliance.history import AuditEvent
from compliance.review import Head
from compliance.rulings import Transition
from contracts.names import LEDGER_TABLE
from tests.storage.account import Account, fresh_name
from tests.storage.ledger.test_ledger import fresh_review

LARGE = EntityProperty(2**40, EdmType.INT64)
TROUBLESOME = "it's “quoted”, 100 % é\r\n--changeset\r\nHTTP/1.1 500 Oh\r\nETag: none\r\n"


def row(partition: str, key: str, **columns: object) -> dict[str, Any]:
    """Return a row whose keys need encoding."""
    return {"PartitionKey": partition.replace("/", "'é "), "RowKey": key, **columns}


def under(etag: str) -> dict[str, Any]:
    """Return the condition of a replacement."""
    return {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}


def tables(account: Account) -> list[TableClient]:
    """Return our table and the SDK's own."""
    return [account.ledger_table(), account.users_tables.get_table_client(LEDGER_TABLE)]


def note(head: Head) -> Transition:
    """Add a record to a review's history."""
    return Transition.audited(head, AuditEvent.REVIEW_RESTARTED, None)


async def stored(account: Account, partition: str) -> list[dict[str, Any]]:
    """Return the rows of a partition, without storage's own columns."""
    table = account.users_tables.get_table_client(LEDGER_TABLE)
    found = table.query_entities("PartitionKey eq @key", parameters={"key": row(partition, "")["PartitionKey"]})
    return [dict(each) async for each in found]


async def refusal(table: TableClient, *operations: Any) -> TableTransactionError:
    """Submit a transaction that is refused, and return the error."""
    with pytest.raises(TableTransactionError) as refused:
        await table.submit_transaction(operations)
    return refused.value


def test_the_sdk_still_asks_for_the_transaction_where_ours_answers() -> None:
    ours, theirs = (inspect.signature(kind._batch_send).parameters for kind in (LedgerTable, TableClient))

    assert [(each.name, each.kind) for each in ours.values()] == [(each.name, each.kind) for each in theirs.values()]


async def test_rows_and_etags_are_those_of_the_sdk(account: Account) -> None:
    written = []
    for table in tables(account):
        partition = fresh_name()
        first = await table.submit_transaction(
            [("create", row(partition, "head", text=TROUBLESOME, number=1)), ("create", row(partition, "it's"))]
        )
        second = await table.submit_transaction(
            [
                ("update", row(partition, "head", text=TROUBLESOME, number=2**30), under(first[0]["etag"])),
                ("delete", row(partition, "it's")),
                ("create", row(partition, "audit", flag=True)),
            ]
        )
        head = await table.get_entity(row(partition, "")["PartitionKey"], "head")
        assert second[0]["etag"] == head.metadata["etag"]
        assert [set(result) for result in first] == [{"etag"}, {"etag"}]
        written.append([{**each, "PartitionKey": ""} for each in await stored(account, partition)])

    assert written[0] == written[1]
    assert [each["RowKey"] for each in written[0]] == ["audit", "head"]
    assert written[0][1]["text"] == TROUBLESOME


async def test_a_transaction_is_refused_whole_with_the_status_of_the_refused_operation(account: Account) -> None:
    for table in tables(account):
        partition = fresh_name()
        [created, _] = await table.submit_transaction(
            [("create", row(partition, "head", text=TROUBLESOME)), ("create", row(partition, "audit-1"))]
        )
        await table.update_entity(row(partition, "head", number=2), mode=UpdateMode.REPLACE)

        stale = ("update", row(partition, "head", number=3), under(created["etag"]))
        changed = await refusal(table, ("create", row(partition, "audit-2")), stale)
        exists = await refusal(table, ("create", row(partition, "audit-2")), ("create", row(partition, "audit-1")))

        assert (changed.status_code, exists.status_code) == (412, 409)
        assert "UpdateConditionNotSatisfied" in str(changed) or "condition" in str(changed)
        assert [each["RowKey"] for each in await stored(account, partition)] == ["audit-1", "head"]


@pytest.mark.parametrize(("chosen", "kind"), [("direct", LedgerTable), ("sdk", TableClient)])
async def test_the_setting_chooses_how_the_ledger_sends_its_transactions(
    storage: str, account: Account, chosen: str, kind: type[TableClient]
) -> None:
    environment = {
        "Documents": storage,
        "ServiceBus__fullyQualifiedNamespace": "not-used.invalid",
        "EventGridTopic__topicEndpointUri": "http://not-used.invalid",
        "LEDGER_TRANSACTIONS": chosen,
    }
    clients = Clients(Settings.from_environment(environment))
    try:
        ours, head = Ledger(clients.ledger_table), fresh_review()

        inserted = await ours.insert(head), await ours.insert(head)
        await account.books.change(head.review_id, note)  # so that what `ours` remembers is out of date
        changed = await ours.change(head.review_id, note)

        assert type(clients.ledger_table) is kind
        assert inserted == (True, False)
        assert changed == await account.books.find(head.review_id)
        assert [record.seq for record, _ in await account.books.audit(head.review_id)] == [1, 2, 3]
    finally:
        await clients.close()


async def test_rows_are_read_as_the_sdk_reads_them(account: Account) -> None:
    partition = fresh_name()
    kinds = {"text": TROUBLESOME, "number": 2**31 - 1, "half": 0.5, "whole": 2.0, "flag": False, "big": LARGE}
    keys = ["it's é &+", "head", *map(str, range(8))]
    for key in keys:
        await account.users_tables.get_table_client(LEDGER_TABLE).create_entity(row(partition, key, **kinds))
    key_of = row(partition, "")["PartitionKey"]

    async def read(table: TableClient) -> list[Any]:
        query = partial(table.query_entities, "PartitionKey eq @key and number gt 1", parameters={"key": key_of})
        pages = query(results_per_page=4).by_page()
        found = [[each async for each in page] async for page in pages]
        flat = [each for page in found for each in page]
        assert flat == [each async for each in query()]
        chosen = [each async for each in query(select=["RowKey", "Timestamp"])]
        one = [await table.get_entity(key_of, key) for key in keys]
        keyed = await table.get_entity(key_of, keys[0], select=["RowKey"])
        everything = [*flat, *chosen, *one, keyed]
        about = [{name: each.metadata[name] for name in ("etag", "timestamp")} for each in everything]
        return [len(found), [dict(each) for each in everything], about]

    ours, theirs = [await read(table) for table in tables(account)]

    assert ours == theirs
    assert ours[0] == 3


async def test_a_row_or_table_that_is_not_there_is_an_error_of_the_sdk(account: Account) -> None:
    for table in (account.ledger_table(), account.users_tables.get_table_client(LEDGER_TABLE)):
        with pytest.raises(ResourceNotFoundError):
            await table.get_entity(fresh_name().replace("/", "'"), "none")
        with pytest.raises(HttpResponseError):
            await anext(table.query_entities("this is no condition"))
    for table in (account.ledger_table("missing"), account.users_tables.get_table_client("missing")):
        with pytest.raises(ResourceNotFoundError) as no_table:
            await table.get_entity("a", "b")
        with pytest.raises(ResourceNotFoundError) as no_rows:
            await anext(table.query_entities("PartitionKey eq 'a'"))
        assert {getattr(each.value, "error_code", None) for each in (no_table, no_rows)} == {"TableNotFound"}


async def test_a_missing_table_and_a_transaction_over_the_limit_are_errors_of_the_sdk(account: Account) -> None:
    with pytest.raises(HttpResponseError, match="TableNotFound"):
        await account.ledger_table("missing").submit_transaction([("create", row("a", "b"))])
    partition = fresh_name()
    with pytest.raises(HttpResponseError):
        await account.ledger_table().submit_transaction([("create", row(partition, f"{n}")) for n in range(101)])
