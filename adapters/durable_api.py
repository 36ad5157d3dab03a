"""The Durable Functions HTTP API of the app: whether a review's orchestration is at work.

https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api#get-instance-status
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

import aiohttp

_SECONDS: Final = 30


class Orchestrations:
    """The instances of the app's task hub; an asynchronous context manager.

    `url` is https://APP.azurewebsites.net/runtime/webhooks/durabletask?code=KEY, KEY the app's system key of the
    extension. The key travels in a header, for addresses end up in logs. Raises ValueError for any other form.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        if parts.scheme not in ("http", "https") or not parts.netloc or "code" not in asked:
            text = "the Durable Functions API is no URL like https://APP.azurewebsites.net/runtime/webhooks/..?code=KEY"
            raise ValueError(text)
        self._instances = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/instances"
        self._key = asked.pop("code")[0]
        self._parameters = {name: values[0] for name, values in asked.items()} | {"showInput": "false"}

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(headers={"x-functions-key": self._key}, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def status(self, review_id: str) -> str | None:
        """Its runtime status, or None when there is no such instance. Raises aiohttp.ClientError, TimeoutError."""
        address = f"{self._instances}/{review_id}"
        async with self._session.get(address, params=self._parameters, allow_redirects=False) as answer:
            if answer.status == 404:
                return None
            answer.raise_for_status()
            # 202 while it runs, 200 when it has ended, 500 never unless returnInternalServerErrorOnFailure is asked for
            return str((await answer.json())["runtimeStatus"])
