"""The Durable Functions HTTP API of the app, for the status of a review's orchestration.

https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api#get-instance-status
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

import aiohttp

_SECONDS: Final = 30


class Orchestrations:
    """The orchestration instances of the app's task hub; an asynchronous context manager.

    `url` is https://APP.azurewebsites.net/runtime/webhooks/durabletask?code=KEY, where KEY is the app's system key of
    the extension. The key is sent in a header, because URLs end up in logs. Raises ValueError for any other URL.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        if parts.scheme not in ("http", "https") or not parts.netloc or "code" not in query:
            text = (
                "the Durable Functions API needs a URL like https://APP.azurewebsites.net/runtime/webhooks/..?code=KEY"
            )
            raise ValueError(text)
        self._instances = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/instances"
        self._key = query.pop("code")[0]
        self._parameters = {name: values[0] for name, values in query.items()} | {"showInput": "false"}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(headers={"x-functions-key": self._key}, timeout=timeout)
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
            return str((await response.json())["runtimeStatus"])
