"""Why a part could not be examined, in words."""

from __future__ import annotations

from typing import Final

import aiohttp

from cli.doctor.parts import ORCHESTRATIONS, SUBSCRIPTIONS_OF_TOPIC, role_for
from cli.failures import explain_failure

_DENIED: Final = (401, 403)
# What is read with aiohttp itself: what it is, the setting that names it, and what it takes.
_ADDRESSES: Final = {
    ORCHESTRATIONS: (
        "the Durable Functions API",
        "COMPLIANCE_DURABLE_API",
        "its `code` must be the app's system key durabletask_extension",
    ),
    SUBSCRIPTIONS_OF_TOPIC: (
        "the list of event subscriptions",
        "EventGridTopic__subscriptionsUri",
        f"the role {role_for(SUBSCRIPTIONS_OF_TOPIC)} is needed",
    ),
}


def why_unseen(part: str, error: Exception) -> str:
    """Return why a part could not be examined, and what to do. Raises the error itself if nobody expects it."""
    if part in _ADDRESSES and isinstance(error, aiohttp.ClientError | TimeoutError):
        api, setting, takes = _ADDRESSES[part]
        match error:
            case aiohttp.ClientResponseError(status=status) if status in _DENIED:
                return f"{api} refuses access ({status}): {takes}"
            case aiohttp.ClientResponseError(status=status):
                return f"{api} cannot be used (it answers {status}): check that {setting} is right"
        return f"{api} cannot be reached or used: check that it runs and that {setting} is right"
    return f"{explain_failure(error)[0]}; the role {role_for(part)} is needed"
