"""The Service Bus trigger of queues and subscriptions without sessions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from devhost.app.functions import Function
from devhost.app.host_json import ServiceBus
from devhost.dispatch.invoker import Invoker
from devhost.errors import StartError
from devhost.ports import MessageBroker, Service
from devhost.service_bus import BrokerStoppedError
from devhost.service_bus.errors import NotAllowedError
from devhost.service_bus.queues.entities import DEAD_LETTER_SUFFIX, EntityConfig, Queue, QueueRules, Subscription, Topic
from devhost.supervision import supervise
from devhost.triggers.message_handling import MessageHandler
from devhost.triggers.service_bus_sessions import ServiceBusSessionTrigger

_log = logging.getLogger("devhost.service_bus")


def service_bus_trigger(function: Function, broker: MessageBroker, invoker: Invoker, options: ServiceBus) -> Service:
    """Return the listener of a function. Raises StartError if its entity is missing or of the other kind."""
    path = entity_path(function)
    handler = MessageHandler(function, invoker, options)
    sessions = bool(function.trigger.options.get("isSessionsEnabled"))
    try:
        if sessions:
            slots = 1 if handler.many else options.max_concurrent_sessions
            return ServiceBusSessionTrigger(function.name, path, broker.sessions(path), handler, slots)
        return ServiceBusTrigger(function.name, path, broker, handler, options)
    except KeyError as error:
        raise StartError(f"function {function.name}: there is no Service Bus entity {path!r} in --entities.") from error
    except NotAllowedError as error:
        remedy = f"Set is_sessions_enabled={not sessions} in its trigger, or change RequiresSession in --entities."
        raise StartError(f"function {function.name}: {error} {remedy}") from error


class ServiceBusTrigger:
    """The listener of one function (ports.Service). Handles as many messages at once as host.json allows."""

    def __init__(
        self, name: str, path: str, broker: MessageBroker, handler: MessageHandler, options: ServiceBus
    ) -> None:
        self._name = name
        self._path = path
        self._handler = handler
        self._receiver = broker.receiver(path)
        self._slots = asyncio.Semaphore(1 if handler.many else options.max_concurrent_calls)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listening = supervise(self._listen())

    async def stop(self) -> None:
        """Stop listening. Functions run until the worker stops; then locks expire and messages are delivered again."""
        for task in (self._listening, *self._in_hand):
            if task:
                task.cancel()
        await asyncio.gather(*(task for task in (self._listening, *self._in_hand) if task), return_exceptions=True)

    def in_flight(self) -> str | None:
        if self._listening is None:
            return None
        waiting = self._receiver.active_count()
        if not self._in_hand and not waiting:
            return None
        return f"{self._name}: {len(self._in_hand)} in hand, {waiting} waiting on {self._path}"

    async def _listen(self) -> None:
        while True:
            await self._slots.acquire()
            try:
                messages = await self._receiver.receive(self._handler.most)
            except BrokerStoppedError as error:
                _log.error("%s stops listening: %s", self._name, error)
                return
            task = supervise(self._handler.handle(messages, self._receiver))
            self._in_hand.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._slots.release()


def entities_of(functions: Sequence[Function]) -> EntityConfig:
    """Return the queues, topics and subscriptions that functions listen to, with the usual rules."""
    queues, topics = dict[str, Queue](), dict[str, dict[str, Subscription]]()
    for function in functions:
        options = function.trigger.options
        rules = QueueRules(requires_session=bool(options.get("isSessionsEnabled")))
        if queue := options.get("queueName"):
            name = queue.removesuffix(DEAD_LETTER_SUFFIX)
            queues.setdefault(name.casefold(), Queue(name, rules))
        elif topic := options.get("topicName"):
            name = options["subscriptionName"].removesuffix(DEAD_LETTER_SUFFIX)
            topics.setdefault(topic, {}).setdefault(name.casefold(), Subscription(name, rules))
    return EntityConfig(
        tuple(queues.values()), tuple(Topic(name, tuple(each.values())) for name, each in topics.items())
    )


def entity_path(function: Function) -> str:
    """Return the path that the trigger listens on. Queue and subscription names may end in `/$DeadLetterQueue`."""
    options = function.trigger.options
    if queue := options.get("queueName"):
        return queue
    return f"{options['topicName']}/Subscriptions/{options['subscriptionName']}"
