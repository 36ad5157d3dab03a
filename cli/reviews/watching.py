"""Following the events and requests that the app publishes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import click
from azure.servicebus import ServiceBusReceivedMessage

from adapters.messaging.messages import body_of
from cli.local_time import LocalTime
from cli.quarantine.refused_messages import review_and_sender
from cli.reviews.event_lines import EventLine, draw, line_of_event, line_of_request
from cli.reviews.sentence import who_decided
from cli.session import Session
from cli.terminal import out, print_json, say
from compliance.outcome import Outcome, Vote
from contracts.messages.decisions import read_decision
from contracts.messages.events import DECISION_REFUSED
from contracts.messages.strict_json import MalformedMessageError, parse_object
from contracts.names import DECISIONS_QUARANTINE, REVIEW_EVENTS, REVIEW_REQUESTS

_POLL_SECONDS: Final = 0.5


async def follow(session: Session, *, requests: bool, past: bool, as_json: bool) -> None:
    """Print events, and requests if they are wanted, until somebody ends it."""
    entities = [REVIEW_EVENTS, *([REVIEW_REQUESTS] if requests else [])]
    numbers, background = dict.fromkeys(entities, 1), _Background(session)
    caught_up = False
    while True:
        for entity in entities:
            async for message in session.messages.peek(entity, numbers[entity]):
                numbers[entity] = (message.sequence_number or 0) + 1
                if caught_up or past:
                    await _print(background, entity, message, as_json=as_json)
        if not caught_up:
            if past and all(number == 1 for number in numbers.values()):
                say("Nothing is held: events are kept for a day. `compliance list --state closed` lists what ended.")
            say("Watching; Ctrl-C ends it.")
            caught_up = True
        await asyncio.sleep(_POLL_SECONDS)


async def _print(background: _Background, entity: str, message: ServiceBusReceivedMessage, *, as_json: bool) -> None:
    try:
        content = parse_object(body_of(message))
    except MalformedMessageError as error:
        say(f"Skipped a message on {entity} that is not the app's: {error}")
        return
    if as_json:
        print_json(content, one_line=True)
        return
    at, time = message.enqueued_time_utc, LocalTime.here()
    if entity == REVIEW_REQUESTS:
        line = line_of_request(content, at, time)
    else:
        line = await background.complete(content, line_of_event(content, at))
    if sys.stdout.isatty():
        out().print(draw(line, time, out().width), soft_wrap=True)
    else:
        click.echo(draw(line, time, None).plain)


@dataclass(slots=True)
class _Background:
    """What events do not say, since everybody may read them: read from the ledger and the quarantine."""

    session: Session
    read_to: int = 1  # in the quarantine
    senders: dict[str, str] = field(default_factory=dict[str, str])  # by the ids of refused decisions

    async def complete(self, event: Mapping[str, Any], line: EventLine) -> EventLine:
        """Add the document and the person of a refusal, and the comment of a rejection."""
        review = await self.session.ledger.review(line.review_id) if line.review_id else None
        if review is None:
            return line
        line = replace(line, name=line.name or review.head.document.name)
        if line.what == Outcome.REJECTED:
            against = [row.decision for row in review.decisions if row.decision.vote is not Vote.APPROVE]
            said = [f"{who_decided(each)}" + (f': "{each.comment}"' if each.comment else "") for each in against]
            return replace(line, detail="; ".join(said) or line.detail)
        if event.get("type") == DECISION_REFUSED and (sender := await self._sender(event)):
            return replace(line, detail=f"{sender}: {line.detail}")
        return line

    async def _sender(self, event: Mapping[str, Any]) -> str | None:
        """Return who sent a refused decision, by the message in quarantine; it comes there before its event."""
        async for message in self.session.messages.peek(DECISIONS_QUARANTINE, self.read_to):
            self.read_to = (message.sequence_number or 0) + 1
            body = body_of(message)
            decision_id = read_decision(body).decision_id
            if decision_id and (sender := _sender_in(body)):
                self.senders[decision_id] = sender
        return self.senders.get(str(event["data"].get("decisionId")))


def _sender_in(body: bytes) -> str | None:
    try:
        return review_and_sender(DECISIONS_QUARANTINE, body)[1]
    except MalformedMessageError:
        return None
