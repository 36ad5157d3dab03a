"""Having the app list all reviews anew."""

from __future__ import annotations

import asyncio
from typing import Final

from cli.answers import AnswerJson, exit_code_of_answer
from cli.failures import CommandError
from cli.operators.command_message import order
from cli.session import Session, run_together
from compliance.outcome import Answer

_AT_ONCE: Final = 4  # commands, which share storage with the reviews that travel meanwhile
_LATE: Final = "it may still be done; give the command again, which does no harm"
_PARTS: Final = tuple(f"{part:02x}" for part in range(256))


async def reindex_all(session: Session, operator: str, seconds: float) -> None:
    """Have the app list the reviews anew, in parts by the first two digits of their ids.

    Raises CommandError if the app refuses a part, or does not answer within so many seconds.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def reindex(part: str) -> AnswerJson:
        async with turn:
            body = {"type": "ReindexLedgerV1", "idsStartingWith": part, "by": operator}
            return await order(session, body, seconds, if_late=_LATE)

    for answer in await run_together(map(reindex, _PARTS)):
        if answer.answer is not Answer.RECORDED:
            raise CommandError(f"{answer.answer}: {answer.explanation}", exit_code_of_answer(answer.answer))
