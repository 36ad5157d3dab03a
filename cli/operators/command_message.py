"""An operator's command as a message, and the app's answer to it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Final

from cli.answers import AnswerJson, wait_for_answer
from cli.failures import CommandError, ExitCode
from cli.session import Session
from contracts.messages.commands import parse_command
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import OPERATOR_COMMANDS

_LATE: Final = "the command may still be carried out: see `compliance show`, or give it again"


async def order(session: Session, body: Mapping[str, object], seconds: float, *, if_late: str = _LATE) -> AnswerJson:
    """Send a command and return the app's answer.

    Raises CommandError if the app would refuse it unread, or does not answer within so many seconds.
    """
    try:
        parse_command(json.dumps(body).encode())
    except MalformedMessageError as error:
        raise CommandError(f"nothing was sent: this command would be refused: {error}", ExitCode.USAGE) from error
    messages, message_id = session.messages, str(uuid.uuid4())

    async def send() -> None:
        await messages.send(OPERATOR_COMMANDS, body, message_id=message_id)

    return await wait_for_answer(messages, message_id, send, seconds=seconds, if_late=if_late)
