"""Settle dead-lettered messages, which the broker would otherwise deliver again at once, any number of times."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import azure.durable_functions as df

from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import Messages
from adapters.transient import TRANSIENT
from compliance.outcome import Answer
from compliance.rulings import Ruling
from contracts.messages.decisions import DelegationV1, Reading, read_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import DECISION_RETRIES, DECISIONS_QUARANTINE
from reviews.answering import Reply, send_reply
from reviews.app import App
from reviews.recording import rule

NOT_PROCESSED = "the app failed on this message; see its log, then replay it"


async def settle(
    messages: Messages, arrival: Arrival, queue: str, quarantine: str, answer: Callable[[], Awaitable[None]]
) -> None:
    """Answer the message. On a transient fault put it on `queue` again, with the full retry schedule, up to 20 times.

    Anything else goes to the quarantine. Raises only if Service Bus itself refuses messages, and then it delivers none.
    """
    try:
        await answer()
        return
    except TRANSIENT as error:
        if arrival.may_return:
            logging.warning("A dead-lettered message goes through %s again: %s", queue, type(error).__name__)
            await messages.send_back(queue, arrival)
            return
        logging.exception("A dead-lettered message of %s is kept in %s without an answer", queue, quarantine)
    except Exception:  # whatever the app failed on before; raised, it would have the message delivered for ever
        logging.exception("A dead-lettered message of %s is kept in %s without an answer", queue, quarantine)
    await messages.quarantine(quarantine, arrival, Answer.NOT_PROCESSED, NOT_PROCESSED)


async def settle_decision(app: App, client: df.DurableOrchestrationClient, arrival: Arrival) -> None:
    """Answer a dead-lettered decision as before, and wake the review, if it was recorded before the app failed."""
    reading = read_decision(arrival.body)

    async def answer() -> None:
        await send_reply(app, client, arrival, reading, await reply_if_recorded(app, reading, arrival))

    await settle(app.messages, arrival, DECISION_RETRIES, DECISIONS_QUARANTINE, answer)


async def reply_if_recorded(app: App, reading: Reading, arrival: Arrival) -> Reply:
    """Reply as before if the message was recorded before the app failed on it, else that it was not processed.

    Writes nothing. Raises the errors in TRANSIENT.
    """
    message = reading.message
    if isinstance(message, MalformedMessageError):
        return Reply(Answer.MALFORMED, str(message))
    if isinstance(message, DelegationV1):
        return Reply(Answer.NOT_PROCESSED, NOT_PROCESSED)
    ruling: Ruling | None = None
    try:
        if review := await app.ledger.review(message.review_id):
            ruling = rule(review, message, arrival)
    except TRANSIENT:
        raise
    except Exception:
        # Most likely the app failed on the same fault before; raised, it would have the message delivered for ever.
        logging.exception("The ledger cannot be read for a dead-lettered decision on review %s", message.review_id)
    if ruling and not ruling.writes and not ruling.answer.refused:
        return Reply.of(ruling)
    return Reply(Answer.NOT_PROCESSED, NOT_PROCESSED)
