"""A queue at work: a core with its alarms, and the consumers that share its messages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from devhost.clock import Clock
from devhost.service_bus.errors import NotAllowedError
from devhost.service_bus.nodes.alarm import Alarm
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.queue_core import QueueCore


class Consumer(Protocol):
    """A receiver of a queue: an AMQP link or a listener of the host."""

    @property
    def session_id(self) -> str | None:
        """The session from which it receives, None if the queue has no sessions."""
        ...

    @property
    def deletes(self) -> bool:
        """True for receive-and-delete, False for peek-lock."""
        ...

    def wants_message(self) -> bool: ...

    def reserve(self) -> None:
        """Count a message that will be delivered."""
        ...

    def deliver(self, message: Message) -> None: ...


class QueueNode:
    """A queue, a subscription or a dead-letter queue."""

    def __init__(self, path: str, entity: int, core: QueueCore, turn: Turn, clock: Clock, *, accepts: bool) -> None:
        """Set up the node of `core`. `accepts` is True if clients may send to it: only to a queue proper."""
        self.path = path
        self.core = core
        self._entity = entity
        self._turn = turn
        self._accepts = accepts
        self._consumers: deque[Consumer] = deque()
        self._due_alarm = Alarm(clock.call_at, partial(self._ring, core.run_due))
        self._lock_alarm = Alarm(_call_at_real_time, partial(self._ring, core.expire_locks))

    def check_accepts(self) -> None:
        """Raise NotAllowedError if clients must not send here."""
        if not self._accepts:
            raise NotAllowedError(f"Messages cannot be sent to '{self.path}'; send to its queue or topic.")

    def publish(self, contents: list[MessageContent]) -> list[int]:
        return self.core.publish(contents)

    def cancel_scheduled(self, sequences: list[int]) -> None:
        self.core.cancel_scheduled(sequences)

    def add(self, consumer: Consumer) -> None:
        self._consumers.append(consumer)
        self.wake()

    def remove(self, consumer: Consumer) -> None:
        """Give a consumer no more messages. The locks that it holds stay until they expire."""
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def wake(self) -> None:
        """Attend to the queue in the next turn, because a consumer can take messages again."""
        self._turn.wake(self._entity)

    def attend(self) -> None:
        self.dispatch()
        self._due_alarm.set(self.core.next_due())
        self._lock_alarm.set(self.core.next_lock_end())

    def dispatch(self) -> None:
        """Give out available messages to the consumers in turn."""
        while self.core.active_count() and (consumer := self._next_consumer()):
            self._hand_over(consumer)

    def rest(self) -> None:
        """Set no more alarms."""
        self._due_alarm.cancel()
        self._lock_alarm.cancel()

    def _hand_over(self, consumer: Consumer) -> bool:
        """Give the next message to the consumer. Return False if there is no message."""
        if consumer.deletes:
            if message := self.core.remove_next(consumer.session_id):
                consumer.reserve()
                self._turn.after_commit(partial(consumer.deliver, message))
        elif message := self.core.lock_next(consumer.session_id):
            consumer.reserve()
            consumer.deliver(message)
        return message is not None

    def _next_consumer(self) -> Consumer | None:
        for _ in range(len(self._consumers)):
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            if consumer.wants_message():
                return consumer
        return None

    def _ring(self, run: Callable[[], None]) -> None:
        run()
        self.wake()


def _call_at_real_time(due: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(max(0.0, due - time.time()), callback)
