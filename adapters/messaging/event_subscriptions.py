"""The event subscriptions of the custom topic, as Azure Resource Manager or a local topic lists them.

https://learn.microsoft.com/rest/api/eventgrid/controlplane/topic-event-subscriptions/list
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import aiohttp
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from adapters.clients import Clients

_SECONDS: Final = 30


class _Filter(BaseModel):
    included: list[str] | None = Field(None, alias="includedEventTypes")


class _Subscription(BaseModel):
    name: str
    filter: _Filter | None = None
    properties: dict[str, Any] = {}

    def receives(self, event_type: str) -> bool:
        """Return whether its filter lets events of this type pass."""
        found = self.filter or _Filter.model_validate(self.properties.get("filter") or {})
        return not found.included or event_type in found.included


class _Page(BaseModel):
    value: list[_Subscription]


_LISTED: Final = TypeAdapter(list[_Subscription] | _Page)


async def subscriptions_for(clients: Clients, url: str, event_type: str) -> list[str]:
    """List the names of the event subscriptions that receive events of a type.

    Raises aiohttp.ClientError, TimeoutError, AzureError.
    """
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(headers=await clients.topic_headers(url), timeout=timeout) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        response.raise_for_status()
        if response.status != HTTPStatus.OK:
            raise aiohttp.ClientPayloadError(f"{url} answers {response.status}")
        body = await response.json()
    try:
        listed = _LISTED.validate_python(body)
        subscriptions = listed.value if isinstance(listed, _Page) else listed
        return [each.name for each in subscriptions if each.receives(event_type)]
    except ValidationError as error:
        raise aiohttp.ClientPayloadError(f"{url} lists no event subscriptions") from error
