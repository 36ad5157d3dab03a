"""The ledger's table, with transactions that are written and read plainly.

`azure-data-tables` builds each transaction as an e-mail and parses the answer as one, which takes longer than all else
that is done for it (docs/decisions/0019). Here the same requests are joined, and of the answer is read what the ledger
asks: the status and the ETags. Everything else, the requests themselves included, stays the SDK's.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from azure.core.rest import HttpRequest
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient

_RESPONSE = re.compile(rb"^HTTP/[\d.]+ (?=\d{3}\b)", re.MULTILINE)
_ETAG = re.compile(rb"^etag: *(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(rb'"code": ?"(\w+)"')
_ACCEPTED, _FIRST_REFUSAL = 202, 300


class LedgerTable(TableClient):
    """A TableClient. Its transactions raise TableTransactionError with the refused operation's status and message."""

    async def _batch_send(self, table_name: str, *reqs: HttpRequest, **kwargs: Any) -> list[Mapping[str, Any]]:
        """What `submit_transaction` sends its requests with."""
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
        # Streamed, for otherwise the SDK's pipeline refuses a content type that it cannot deserialize.
        response = await self._client.send_request(request, stream=True, **kwargs)
        answer = await response.read()
        response.raise_for_status()
        if response.status_code != _ACCEPTED:
            raise TableTransactionError(message="the table service did not take the transaction", response=response)
        return _results(answer, len(reqs))


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
    """What storage says of each operation. A refused transaction is answered with the refused operation alone."""
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
