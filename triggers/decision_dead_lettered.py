"""A decision on which the app failed ten times: what the ledger knows of it is answered, else it is quarantined."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.composition import Adapters, adapters
from adapters.messages import Arrival
from compliance.ledger import record, withdraw
from compliance.outcome import Answer
from contracts.inbound import ReviewWithdrawnV1, parse_decision
from contracts.strict_json import MalformedMessageError
from contracts.workflow import DEAD_LETTERED, REVIEW_DECISIONS
from triggers.answering import Reply, answer_decision
from triggers.arriving import arrived
from triggers.decision_submitted import decision_of

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
    app, decision = adapters(), arrived(message)
    await answer_decision(app, client, decision, await _reply(app, decision))


async def _reply(app: Adapters, decision: Arrival) -> Reply:
    not_processed = Reply(Answer.NOT_PROCESSED, "the app failed on this decision; see its log, then replay it")
    try:
        said = parse_decision(decision.body)
    except MalformedMessageError as malformed:
        return Reply(Answer.MALFORMED, str(malformed))
    review = await app.ledger.review(said.review_id)
    if review is None:
        return not_processed
    if isinstance(said, ReviewWithdrawnV1):
        seen = withdraw(review.head, said.by, decision.enqueued_at)
    else:
        seen = record(review.head, review.decisions, decision_of(said, decision))
    recorded_before = seen is not None and not seen.writes and seen.answer and not seen.answer.refused
    return Reply.of(seen) if seen and recorded_before else not_processed
