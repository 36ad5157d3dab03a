"""Having the app list all reviews anew."""

from __future__ import annotations

import asyncio
from typing import Final

from rich.progress import Progress, TextColumn

from cli.answers import AnswerJson, exit_code_of_answer
from cli.failures import CommandError
from cli.json_output import JsonOutput
from cli.operators.command_message import order
from cli.session import Session, run_together
from cli.terminal import err
from compliance.outcome import Answer

_AT_ONCE: Final = 4  # commands, which share storage with the reviews that travel meanwhile
_LATE: Final = "it may still be done; give the command again, which does no harm"
_PARTS: Final = tuple(f"{part:02x}" for part in range(256))


class ReindexJson(JsonOutput):
    """What was listed anew: all reviews, in so many parts."""

    parts: int


async def reindex_all(session: Session, operator: str, seconds: float, *, quiet: bool) -> ReindexJson:
    """Have the app list the reviews anew, in parts by the first two digits of their ids, and show how far it is.

    Raises CommandError if the app refuses a part, or does not answer within so many seconds.
    """
    turn = asyncio.Semaphore(_AT_ONCE)
    text = TextColumn("Parts listed anew: {task.completed} of {task.total}")
    with Progress(text, console=err(), transient=True, disable=quiet or not err().is_terminal) as bar:
        task = bar.add_task("", total=len(_PARTS))

        async def reindex(part: str) -> AnswerJson:
            async with turn:
                body = {"type": "ReindexLedgerV1", "idsStartingWith": part, "by": operator}
                answer = await order(session, body, seconds, if_late=_LATE)
            bar.advance(task)
            return answer

        answers = await run_together(map(reindex, _PARTS))
    for answer in answers:
        if answer.answer is not Answer.RECORDED:
            raise CommandError(f"{answer.answer}: {answer.explanation}", exit_code_of_answer(answer.answer))
    return ReindexJson(parts=len(answers))
