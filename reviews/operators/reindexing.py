"""List reviews anew, for example after an import: the rows of lists follow from the reviews."""

from __future__ import annotations

from functools import partial

from adapters.at_once import gather_few
from compliance.outcome import Answer, ReviewState, Verdict
from compliance.rounds import awaited
from contracts.messages.commands import ReindexLedgerV1
from reviews.answering import Reply
from reviews.app import App
from reviews.listing import list_withdrawal


async def reindex(app: App, command: ReindexLedgerV1) -> Reply:
    """Write the rows that list the reviews whose ids begin as the command says. Safe to do twice."""
    ids = await app.ledger.ids_starting_with(command.ids_starting_with)
    await gather_few(partial(_list_anew, app, each) for each in ids)
    return Reply(Answer.RECORDED, f"{len(ids)} reviews listed")


async def _list_anew(app: App, review_id: str) -> None:
    stored = await app.ledger.review(review_id)
    if stored is None:
        return
    head, decisions, unfinished = stored.head, stored.decisions, app.ledger.unfinished
    if await unfinished.has(review_id):
        await (unfinished.set_due(head) if head.inspected else unfinished.list_again(head))
    elif head.state is ReviewState.CLOSED:
        await unfinished.list_finished(head, decisions)
    else:
        await unfinished.put(head)
        await app.ledger.todo.put(review_id)
    await app.inboxes.correct(head, decisions, awaited(head, decisions))
    await app.ledger.own.put_submitted(head)
    for each in decisions:
        await app.ledger.own.put_decided(each.decision.reviewer, review_id, each.decision.enqueued_at)
    if head.verdict is Verdict.WITHDRAW:
        await list_withdrawal(app, review_id)
