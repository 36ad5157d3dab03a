"""Refused messages handled one after another; a failure with one does not stop the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import click
from azure.core.exceptions import AzureError

from cli.answers import AnswerJson, exit_code_of_answer
from cli.failures import CommandError, ExitCode, explain_failure, report_failure
from cli.json_output import JsonOutput
from cli.quarantine.refused_messages import RefusedMessage, find_message, read_refused_messages
from cli.session import Session, in_session
from cli.terminal import print_json


class HandledJson(JsonOutput):
    """The result of handling a refused message. `answer` is null if its queue has none, `error` if nothing failed."""

    id: str  # as given on the command line if it names no message
    queue: str | None = None
    review_id: str | None = None
    answer: AnswerJson | None = None
    error: str | None = None


def handle_each(
    context: click.Context,
    message_ids: Sequence[str],
    handle: Callable[[Session, RefusedMessage], Awaitable[HandledJson]],
    report: Callable[[HandledJson], None],
    *,
    as_json: bool,
) -> None:
    """Handle each message and report it at once, or all at the end as JSON; exit with the first code that is not 0."""

    async def handle_all(session: Session) -> tuple[list[HandledJson], list[ExitCode]]:
        held, results, codes = await read_refused_messages(session), list[HandledJson](), list[ExitCode]()
        for message_id in message_ids:
            try:
                found = find_message(message_id, held)
                held.remove(found)  # if it is given twice, it is not found again
                result = await handle(session, found)
                code = exit_code_of_answer(result.answer.answer) if result.answer else ExitCode.DONE
                if not as_json:
                    report(result)
            except (CommandError, AzureError) as error:
                code = report_failure(context, error, f"{message_id}: " if len(message_ids) > 1 else "")
                result = HandledJson(id=message_id, error=explain_failure(error)[0])
            results.append(result)
            codes.append(code)
        return results, codes

    results, codes = in_session(context, handle_all)
    if as_json:
        print_json(results)
    raise click.exceptions.Exit(next((code for code in codes if code is not ExitCode.DONE), ExitCode.DONE))
