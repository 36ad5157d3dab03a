"""What the ledger makes of answers to a transaction and to a query that Azure Storage may give and Azurite does not.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions#sample-response
"""

from __future__ import annotations

import gzip
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.data.tables import EdmType, EntityProperty, TableTransactionError

from adapters.ledger.table import LedgerTable

ROWS = [("create", {"PartitionKey": "p", "RowKey": "head"}), ("create", {"PartitionKey": "p", "RowKey": "audit"})]
ETAGS = ["W/\"datetime'2026-03-02T09%3A30%3A00.1234567Z'\"", 'W/"2"']
# What was stored comes back, whatever it says, where nobody has asked that it should not.
CREATED = (
    "HTTP/1.1 201 Created\r\nContent-ID: 0\r\nX-Content-Type-Options: nosniff\r\nDataServiceVersion: 3.0;\r\n"
    f"Content-Type: application/json;odata=minimalmetadata\r\nETag: {ETAGS[0]}\r\n\r\n"
    '{"odata.etag":"W/\\"9\\"","comment":"HTTP/1.1 409 Conflict\\r\\nHTTP/1.1 500 Oh\\r\\nETag: none"}'
)
NO_CONTENT = f"HTTP/1.1 204 No Content\r\nCache-Control: no-cache\r\nETAG:{ETAGS[1]}\r\n\r\n"
Answer = Callable[[], web.Response]


def refusal(status: str, code: str) -> str:
    said = f'{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":"1:So it is.\\nRequestId:7"}}}}}}'
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json;odata=minimalmetadata\r\n\r\n{said}"


def multipart(*parts: str) -> str:
    lines = ["--batchresponse_1", "Content-Type: multipart/mixed; boundary=changesetresponse_2", ""]
    for part in parts:
        lines += ["--changesetresponse_2", "Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        lines += ["", part]
    return "\r\n".join([*lines, "--changesetresponse_2--", "--batchresponse_1--", ""])


def answer(text: str | bytes, status: int = 202, encoding: str = "identity") -> Answer:
    body = text.encode() if isinstance(text, str) else text
    headers = {"Content-Type": "multipart/mixed; boundary=batchresponse_1", "Content-Encoding": encoding}
    return lambda: web.Response(status=status, body=body, headers=headers)


@asynccontextmanager
async def answering(answers: Sequence[Answer]) -> AsyncIterator[tuple[LedgerTable, list[bytes]]]:
    """Yield a table whose service gives these answers, the last one again and again, and what it was sent or asked."""
    asked: list[bytes] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(await request.read() or request.query_string.encode())
        return answers[min(len(asked), len(answers)) - 1]()

    server = web.Application()
    server.router.add_route("*", "/{any:.*}", handle)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    credential = AzureNamedKeyCredential("account", "a2V5")
    table = LedgerTable(
        f"http://127.0.0.1:{address[1]}/account", "ledger", credential=credential, retry_backoff_factor=0, retry_total=2
    )
    try:
        async with table:
            yield table, asked
    finally:
        await runner.cleanup()


async def written(*answers: Answer) -> list[Mapping[str, Any]]:
    async with answering(answers) as (table, _):
        return await table.submit_transaction(ROWS)


def of_another_version(text: str) -> str:
    return text.replace("HTTP/1.1 201 Created", "HTTP/2 201").replace("HTTP/1.1 204 No Content", "HTTP/1.0 204")


@pytest.mark.parametrize(
    "given",
    [
        answer(multipart(CREATED, NO_CONTENT)),
        answer(multipart(CREATED, NO_CONTENT).replace("\r\n", "\n")),
        answer(of_another_version(multipart(CREATED, NO_CONTENT))),
        answer(gzip.compress(multipart(CREATED, NO_CONTENT).encode()), encoding="gzip"),
    ],
    ids=["as documented", "ends of lines", "versions without words", "compressed"],
)
async def test_each_operations_etag_is_found_however_the_answer_is_written(given: Answer) -> None:
    assert [result["etag"] for result in await written(given)] == ETAGS


@pytest.mark.parametrize(
    ("given", "status", "text"),
    [
        (multipart(refusal("409 Conflict", "EntityAlreadyExists")), 409, "EntityAlreadyExists"),
        (multipart(refusal("412", "UpdateConditionNotSatisfied")), 412, "UpdateConditionNotSatisfied"),
        (multipart(refusal("404 Not Found", "TableNotFound")), 404, "TableNotFound"),
        (multipart(refusal("413 Too Large", "RequestBodyTooLarge")), 413, "RequestBodyTooLarge"),
        (multipart("HTTP/1.1 503 Server Busy\r\n\r\n"), 503, "503"),
        (multipart(CREATED, refusal("409 Conflict", "EntityAlreadyExists")), 409, "EntityAlreadyExists"),
        (multipart(CREATED), None, "1 of 2"),
        ("", None, "0 of 2"),
        ("\ufffd no multipart", None, "0 of 2"),
    ],
)
async def test_what_is_not_written_whole_is_an_error_with_the_refused_operations_status(
    given: str, status: int | None, text: str
) -> None:
    with pytest.raises(TableTransactionError, match=text) as failed:
        await written(answer(given))
    assert failed.value.status_code == status


@pytest.mark.parametrize("status", [200, 400, 403, 413])
async def test_a_transaction_that_is_not_taken_at_all_is_an_error(status: int) -> None:
    with pytest.raises(HttpResponseError) as failed:
        await written(answer("no", status))
    assert failed.value.status_code == status


async def test_a_busy_service_is_asked_again_for_the_very_same() -> None:
    async with answering([answer("", 503), answer(multipart(CREATED, NO_CONTENT))]) as (table, asked):
        assert len(await table.submit_transaction(ROWS)) == 2
    assert len(asked) == 2
    assert asked[0] == asked[1]


async def test_a_service_that_stays_busy_is_an_error() -> None:
    async with answering([answer("", 503)]) as (table, _):
        with pytest.raises(HttpResponseError) as failed:
            await table.submit_transaction(ROWS)
    assert failed.value.status_code == 503


AT = "2026-03-02T09:30:00.1234567Z"
FIRST = {"odata.etag": ETAGS[0], "PartitionKey": "p", "RowKey": "1", "Timestamp": AT}
TYPED = {"half@odata.type": "Edm.Double", "half": "NaN", "guid@odata.type": "Edm.Guid", "guid": "not ours"}


def page(rows: Sequence[Mapping[str, Any]], *, goes_on: bool = False) -> Answer:
    headers = {"x-ms-continuation-NextPartitionKey": "1!4!cA--", "x-ms-continuation-NextRowKey": "1!4!Mg--"}
    return lambda: web.json_response({"odata.metadata": "m", "value": rows}, headers=headers if goes_on else {})


async def test_pages_go_on_even_if_they_are_empty_and_keep_each_rows_etag_and_time() -> None:
    given = [page([FIRST], goes_on=True), answer("", 503), page([], goes_on=True), page([{"RowKey": "2", **TYPED}])]
    async with answering(given) as (table, asked):
        rows = [row async for row in table.query_entities("RowKey gt @key", parameters={"key": "it's"})]

    assert [row["RowKey"] for row in rows] == ["1", "2"]
    assert [row.metadata["etag"] for row in rows] == [ETAGS[0], None]
    assert str(rows[0].metadata["timestamp"]) == "2026-03-02 09:30:00.123456+00:00"
    assert math.isnan(rows[1]["half"]) and rows[1]["guid"] == EntityProperty("not ours", EdmType.GUID)
    assert len(asked) == len(given)


async def test_a_page_that_was_refused_is_asked_for_again_and_not_the_first_one() -> None:
    given = [page([FIRST], goes_on=True), *[answer("", 503)] * 3, page([], goes_on=True), page([{"RowKey": "2"}])]
    async with answering(given) as (table, asked):
        assert [row["RowKey"] async for row in table.query_entities("RowKey gt ''")] == ["1", "2"]
    assert [b"NextRowKey=1!4!Mg--" in each for each in asked] == [False, *[True] * 5]


async def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    def break_off() -> web.Response:
        begun = web.Response(body=b'{"value":[', headers={"Content-Length": "100"})
        begun.force_close()
        return begun

    given = [break_off, page([FIRST]), break_off, lambda: web.json_response(FIRST)]
    async with answering(given) as (table, asked):
        assert [row["RowKey"] async for row in table.query_entities("RowKey gt ''")] == ["1"]
        assert (await table.get_entity("p", "1"))["RowKey"] == "1"
    assert len(asked) == 4


async def test_rows_that_nobody_may_read_are_an_error_as_the_sdk_raises_it() -> None:
    refused = {"odata.error": {"code": "AuthenticationFailed", "message": {"lang": "en-US", "value": "no"}}}
    async with answering([lambda: web.json_response(refused, status=403)]) as (table, _):
        with pytest.raises(ClientAuthenticationError):
            await table.get_entity("p", "1")
        with pytest.raises(ClientAuthenticationError):
            await anext(table.query_entities("RowKey eq ''"))
