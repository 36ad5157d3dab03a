"""The rules of one queue, subscription or dead-letter queue: no input or output, no event loop.

Two clocks: messages are enqueued, become due and expire in host time; locks run out in real time, because clients
compare `locked_until` with their own clocks. What must be stored goes to the journal; the caller commits it before
anybody else sees an effect.

Locks are not stored. A message that was locked when the process died is simply available again after the restart,
with the delivery count it had: only a delivery that is known to have failed (abandoned, lock expired) raises it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from devhost.service_bus.errors import NotAllowedError
from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import QueueRules
from devhost.service_bus.queues.journal import DeleteMessage, Journal, PutMessage, UpdateMessage, UseNumber
from devhost.service_bus.queues.locks import Locks, MessageLocks
from devhost.service_bus.queues.message import Message, MessageState
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.message_index import MessageIndex
from devhost.service_bus.queues.settlements import RecentSettlements, Settlement
from devhost.service_bus.queues.times import Times

# Azure's names and texts.
REASON, DESCRIPTION = "DeadLetterReason", "DeadLetterErrorDescription"
TOO_MANY_DELIVERIES = "MaxDeliveryCountExceeded"
EXPIRED = "TTLExpiredException"


class QueueCore:
    def __init__(
        self,
        entity: int,
        rules: QueueRules,
        times: Times,
        journal: Journal,
        *,
        last_sequence: int = 0,
        dead_letters: QueueCore | None = None,
        duplicates: DuplicateHistory | None = None,
        locks: Locks | None = None,
    ) -> None:
        """Set up an empty queue. Without `dead_letters` it is a dead-letter queue, where nothing expires or moves."""
        self.rules = rules
        self._entity = entity
        self._times = times
        self._journal = journal
        self._last_sequence = last_sequence
        self._dead_letters = dead_letters
        self._duplicates = duplicates
        self._locks = locks or MessageLocks(rules.lock_duration, times.real)
        self._messages = MessageIndex(by_session=rules.requires_session)
        self._settled = RecentSettlements(times.real)

    def restore(self, message: Message) -> None:
        """Take back a stored message after a restart, in the order of sequence numbers."""
        self._messages.add(message)
        self._last_sequence = max(self._last_sequence, message.sequence)

    # Sending

    def publish(self, contents: Collection[MessageContent]) -> list[int]:
        """Enqueue all messages, or nothing if one is not allowed. Return their sequence numbers, even of duplicates."""
        if self.rules.requires_session and any(content.session_id is None for content in contents):
            raise NotAllowedError("The entity requires sessions; set a session id on every message sent to it.")
        now = self._times.host()
        sequences: list[int] = []
        for content in contents:
            sequence = self._next_sequence()
            sequences.append(sequence)
            if self._duplicates is not None and self._duplicates.is_duplicate(content.message_id, now):
                self._journal.record(UseNumber(self._entity, sequence))
            else:
                self._accept(sequence, content, now)
        return sequences

    def cancel_scheduled(self, sequences: Collection[int]) -> None:
        for message in self._messages.find(sequences, MessageState.SCHEDULED):
            self._remove(message)

    # Receiving. With a session id, from that session, which must have been accepted.

    def active_count(self) -> int:
        """Return how many messages could be received now."""
        return len(self._messages.ready)

    def lock_next(self, session_id: str | None = None) -> Message | None:
        """Lock and return the first available message, None if there is no message."""
        message = self._next_ready(session_id)
        if message is not None:
            self._locks.lock(message)
        return message

    def remove_next(self, session_id: str | None = None) -> Message | None:
        """Remove and return the first available message, None if there is no message."""
        message = self._next_ready(session_id)
        if message is not None:
            self._remove(message)
        return message

    def lock_deferred(self, sequences: Collection[int]) -> list[Message]:
        """Lock deferred messages by sequence number. Raises MessageNotFoundError unless all are there."""
        found = self._messages.find(sequences, MessageState.DEFERRED)
        for message in found:
            self._locks.lock(message)
        self._journal.touch(self._entity)
        return found

    def remove_deferred(self, sequences: Collection[int]) -> list[Message]:
        found = self._messages.find(sequences, MessageState.DEFERRED)
        for message in found:
            self._remove(message)
        return found

    def peek(self, first: int, most: int, session_id: str | None = None) -> list[Message]:
        """Return up to `most` messages in any state from sequence number `first` on."""
        return self._messages.peek(first, most, session_id)

    # Settling. Each raises LockLostError if the lock is no longer held.

    def complete(self, token: bytes) -> None:
        self._remove(self._locks.held(token))
        self._settled.remember(token, Settlement.COMPLETED)

    def abandon(self, token: bytes, properties: Mapping[str, Any] | None = None) -> None:
        """Give a message back as a failed delivery, with `properties` merged into its application properties."""
        message = self._locks.held(token)
        self._modify(message, properties)
        self._locks.unlock(message)
        self._delivery_failed(message)
        self._settled.remember(token, Settlement.ABANDONED)

    def release(self, token: bytes) -> None:
        """Give a message back as if it had never been delivered."""
        message = self._locks.held(token)
        self._locks.unlock(message)
        self._make_available(message)

    def defer(self, token: bytes, properties: Mapping[str, Any] | None = None) -> None:
        """Set a message aside, to be received only by its sequence number. As on Azure it outlives its TTL."""
        message = self._locks.held(token)
        self._modify(message, properties)
        self._locks.unlock(message)
        message.state = MessageState.DEFERRED
        self._messages.keep_forever(message)
        self._journal.record(UpdateMessage.of(self._entity, message))
        self._settled.remember(token, Settlement.DEFERRED)

    def dead_letter(self, token: bytes, properties: Mapping[str, Any]) -> None:
        """Move a message to the dead-letter queue. `properties` has reason and description under Azure's names."""
        self._move_to_dead_letters(self._locks.held(token), properties)
        self._settled.remember(token, Settlement.DEAD_LETTERED)

    def was_settled(self, token: bytes, settlement: Settlement) -> bool:
        """Return whether the delivery was settled like this within the last minute, so that a repetition succeeds."""
        return self._settled.was(token, settlement)

    def renew(self, token: bytes) -> float:
        """Renew a lock for the whole duration and return its end (real time)."""
        return self._locks.renew(token)

    # Time

    def next_due(self) -> float | None:
        """Return the host time of the next scheduled message or expiry."""
        return self._messages.next_due()

    def next_lock_end(self) -> float | None:
        """Return the real time at which the next lock expires."""
        return self._locks.next_end()

    def run_due(self) -> None:
        """Activate the scheduled messages that are due, and expire others."""
        now = self._times.host()
        while message := self._messages.pop_scheduled(now):
            self._activate(message)
        while message := self._messages.pop_expired(now):
            if message.lock_token is None:  # a locked message expires once its lock is given up
                self._expire(message)

    def expire_locks(self) -> None:
        """Take back the messages whose locks have expired, as failed deliveries."""
        for message in self._locks.take_expired():
            self._delivery_failed(message)

    # The parts

    def _next_sequence(self) -> int:
        self._last_sequence += 1
        return self._last_sequence

    def _accept(self, sequence: int, content: MessageContent, now: float) -> None:
        due = content.scheduled_at
        if due is not None and due > now:
            message = Message(sequence, content, now, state=MessageState.SCHEDULED, due=due)
            message.expires_at = self._expiry(content, due)
        else:
            message = Message(sequence, content, now, expires_at=self._expiry(content, now))
        self._add(message)

    def _expiry(self, content: MessageContent, enqueued_at: float) -> float | None:
        if self._dead_letters is None:
            return None
        ttl = min((ttl for ttl in (content.ttl, self.rules.default_ttl) if ttl is not None), default=None)
        return None if ttl is None else enqueued_at + ttl

    def _add(self, message: Message) -> None:
        self._messages.add(message)
        self._journal.record(PutMessage.of(self._entity, message))

    def _activate(self, message: Message) -> None:
        if message.due is not None:
            message.enqueued_at, message.due = message.due, None
        message.state = MessageState.ACTIVE
        self._journal.record(UpdateMessage.of(self._entity, message))
        self._messages.activate(message)

    def _remove(self, message: Message) -> None:
        self._locks.unlock(message)
        self._messages.remove(message)
        self._journal.record(DeleteMessage(self._entity, message.sequence))

    def _next_ready(self, session_id: str | None) -> Message | None:
        now = self._times.host()
        while message := self._messages.pop_ready(session_id):
            if message.expires_at is None or message.expires_at > now:
                return message
            self._expire(message)
        return None

    def _modify(self, message: Message, properties: Mapping[str, Any] | None) -> None:
        if properties:
            message.content = message.content.with_application_properties(properties)
            self._journal.record(PutMessage.of(self._entity, message))

    def _delivery_failed(self, message: Message) -> None:
        message.delivery_count += 1
        most = self.rules.max_delivery_count
        if self._dead_letters is not None and message.delivery_count >= most:
            description = f"Message could not be consumed after {most} delivery attempts."
            self._move_to_dead_letters(message, {REASON: TOO_MANY_DELIVERIES, DESCRIPTION: description})
            return
        self._journal.record(UpdateMessage.of(self._entity, message))
        self._make_available(message)

    def _make_available(self, message: Message) -> None:
        self._journal.touch(self._entity)
        if message.state is MessageState.DEFERRED:
            return  # still to be received only by its number
        if message.expires_at is not None and message.expires_at <= self._times.host():
            self._expire(message)
        else:
            self._messages.ready.add(message)

    def _expire(self, message: Message) -> None:
        if self.rules.dead_letter_on_expiration:
            description = "The message expired and was dead lettered."
            self._move_to_dead_letters(message, {REASON: EXPIRED, DESCRIPTION: description})
        else:
            self._remove(message)

    def _move_to_dead_letters(self, message: Message, properties: Mapping[str, Any]) -> None:
        if self._dead_letters is None:
            raise NotAllowedError("A message in a dead-letter queue cannot be dead-lettered again.")
        self._remove(message)
        self._dead_letters.receive_dead_letter(message, properties)

    def receive_dead_letter(self, message: Message, properties: Mapping[str, Any]) -> None:
        """Take a message from another queue, with a new sequence number but its enqueued time and delivery count."""
        content = message.content.with_application_properties(properties)
        self._add(Message(self._next_sequence(), content, message.enqueued_at, delivery_count=message.delivery_count))
