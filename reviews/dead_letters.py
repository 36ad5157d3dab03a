"""Settling a dead-lettered message, which the broker would deliver again at once, for ever and without a count."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from azure.core.exceptions import AzureError

from adapters.ledger.store import LedgerConflictError
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import Messages
from compliance.outcome import Answer

NOT_PROCESSED = "the app failed on this message; see its log, then replay it"


async def settle(
    messages: Messages, message: Arrival, queue: str, quarantine: str, answer: Callable[[], Awaitable[None]]
) -> None:
    """Answer it; where a fault that may pass prevents that, have it go through its queue, with all its waits, again.

    What not even that helps, most of a day later, and what fails on the message itself is kept in the quarantine.
    Raises only where Service Bus takes no message: then it delivers none either.
    """
    try:
        await answer()
        return
    except (AzureError, LedgerConflictError) as error:
        if message.may_return:
            logging.warning("A dead-lettered message goes through %s again: %s", queue, type(error).__name__)
            await messages.send_back(queue, message)
            return
        logging.exception("A dead-lettered message of %s is kept in %s without an answer", queue, quarantine)
    except Exception:
        logging.exception("A dead-lettered message of %s is kept in %s without an answer", queue, quarantine)
    await messages.quarantine(quarantine, message, Answer.NOT_PROCESSED, NOT_PROCESSED)
