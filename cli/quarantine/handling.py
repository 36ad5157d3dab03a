"""Messages of the quarantine handled one after the other in one session; one that fails does not keep the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import typer
from azure.core.exceptions import AzureError

from cli.answers import AnswerJson, exit_code_of_answer
from cli.failures import CommandError, ExitCode, explained, tell_failure
from cli.json_output import JsonOutput
from cli.quarantine.quarantined import Quarantined, named, quarantined
from cli.session import Session, in_session
from cli.terminal import print_json


class HandledJson(JsonOutput):
    """What became of a message in quarantine; `answer` is null where its queue gives none, `error` where it is done."""

    id: str  # as given, where it names no message
    queue: str | None = None
    review_id: str | None = None
    answer: AnswerJson | None = None
    error: str | None = None


def handle_each(
    context: typer.Context,
    identities: list[str],
    handle: Callable[[Session, Quarantined], Awaitable[HandledJson]],
    tell: Callable[[HandledJson], None],
    *,
    as_json: bool,
) -> None:
    """Handle each and tell at once what became of it, in JSON of all at the end. Ends with the first code not 0."""

    async def handle_all(session: Session) -> tuple[list[HandledJson], list[ExitCode]]:
        held, results, codes = await quarantined(session), list[HandledJson](), list[ExitCode]()
        for identity in identities:
            try:
                found = named(identity, held)
                held.remove(found)  # given twice, it is not found the second time
                result = await handle(session, found)
                code = exit_code_of_answer(result.answer.answer) if result.answer else ExitCode.DONE
                if not as_json:
                    tell(result)
            except (CommandError, AzureError) as error:
                code = tell_failure(context, error, f"{identity}: " if len(identities) > 1 else "")
                result = HandledJson(id=identity, error=explained(error)[0])
            results.append(result)
            codes.append(code)
        return results, codes

    results, codes = in_session(context, handle_all)
    if as_json:
        print_json(results)
    raise typer.Exit(next((code for code in codes if code is not ExitCode.DONE), ExitCode.DONE))
