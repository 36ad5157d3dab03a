"""A decision on which the app failed ten times: what the ledger knows of it is answered, else it is quarantined."""

from __future__ import annotations

import logging

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import AzureError

from adapters.ledger.store import LedgerConflictError
from adapters.messaging.arrivals import Arrival, received
from compliance.outcome import Answer
from compliance.review import Transition
from contracts.messages.decisions import AboutReview, DelegationV1, QuarantineHandledV1, parse_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import DEAD_LETTERED, DECISIONS_QUARANTINE, REVIEW_DECISIONS
from reviews.answering import Reply, answer_decision
from reviews.app import Adapters, adapters
from reviews.dead_letters import NOT_PROCESSED, settle
from triggers.decision_submitted import would_be

bp = df.Blueprint()


@bp.service_bus_queue_trigger(
    arg_name="message",
    queue_name=REVIEW_DECISIONS + DEAD_LETTERED,
    connection="ServiceBus",
    data_type=func.DataType.BINARY,
)
@bp.durable_client_input(client_name="client")
async def on_decision_dead_lettered(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """It may have been recorded before the crash: then that answer is given again and the review woken."""
    app, decision = adapters(), received(message)

    async def answer() -> None:
        await answer_decision(app, client, decision, await _reply(app, decision))

    await settle(app.messages, decision, REVIEW_DECISIONS, DECISIONS_QUARANTINE, answer)


async def _reply(app: Adapters, decision: Arrival) -> Reply:
    try:
        said = parse_decision(decision.body)
    except MalformedMessageError as malformed:
        return Reply(Answer.MALFORMED, str(malformed))
    if isinstance(said, QuarantineHandledV1 | DelegationV1):
        return Reply(Answer.NOT_PROCESSED, NOT_PROCESSED)
    try:
        seen = await _seen(app, said, decision)
    except (AzureError, LedgerConflictError):
        raise  # it may pass
    except Exception:
        # Most likely what the app failed on before, and a dead-lettered message is delivered for ever.
        logging.exception("The ledger cannot be asked about a dead-lettered decision on review %s", said.review_id)
        seen = None
    recorded_before = seen is not None and not seen.writes and seen.answer and not seen.answer.refused
    if seen and recorded_before:
        return Reply.of(seen)
    return Reply(Answer.NOT_PROCESSED, NOT_PROCESSED)


async def _seen(app: Adapters, said: AboutReview, decision: Arrival) -> Transition | None:
    """What recording it would come to now; nothing is written."""
    review = await app.ledger.review(said.review_id)
    if review is None:
        return None
    return would_be(review.head, review.decisions, said, decision)
