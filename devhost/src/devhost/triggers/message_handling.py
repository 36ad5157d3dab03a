"""Handle the messages of a Service Bus trigger: run the function, complete on success, abandon on failure.

Without auto-complete a success settles nothing, but a failure still abandons, as in the extension's listener.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from devhost.app.functions import Function
from devhost.app.host_json import ServiceBus
from devhost.dispatch.invoker import Invoker
from devhost.ports import MessageReceiver, ReceivedMessage
from devhost.service_bus import LockLostError
from devhost.triggers.message_metadata import many_messages, one_message

_log = logging.getLogger("devhost.service_bus")

_RENEW_EVERY = 2.0  # seconds; well inside 5 s, the shortest lock duration that Service Bus accepts


class MessageHandler:
    """The handler of one function. It settles by host.json, or by the trigger's own `autoCompleteMessages`."""

    def __init__(self, function: Function, invoker: Invoker, options: ServiceBus) -> None:
        self._function = function
        self._invoker = invoker
        self._renewal_limit = options.max_auto_lock_renewal_duration
        trigger = function.trigger
        self.many = trigger.options.get("cardinality") == "MANY"
        self.most = options.max_message_batch_size if self.many else 1
        self.auto_complete: bool = trigger.options.get("autoCompleteMessages", options.auto_complete_messages)

    async def handle(self, messages: Sequence[ReceivedMessage], receiver: MessageReceiver) -> None:
        """Run the function once for these messages of `receiver`."""
        binary = self._function.trigger.binary
        data, metadata = many_messages(messages, binary) if self.many else one_message(messages[0], binary)
        renewing = asyncio.create_task(self._renew(messages, receiver))
        try:
            await self._invoker.invoke(self._function, data, metadata)
            settle = receiver.complete if self.auto_complete else None
        except Exception:  # logged by the invoker; the broker counts the deliveries
            settle = receiver.abandon
        finally:
            renewing.cancel()
        if settle:
            await self._settle(messages, settle)

    async def _settle(self, messages: Sequence[ReceivedMessage], settle: Callable[[str], Awaitable[None]]) -> None:
        for message in messages:
            try:
                await settle(message.lock_token)
            except LockLostError:
                name = self._function.name
                _log.warning("%s lost the lock of message %s: it will be delivered again", name, message.message_id)

    async def _renew(self, messages: Sequence[ReceivedMessage], receiver: MessageReceiver) -> None:
        limit = self._renewal_limit
        try:
            async with asyncio.timeout(limit):
                while True:
                    await asyncio.sleep(_RENEW_EVERY)
                    for message in messages:
                        await receiver.renew(message.lock_token)
        except TimeoutError:
            _log.warning("%s runs longer than maxAutoLockRenewalDuration, %s s", self._function.name, limit)
        except LockLostError:
            _log.warning("%s lost the lock of a message while it ran", self._function.name)
