"""The ledger's table, with transactions sent directly: a third of the processor time that the SDK's own take.

Measured as a ratio in one run, 3.0 (`python -m bench transactions`): `azure-data-tables` builds each transaction as an
e-mail message and parses the answer as one. This class overrides one private method of the SDK; all else, including the
single requests, signatures and retries, stays the SDK's. The app setting LEDGER_TRANSACTIONS=sdk switches it off: the
SDK's TableClient is used in its place (docs/decisions/0019).

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
    """A TableClient whose transactions raise TableTransactionError with the status of the refused operation."""

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
