"""The answers to messages that the front door has sent."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.ledger.answers import GivenAnswer
from web.door import Door
from web.visitors import Visitor

LONGEST_WAIT: Final = 5.0  # seconds
_MOST_WAITING: Final = 8  # at once in this process, which answers others meanwhile
_PAUSE: Final = 0.2  # seconds between two looks


class _Waiting:
    """How many wait now."""

    count = 0


async def answer_to(
    door: Door, visitor: Visitor, review_id: str, answer_id: str, wait: float = 0.0
) -> GivenAnswer | None:
    """Read the answer to a message, and wait for it for so many seconds. None if there is none, or none for them.

    Nobody waits if too many do.
    """
    sign_in, answers = visitor.principal.sign_in, door.ledger.answers
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait, LONGEST_WAIT)
    found = await answers.find(review_id, answer_id, sign_in)
    if found or wait <= 0 or _Waiting.count >= _MOST_WAITING:
        return found
    _Waiting.count += 1
    try:
        while not found and loop.time() < until:
            await asyncio.sleep(_PAUSE)
            found = await answers.find(review_id, answer_id, sign_in)
    finally:
        _Waiting.count -= 1
    return found
