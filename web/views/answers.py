"""The answers to messages that the front door has sent."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.ledger.answers import GivenAnswer
from compliance.people.binding import Account
from web.door import Door
from web.visitors import Visitor

LONGEST_WAIT: Final = 5.0  # seconds
_MOST_WAITING: Final = 8  # at once in this process, which answers others meanwhile
_MOST_OF_ONE: Final = 3  # person
_PAUSE: Final = 0.2  # seconds between two looks
_waiting: Final = list[Account]()  # who waits now


async def answer_to(
    door: Door, visitor: Visitor, review_id: str, answer_id: str, wait: float = 0.0
) -> GivenAnswer | None:
    """Read the answer to a message, and wait for it for so many seconds. None if there is no answer for them.

    It does not wait if too many requests do, or too many of the same person.
    """
    sign_in, answers = visitor.principal.sign_in, door.ledger.answers
    loop = asyncio.get_running_loop()
    until = loop.time() + min(wait, LONGEST_WAIT)
    found = await answers.find(review_id, answer_id, sign_in)
    is_full = len(_waiting) >= _MOST_WAITING or _waiting.count(visitor.account) >= _MOST_OF_ONE
    if found or wait <= 0 or is_full:
        return found
    _waiting.append(visitor.account)
    try:
        while not found and loop.time() < until:
            await asyncio.sleep(_PAUSE)
            found = await answers.find(review_id, answer_id, sign_in)
    finally:
        _waiting.remove(visitor.account)
    return found
