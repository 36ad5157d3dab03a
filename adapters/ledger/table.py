"""Tables, with transactions and reads sent directly, which takes less processor time than the SDK's own.

`azure-data-tables` builds each transaction as an e-mail message and parses the answer as one, which takes 3.0 times as
long (`python -m bench transactions`); and it looks at each value of a row several times. This class overrides one
private method of the SDK and two public ones; single writes, signatures and retries stay the SDK's. With the app
setting LEDGER_TRANSACTIONS=sdk the SDK's TableClient is used in its place (docs/decisions/0019).

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from azure.core.async_paging import AsyncItemPaged, AsyncList
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.data.tables import TableEntity, TableTransactionError
from azure.data.tables.aio import TableClient

from adapters.ledger.table_reads import ACCEPTED, Token, query_string, row_in, row_path, rows_in, token_in

_RESPONSE = re.compile(rb"^HTTP/[\d.]+ (?=\d{3}\b)", re.MULTILINE)
_ETAG = re.compile(rb"^etag: *(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(rb'"code": ?"(\w+)"')
_NO_ROW = re.compile(rb'"code": ?"(?:ResourceNotFound|EntityNotFound)"')
_OK, _ACCEPTED, _FIRST_REFUSAL, _NOT_FOUND = 200, 202, 300, 404


class LedgerTable(TableClient):
    """A TableClient whose transactions raise TableTransactionError with the status of the refused operation.

    A read that is refused for another reason than a missing row, or whose answer breaks off, is made again by the SDK,
    which has an error for each reason.
    """

    async def get_entity(
        self, partition_key: str, row_key: str, *, select: str | list[str] | None = None, **kwargs: Any
    ) -> TableEntity:
        """Read a row. Raises ResourceNotFoundError, and what the SDK raises."""
        query = query_string(None, {}, {"$select": _names(select)})
        response, body = await self._get(row_path(partition_key, row_key), query)
        if body and response.status_code == _OK:
            return row_in(json.loads(body))
        if body and response.status_code == _NOT_FOUND and _NO_ROW.search(body):
            raise ResourceNotFoundError(message="there is no such row", response=response)
        return await super().get_entity(partition_key, row_key, select=select, **kwargs)

    def query_entities(
        self,
        query_filter: str,
        *,
        results_per_page: int | None = None,
        select: str | list[str] | None = None,
        parameters: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncItemPaged[TableEntity]:
        """Read the rows that pass, in pages. Parameters are texts. The first page raises what the SDK raises."""
        ask = partial(query_string, query_filter, parameters or {})
        options = {"$top": results_per_page, "$select": _names(select)}

        async def next_page(token: Token | None) -> tuple[Token | None, list[TableEntity]]:
            response, body = await self._get("()", ask(options, token))
            if body and response.status_code == _OK:
                return token_in(response), [*rows_in(body)]
            again = TableClient.query_entities(
                self, query_filter, results_per_page=results_per_page, select=select, parameters=parameters, **kwargs
            ).by_page(token)  # pyright: ignore[reportArgumentType]  # the SDK's own tokens are of this kind
            rows = [row async for row in await anext(again)]
            return again.continuation_token, rows  # pyright: ignore[reportAttributeAccessIssue]

        async def rows_of(page: tuple[Token | None, list[TableEntity]]) -> tuple[Token | None, AsyncList[TableEntity]]:
            return page[0], AsyncList(page[1])

        return AsyncItemPaged(next_page, rows_of)

    async def _get(self, path: str, query: str) -> tuple[AsyncHttpResponse, bytes | None]:
        """Return the answer and its body. The body is None if it breaks off."""
        address = f"{self.scheme}://{self._primary_hostname}/{self.table_name}{path}{'?' if query else ''}{query}"
        headers = {"Accept": ACCEPTED, "DataServiceVersion": "3.0", "x-ms-version": self.api_version}
        # Streamed, because the SDK's pipeline would parse it, and the answer to a refusal as well.
        response = await self._client.send_request(HttpRequest("GET", address, headers=headers), stream=True)
        try:
            return response, await response.read()
        except AzureError:
            return response, None

    async def _batch_send(self, table_name: str, *reqs: HttpRequest, **kwargs: Any) -> list[Mapping[str, Any]]:
        """Send the requests of `submit_transaction` as one; return the ETag that each has written, if any."""
        boundary, changeset = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
        request = HttpRequest(
            "POST",
            f"{self.scheme}://{self._primary_hostname}/$batch",
            headers={
                "Accept": "application/json",
                "Content-Type": f"multipart/mixed; boundary={boundary}",
                "DataServiceVersion": "3.0",
                "MaxDataServiceVersion": "3.0;NetFx",
                "x-ms-version": self.api_version,
            },
            content=_body(reqs, boundary, changeset),
        )
        # Streamed, because the SDK's pipeline refuses to deserialize this content type.
        response = await self._client.send_request(request, stream=True, **kwargs)
        answer = await response.read()
        response.raise_for_status()
        if response.status_code != _ACCEPTED:
            raise TableTransactionError(message="the table service did not accept the transaction", response=response)
        return _results(answer, len(reqs))


def _names(select: str | list[str] | None) -> str | None:
    return ",".join(select) if isinstance(select, list) else select


def _body(requests: tuple[HttpRequest, ...], boundary: str, changeset: str) -> bytes:
    lines = [f"--{boundary}", f"Content-Type: multipart/mixed; boundary={changeset}", ""]
    for number, request in enumerate(requests):
        lines += [f"--{changeset}", "Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        lines += [f"Content-ID: {number}", "", f"{request.method} {request.url} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += ["", str(request.content or "")]
    lines += [f"--{changeset}--", "", f"--{boundary}--", ""]
    return "\r\n".join(lines).encode()


def _results(answer: bytes, sent: int) -> list[Mapping[str, Any]]:
    """Read the result of each operation. The answer to a refused transaction holds the refused operation alone."""
    responses = _RESPONSE.split(answer)[1:]
    for response in responses:
        status = int(response[:3])
        if status >= _FIRST_REFUSAL:
            code = _CODE.search(response)
            error = TableTransactionError(
                message=f"the table service refused the transaction: {code[1].decode() if code else status}"
            )
            error.status_code = status
            raise error
    if len(responses) != sent:
        raise TableTransactionError(message=f"the table service answered {len(responses)} of {sent} operations")
    etags = (_ETAG.search(response.partition(b"\r\n\r\n")[0]) for response in responses)
    return [{"etag": etag[1].decode()} if etag else {} for etag in etags]
