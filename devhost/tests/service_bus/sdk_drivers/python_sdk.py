"""Serve the requests of JSON lines on standard input with the Python SDK; several may run at once.

`python python_sdk.py aio|sync CONNECTION_STRING`: one driver for both, because the two SDKs differ only in `await`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient as AsyncServiceBusClient
from python_messages import failure, moment, outgoing, received, seconds


async def call_async(method: Callable[..., Any], *given: Any, **options: Any) -> Any:
    return await method(*given, **options)


async def call_blocking(method: Callable[..., Any], *given: Any, **options: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(method, *given, **options))


_THREADS = ThreadPoolExecutor(64)
_SDKS = {"aio": (AsyncServiceBusClient, call_async), "sync": (ServiceBusClient, call_blocking)}


class Driver:
    def __init__(self, sdk: str, connection_string: str) -> None:
        client, self._call = _SDKS[sdk]
        self._enter = "__aenter__" if sdk == "aio" else "__enter__"
        self._client: Any = client.from_connection_string(connection_string, retry_total=0)
        self._senders: dict[str, Any] = {}
        self._receivers: dict[str, Any] = {}
        self._messages: dict[str, Any] = {}

    async def open(self, name: str, entity: str, session: str | None = None, **options: Any) -> dict[str, Any]:
        chosen: dict[str, Any] = {"max_wait_time": options.get("wait", 5)}
        if session is not None:
            chosen["session_id"] = session or NEXT_AVAILABLE_SESSION
        if options.get("dead_letter"):
            chosen["sub_queue"] = ServiceBusSubQueue.DEAD_LETTER
        if options.get("deletes"):
            chosen["receive_mode"] = ServiceBusReceiveMode.RECEIVE_AND_DELETE
        if "subscription" in options:
            receiver = self._client.get_subscription_receiver(entity, options["subscription"], **chosen)
        else:
            receiver = self._client.get_queue_receiver(entity, **chosen)
        await self._call(getattr(receiver, self._enter))  # connects
        self._receivers[name] = receiver
        if session is None:
            return {}
        return {"session_id": receiver.session.session_id, "locked_until": seconds(receiver.session.locked_until_utc)}

    async def close(self, name: str) -> None:
        await self._call(self._receivers.pop(name).close)

    async def send(self, entity: str, messages: list[dict[str, Any]]) -> None:
        ready = [outgoing(fields) for fields in messages]
        await self._call(self._sender(entity).send_messages, ready if len(ready) > 1 else ready[0])

    async def schedule(self, entity: str, messages: list[dict[str, Any]], at: float) -> list[int]:
        return await self._call(
            self._sender(entity).schedule_messages, [outgoing(fields) for fields in messages], moment(at)
        )

    async def cancel(self, entity: str, numbers: list[int]) -> None:
        await self._call(self._sender(entity).cancel_scheduled_messages, numbers)

    async def receive(self, name: str, count: int, wait: float) -> list[dict[str, Any]]:
        return self._noted(
            await self._call(self._receivers[name].receive_messages, max_message_count=count, max_wait_time=wait)
        )

    async def deferred(self, name: str, numbers: list[int]) -> list[dict[str, Any]]:
        return self._noted(await self._call(self._receivers[name].receive_deferred_messages, numbers))

    async def peek(self, name: str, count: int, start: int) -> list[dict[str, Any]]:
        return [
            received(each)
            for each in await self._call(self._receivers[name].peek_messages, count, sequence_number=start)
        ]

    async def complete(self, name: str, token: str) -> None:
        await self._call(self._receivers[name].complete_message, self._messages[token])

    async def abandon(self, name: str, token: str) -> None:
        await self._call(self._receivers[name].abandon_message, self._messages[token])

    async def defer(self, name: str, token: str) -> None:
        await self._call(self._receivers[name].defer_message, self._messages[token])

    async def dead_letter(self, name: str, token: str, reason: str, description: str) -> None:
        await self._call(
            self._receivers[name].dead_letter_message,
            self._messages[token],
            reason=reason,
            error_description=description,
        )

    async def renew(self, name: str, token: str) -> float | None:
        return seconds(await self._call(self._receivers[name].renew_message_lock, self._messages[token]))

    async def renew_session(self, name: str) -> float | None:
        return seconds(await self._call(self._receivers[name].session.renew_lock))

    async def state(self, name: str) -> str | None:
        state = await self._call(self._receivers[name].session.get_state)
        return None if state is None else base64.b64encode(state).decode()

    async def set_state(self, name: str, state: str | None) -> None:
        await self._call(self._receivers[name].session.set_state, None if state is None else base64.b64decode(state))

    async def finish(self) -> None:
        await asyncio.gather(
            *(self._call(opened.close) for opened in [*self._senders.values(), *self._receivers.values()])
        )
        await self._call(self._client.close)

    def _sender(self, entity: str) -> Any:
        if entity not in self._senders:
            self._senders[entity] = self._client.get_queue_sender(entity)  # a topic is addressed alike
        return self._senders[entity]

    def _noted(self, messages: list[Any]) -> list[dict[str, Any]]:
        values = [received(message) for message in messages]
        self._messages |= {value["token"]: message for value, message in zip(values, messages, strict=True)}
        return values


async def main(sdk: str, connection_string: str) -> None:
    driver = Driver(sdk, connection_string)

    async def answer(line: bytes) -> None:
        request = json.loads(line)
        try:
            response = {"result": await getattr(driver, request["operation"])(**request["arguments"])}
        except Exception as error:  # sent to the test
            response = {"error": failure(error)}
        print(json.dumps({"id": request["id"], **response}), flush=True)

    lines = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with asyncio.TaskGroup() as requests:
        while line := await lines.readline():
            requests.create_task(answer(line))
    await driver.finish()


asyncio.run(main(*sys.argv[1:]))
