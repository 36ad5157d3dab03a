"""The Durable Functions HTTP API of the app, for the status of a review's orchestration.

https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api#get-instance-status
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

import aiohttp
from pydantic import BaseModel, Field

_SECONDS: Final = 30


class _Status(BaseModel):
    runtime_status: str = Field(alias="runtimeStatus")


class Orchestrations:
    """The orchestration instances of the app's task hub; an asynchronous context manager.

    `url` is https://APP.azurewebsites.net/runtime/webhooks/durabletask?code=KEY, where KEY is the app's system key of
    the extension; a local app may need none. The key is sent in a header, because URLs end up in logs. Raises
    ValueError if it is no URL.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            text = "the Durable Functions API needs a URL: https://APP/runtime/webhooks/durabletask?code=KEY"
            raise ValueError(text)
        self._instances = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/instances"
        self._headers = {"x-functions-key": query.pop("code")[0]} if "code" in query else {}
        self._parameters = {name: values[0] for name, values in query.items()} | {"showInput": "false"}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def status(self, review_id: str) -> str | None:
        """Read the runtime status of a review's orchestration; None if there is no such instance.

        Raises aiohttp.ClientError, TimeoutError.
        """
        url = f"{self._instances}/{review_id}"
        async with self._session.get(url, params=self._parameters, allow_redirects=False) as response:
            if response.status == 404:
                return None
            # 202 while it runs, 200 once it has ended; 500 only with returnInternalServerErrorOnFailure
            response.raise_for_status()
            try:
                return _Status.model_validate(await response.json()).runtime_status
            except ValueError as error:
                raise aiohttp.ClientPayloadError("the answer has no runtimeStatus") from error
