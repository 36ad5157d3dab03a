"""The rules of one topic: duplicate detection, scheduling and fan-out; the subscriptions' queues do everything else.

A scheduled message stays in the topic, under a sequence number of the topic, until it is due.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from devhost.service_bus.errors import MessageNotFoundError
from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import CorrelationFilter
from devhost.service_bus.queues.filters import matches
from devhost.service_bus.queues.journal import DeleteMessage, Journal, PutMessage
from devhost.service_bus.queues.lazy_heap import LazyHeap
from devhost.service_bus.queues.message import Message, MessageState
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.queue_core import QueueCore
from devhost.service_bus.queues.times import Times


class FilteredQueue(NamedTuple):
    """A subscription's queue. Without filters it gets every message."""

    core: QueueCore
    filters: tuple[CorrelationFilter, ...]


class TopicCore:
    def __init__(
        self,
        entity: int,
        subscriptions: Sequence[FilteredQueue],
        times: Times,
        journal: Journal,
        *,
        default_ttl: float | None = None,
        last_sequence: int = 0,
        duplicates: DuplicateHistory | None = None,
    ) -> None:
        self._entity = entity
        self._subscriptions = subscriptions
        self._times = times
        self._journal = journal
        self._default_ttl = default_ttl
        self._last_sequence = last_sequence
        self._duplicates = duplicates
        self._contents: dict[int, MessageContent] = {}
        self._scheduled = LazyHeap()

    def restore(self, message: Message) -> None:
        """Take back a stored scheduled message after a restart."""
        if message.due is not None:
            self._contents[message.sequence] = message.content
            self._scheduled.push(message.due, message.sequence)
        self._last_sequence = max(self._last_sequence, message.sequence)

    def publish(self, contents: Collection[MessageContent]) -> list[int]:
        """Give each message to all matching subscriptions, now or when due. Return the topic's sequence numbers."""
        now = self._times.host()
        sequences: list[int] = []
        for content in contents:
            self._last_sequence += 1
            sequences.append(self._last_sequence)
            if self._duplicates is not None and self._duplicates.is_duplicate(content.message_id, now):
                continue
            if content.scheduled_at is not None and content.scheduled_at > now:
                self._schedule(self._last_sequence, content, content.scheduled_at)
            else:
                self._fan_out(content)
        return sequences

    def cancel_scheduled(self, sequences: Collection[int]) -> None:
        for sequence in sequences:
            if sequence not in self._contents:
                raise MessageNotFoundError(f"There is no scheduled message with sequence number {sequence}.")
        for sequence in set(sequences):
            self._scheduled.discard(sequence)
            self._take(sequence)

    def next_due(self) -> float | None:
        """Return the host time of the next scheduled message."""
        return self._scheduled.first_key()

    def run_due(self) -> None:
        """Fan out the scheduled messages that are due."""
        now = self._times.host()
        while (sequence := self._scheduled.pop_due(now)) is not None:
            self._fan_out(self._take(sequence))

    def _schedule(self, sequence: int, content: MessageContent, due: float) -> None:
        self._contents[sequence] = content
        self._scheduled.push(due, sequence)
        message = Message(sequence, content, self._times.host(), state=MessageState.SCHEDULED, due=due)
        self._journal.record(PutMessage.of(self._entity, message))

    def _take(self, sequence: int) -> MessageContent:
        self._journal.record(DeleteMessage(self._entity, sequence))
        return self._contents.pop(sequence)

    def _fan_out(self, content: MessageContent) -> None:
        if self._default_ttl is not None and (content.ttl is None or content.ttl > self._default_ttl):
            content = content._replace(ttl=self._default_ttl)
        for core, filters in self._subscriptions:
            if matches(filters, content):
                core.publish([content])
