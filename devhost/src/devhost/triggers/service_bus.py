"""Service Bus triggers: peek-lock, run the function, complete on success, abandon on failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from devhost.app.functions import Binding, Function
from devhost.app.host_json import ServiceBus
from devhost.dispatch.invoker import Invoker
from devhost.errors import StartError
from devhost.ports import MessageBroker, MessageReceiver, ReceivedMessage
from devhost.service_bus import BrokerStoppedError, MessageLockLostError
from devhost.supervision import supervise
from devhost.triggers.message_metadata import many_messages, one_message

_log = logging.getLogger("devhost.service_bus")

_RENEW_EVERY = 2.0  # seconds; well inside 5 s, the shortest lock duration that Service Bus accepts


class ServiceBusTrigger:
    """Listens for one function (ports.Service). Concurrency and settling follow host.json."""

    def __init__(self, function: Function, broker: MessageBroker, invoker: Invoker, options: ServiceBus) -> None:
        self._function = function
        self._invoker = invoker
        self._options = options
        trigger = function.trigger
        self._many = trigger.options.get("cardinality") == "MANY"
        self._auto_complete = trigger.options.get("autoCompleteMessages", options.auto_complete_messages)
        self._receiver = _receiver(function, broker)
        self._slots = asyncio.Semaphore(1 if self._many else options.max_concurrent_calls)
        self._in_hand: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listening = supervise(self._listen())

    async def stop(self) -> None:
        """Stop listening. What runs goes on until the worker stops; its locks expire and it is delivered again."""
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
        path = entity_path(self._function)
        return f"{self._function.name}: {len(self._in_hand)} in hand, {waiting} waiting on {path}"

    async def _listen(self) -> None:
        while True:
            await self._slots.acquire()
            most = self._options.max_message_batch_size if self._many else 1
            try:
                messages = await self._receiver.receive(most)
            except BrokerStoppedError as error:
                _log.error("%s stops listening: %s", self._function.name, error)
                return
            task = supervise(self._handle(messages))
            self._in_hand.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._slots.release()

    async def _handle(self, messages: Sequence[ReceivedMessage]) -> None:
        binary = self._function.trigger.binary
        data, metadata = many_messages(messages, binary) if self._many else one_message(messages[0], binary)
        renewing = asyncio.create_task(self._renew(messages))
        try:
            await self._invoker.invoke(self._function, data, metadata)
            settle = self._receiver.complete
        except Exception:  # logged by the invoker; the broker counts the deliveries
            settle = self._receiver.abandon
        finally:
            renewing.cancel()
        if not self._auto_complete:
            return
        for message in messages:
            try:
                await settle(message.lock_token)
            except MessageLockLostError:
                name = self._function.name
                _log.warning("%s lost the lock of message %s: it is delivered again", name, message.message_id)

    async def _renew(self, messages: Sequence[ReceivedMessage]) -> None:
        limit = self._options.max_auto_lock_renewal_duration
        try:
            async with asyncio.timeout(limit):
                while True:
                    await asyncio.sleep(_RENEW_EVERY)
                    for message in messages:
                        await self._receiver.renew(message.lock_token)
        except TimeoutError:
            _log.warning("%s runs longer than maxAutoLockRenewalDuration, %s s", self._function.name, limit)
        except MessageLockLostError:
            _log.warning("%s lost the lock of a message while it runs", self._function.name)


def entity_path(function: Function) -> str:
    """The path that the trigger listens on; queue and subscription names may carry `/$DeadLetterQueue`."""
    options = function.trigger.options
    if queue := options.get("queueName"):
        return queue
    return f"{options['topicName']}/Subscriptions/{options['subscriptionName']}"


def _receiver(function: Function, broker: MessageBroker) -> MessageReceiver:
    trigger: Binding = function.trigger
    if trigger.options.get("isSessionsEnabled"):
        raise StartError(f"function {function.name}: devhost's Service Bus trigger has no sessions yet.")
    path = entity_path(function)
    try:
        return broker.receiver(path)
    except KeyError as error:
        raise StartError(f"function {function.name}: there is no Service Bus entity {path!r} in --entities.") from error
