"""A topic at work: a core with the alarm of its scheduled messages."""

from __future__ import annotations

from devhost.clock import Clock
from devhost.service_bus.nodes.alarm import Alarm
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message_content import MessageContent
from devhost.service_bus.queues.topic_core import TopicCore


class TopicNode:
    def __init__(self, path: str, entity: int, core: TopicCore, turn: Turn, clock: Clock) -> None:
        self.path = path
        self.core = core
        self._entity = entity
        self._turn = turn
        self._due_alarm = Alarm(clock.call_at, self._ring)

    def check_accepts(self) -> None:
        """Do nothing: every client may send to a topic."""

    def publish(self, contents: list[MessageContent]) -> list[int]:
        return self.core.publish(contents)

    def cancel_scheduled(self, sequences: list[int]) -> None:
        self.core.cancel_scheduled(sequences)

    def attend(self) -> None:
        self._due_alarm.set(self.core.next_due())

    def rest(self) -> None:
        """Set no more alarms."""
        self._due_alarm.cancel()

    def _ring(self) -> None:
        self.core.run_due()
        self._turn.wake(self._entity)
