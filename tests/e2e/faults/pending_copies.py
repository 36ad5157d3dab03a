"""Copies that take their time, as on Azure; Azurite finishes every copy before it answers.

While a Copy Blob is pending its target exists, empty, with the new metadata, and refuses writes. A failed or aborted
copy leaves that empty blob. https://learn.microsoft.com/rest/api/storageservices/copy-blob
Listings do not show copy states here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

from aiohttp import web
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import StandardBlobTier
from azure.storage.blob.aio import BlobClient, BlobServiceClient

Ending = Literal["success", "failed", "aborted"]

_REFUSED = 300
_DESCRIPTIONS = {
    "failed": "500 InternalError, injected",
    "aborted": "aborted, injected",
}


@dataclass(slots=True)
class _Copy:
    """A pending copy, with the data needed to finish it."""

    id: str
    source: str
    source_etag: str
    target: BlobClient
    arguments: dict[str, Any]  # of the copy that finishes it
    polls: int | None
    ending: Ending
    status: Literal["pending", "success", "failed", "aborted"] = "pending"


class PendingCopies:
    """The copies of one account that are pending or ended without success, by their target's path."""

    def __init__(self, connection_string: str) -> None:
        self._service = BlobServiceClient.from_connection_string(connection_string)
        self._copies: dict[str, _Copy] = {}

    async def close(self) -> None:
        """Close the connections to storage."""
        await self._service.close()

    def end(self, ending: Ending) -> None:
        """Let pending copies end as given at their next read."""
        for copy in self._copies.values():
            if copy.status == "pending":
                copy.polls, copy.ending = 0, ending

    async def accept(
        self, request: web.Request, answer: web.Response, polls: int | None, ending: Ending
    ) -> web.Response:
        """Turn a copy that storage has just finished into a pending one. Leave a refusal as it is."""
        if answer.status != 202:
            return answer
        source, target = self._client(request.headers["x-ms-copy-source"]), self._client(request.raw_path)
        metadata = (await target.get_blob_properties()).metadata
        tags = {name: values[0] for name, values in parse_qs(request.headers.get("x-ms-tags", "")).items()}
        tier = request.headers.get("x-ms-access-tier")
        emptied = await target.upload_blob(b"", overwrite=True, metadata=metadata)
        copy = _Copy(
            id=str(uuid.uuid4()),
            source=request.headers["x-ms-copy-source"],
            source_etag=(await source.get_blob_properties()).etag,
            target=target,
            arguments={
                "metadata": metadata,
                "tags": tags or None,
                "standard_blob_tier": StandardBlobTier(tier) if tier else None,
            },
            polls=polls,
            ending=ending,
        )
        self._copies[_key(request.raw_path)] = copy
        answer.headers.update({"x-ms-copy-id": copy.id, "x-ms-copy-status": "pending", "ETag": str(emptied["etag"])})
        return answer

    async def before(self, request: web.Request) -> web.Response | None:
        """Count a read of a pending target; refuse a write to it. Returns None if the request goes on to storage."""
        copy = self._copies.get(_key(request.raw_path))
        if copy is None:
            return None
        if request.method in ("GET", "HEAD"):
            await self._read(copy)
            return None
        if copy.status != "pending":
            return None
        if request.query.get("comp") == "copy" and request.query.get("copyid") == copy.id:
            copy.status = "aborted"
            return web.Response(status=204)
        return web.Response(
            status=409,
            content_type="application/xml",
            text="<Error><Code>PendingCopyOperation</Code><Message>There is a pending copy.</Message></Error>",
            headers={"x-ms-error-code": "PendingCopyOperation"},
        )

    def after(self, request: web.Request, response: web.Response) -> None:
        """Add the copy's status to a read of its target. A write that storage accepted ends that."""
        copy = self._copies.get(_key(request.raw_path))
        if copy is None:
            return
        if request.method not in ("GET", "HEAD"):
            if response.status < _REFUSED:
                del self._copies[_key(request.raw_path)]
            return
        if copy.status == "success":
            return
        response.headers.update(
            {"x-ms-copy-id": copy.id, "x-ms-copy-status": copy.status, "x-ms-copy-source": copy.source}
        )
        if copy.status in _DESCRIPTIONS:
            response.headers["x-ms-copy-status-description"] = _DESCRIPTIONS[copy.status]

    async def _read(self, copy: _Copy) -> None:
        if copy.status != "pending" or copy.polls is None:
            return
        if copy.polls > 0:
            copy.polls -= 1
            return
        copy.status = copy.ending
        if copy.ending == "success":
            try:
                await copy.target.start_copy_from_url(
                    self._client(copy.source).url,
                    source_etag=copy.source_etag,
                    source_match_condition=MatchConditions.IfNotModified,
                    **copy.arguments,
                )
            except HttpResponseError:
                copy.status = "failed"  # the source changed or went while the copy was pending: Azure fails it too

    def _client(self, url: str) -> BlobClient:
        container, _, name = _key(url).partition("/")
        return self._service.get_blob_client(container, name)


def _key(url: str) -> str:
    """Return `container/name` of a blob's path or URL below /<account>/, percent-decoded."""
    path = unquote(url.partition("?")[0])
    below_host = path.partition("://")[2].partition("/")[2] or path.lstrip("/")
    return below_host.partition("/")[2]
