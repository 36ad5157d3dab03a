"""The namespace: every entity of the configuration under its path, restored from the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from devhost.clock import Clock
from devhost.service_bus.errors import EntityNotFoundError
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.nodes.store import Store
from devhost.service_bus.nodes.topic_node import TopicNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import DEAD_LETTER_SUFFIX, EntityConfig, QueueRules, Topic, entity_path
from devhost.service_bus.queues.journal import Journal
from devhost.service_bus.queues.queue_core import QueueCore
from devhost.service_bus.queues.session_queue_core import SessionQueueCore
from devhost.service_bus.queues.times import BrokerTimes
from devhost.service_bus.queues.topic_core import FilteredQueue, TopicCore

EntityNode: TypeAlias = QueueNode | TopicNode


class Namespace:
    """All entities. Messages of an entity that is no longer configured stay in the store until it is again."""

    def __init__(self, config: EntityConfig, store: Store, turn: Turn, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._turn = turn
        self._journal = journal
        self._clock = clock
        self._times = BrokerTimes(clock)
        self._nodes: dict[str, EntityNode] = {}
        self.add(config)

    def add(self, config: EntityConfig) -> None:
        """Add entities, with the messages that the store has of them."""
        for queue in config.queues:
            self._add_queue(queue.name, queue.rules, queue.duplicate_window, accepts=True)
        for topic in config.topics:
            self._add_topic(topic)

    def find(self, address: str) -> EntityNode:
        """Return the entity at a path or address URL; case does not matter. Raises EntityNotFoundError."""
        node = self._nodes.get(entity_path(address))
        if node is None:
            raise EntityNotFoundError(f"The messaging entity '{address}' could not be found.")
        return node

    def nodes(self) -> list[EntityNode]:
        return list(self._nodes.values())

    def _add_queue(self, path: str, rules: QueueRules, duplicate_window: float | None, *, accepts: bool) -> QueueCore:
        dead_letter_rules = replace(rules, requires_session=False)
        dead_letters = self._restore_queue(path + DEAD_LETTER_SUFFIX, dead_letter_rules, None, None, accepts=False)
        return self._restore_queue(path, rules, dead_letters, duplicate_window, accepts=accepts)

    def _restore_queue(
        self,
        path: str,
        rules: QueueRules,
        dead_letters: QueueCore | None,
        duplicate_window: float | None,
        *,
        accepts: bool,
    ) -> QueueCore:
        entity, last_sequence = self._store.entity(path)
        options: dict[str, Any] = {
            "last_sequence": last_sequence,
            "dead_letters": dead_letters,
            "duplicates": self._duplicates(entity, duplicate_window),
        }
        if rules.requires_session:
            states = self._store.session_states(entity)
            core = SessionQueueCore(entity, rules, self._times, self._journal, states=states, **options)
            node = SessionQueueNode(path, entity, core, self._turn, self._clock, accepts=accepts)
        else:
            core = QueueCore(entity, rules, self._times, self._journal, **options)
            node = QueueNode(path, entity, core, self._turn, self._clock, accepts=accepts)
        for message in self._store.messages(entity):
            core.restore(message)
        self._register(path, entity, node)
        return core

    def _add_topic(self, topic: Topic) -> None:
        subscriptions = [
            FilteredQueue(
                self._add_queue(
                    f"{topic.name}/Subscriptions/{subscription.name}", subscription.rules, None, accepts=False
                ),
                subscription.filters,
            )
            for subscription in topic.subscriptions
        ]
        entity, last_sequence = self._store.entity(topic.name)
        core = TopicCore(
            entity,
            subscriptions,
            self._times,
            self._journal,
            default_ttl=topic.default_ttl,
            last_sequence=last_sequence,
            duplicates=self._duplicates(entity, topic.duplicate_window),
        )
        for message in self._store.messages(entity):
            core.restore(message)
        node = TopicNode(topic.name, entity, core, self._turn, self._clock)
        self._register(topic.name, entity, node)

    def _duplicates(self, entity: int, window: float | None) -> DuplicateHistory | None:
        if window is None:
            return None
        return DuplicateHistory(entity, window, self._journal, self._store.remembered_ids(entity))

    def _register(self, path: str, entity: int, node: EntityNode) -> None:
        self._nodes[path.casefold()] = node
        self._turn.register(entity, node)
        self._journal.touch(entity)
