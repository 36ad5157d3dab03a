"""Brokers under test, in a thread or on the test's own loop, and the SDKs as their clients."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.queues.entities import CorrelationFilter, Queue, QueueRules, Subscription, Topic

# Tests are imported one by one, not as a package: the modules that they share are found here.
sys.path.insert(0, str(Path(__file__).parent))

KEY = "tests only: +/="
DEADLINE = 120.0  # seconds: enough for a busy machine

ENTITIES = EntityConfig(
    queues=(
        Queue("orders"),
        Queue("nested/Orders.v2"),
        Queue("batches"),
        Queue("bodies"),
        Queue("retries", QueueRules(max_delivery_count=2)),
        Queue("rejects"),
        Queue("renewals"),
        Queue("oversized"),
        Queue("destructive"),
        Queue("short-locks", QueueRules(lock_duration=1)),
        Queue("deferrals"),
        Queue("schedules"),
        Queue("expiring", QueueRules(default_ttl=3600, dead_letter_on_expiration=True)),
        Queue("vanishing"),
        Queue("once", duplicate_window=600),
        Queue("short-lived", QueueRules(dead_letter_on_expiration=True)),
        *(
            Queue(name, QueueRules(requires_session=True))
            for name in ("sessions", "turns", "awaited", "nothing", "listed")
        ),
        Queue("short-sessions", QueueRules(lock_duration=1, requires_session=True)),
        Queue("last-chance", QueueRules(max_delivery_count=1, requires_session=True)),
    ),
    topics=(
        Topic(
            "events",
            (
                Subscription("all"),
                Subscription("urgent", filters=(CorrelationFilter({"subject": "fire"}, {"level": 3}),)),
            ),
            duplicate_window=600,
        ),
    ),
)


class BrokerThread:
    """A broker on a loop of its own, for blocking clients."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.broker = ServiceBusBroker(ENTITIES, folder / "broker.db", Clock(), KEY)

    def __enter__(self) -> BrokerThread:
        self._thread.start()
        self._run(self.broker.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self.broker.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Awaitable[None]) -> None:
        async def awaited() -> None:
            await work

        asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(DEADLINE)


class SdkError(Exception):
    """An error of an SDK, named as in the Python SDK: `MessageLockLost: The lock ...`."""

    _JAVASCRIPT_NAMES: ClassVar = {
        "GeneralError": "ServiceBus",
        "ServiceTimeout": "OperationTimeout",
        "UnauthorizedAccess": "ServiceBusAuthentication",
    }

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{self._JAVASCRIPT_NAMES.get(kind, kind)}: {text}")


class Received(SimpleNamespace):
    """A message as an SDK returned it, with the names of `sdk_drivers/python_messages.py`."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(**fields)
        self.body = base64.b64decode(fields["body"])


class Sdk:
    """A driver process: a client with a real Service Bus SDK."""

    def __init__(self, command: list[str]) -> None:
        """Start the driver; the last part of the command is the broker's connection string."""
        self.connection_string = command[-1]
        self._process = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True)  # noqa: S603
        self._answers: dict[int, Future[Any]] = {}
        self._receivers: dict[str, Receiver] = {}
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def begin(self, operation: str, **arguments: Any) -> Future[Any]:
        """Request an operation without waiting for its result."""
        number = len(self._answers)
        answer = self._answers[number] = Future()
        assert self._process.stdin
        request = {"id": number, "operation": operation, "arguments": arguments}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return answer

    def do(self, operation: str, **arguments: Any) -> Any:
        return self.begin(operation, **arguments).result(DEADLINE)

    def send(self, entity: str, *messages: dict[str, Any]) -> None:
        """Send one message by itself, several as a batch; bodies are text or bytes."""
        self.do("send", entity=entity, messages=[encoded(message) for message in messages])

    def schedule(self, entity: str, at: float, *messages: dict[str, Any]) -> list[int]:
        return self.do("schedule", entity=entity, messages=[encoded(message) for message in messages], at=at)

    def receiver(self, entity: str, **options: Any) -> Receiver:
        """Return a receiver, the same one for equal arguments, because opening it takes the Python SDKs a second."""
        name = f"{entity} {sorted(options.items())}"
        if name not in self._receivers:
            self.do("open", name=name, entity=entity, **options)
            self._receivers[name] = Receiver(self, name)
        return self._receivers[name]

    def accept(self, entity: str, session: str = "", **options: Any) -> Receiver:
        """Return a new receiver on a session, or on the next one."""
        return self.begin_accept(entity, session, **options)()

    def begin_accept(self, entity: str, session: str = "", **options: Any) -> Callable[[], Receiver]:
        name = uuid.uuid4().hex
        opened = self.begin("open", name=name, entity=entity, session=session, **options)
        return lambda: Receiver(self, name, opened.result(DEADLINE))

    @staticmethod
    def refusing(*kinds: str, text: str = "") -> pytest.RaisesExc[SdkError]:
        """Expect an error of one of these kinds with `text` in its message."""
        return pytest.raises(SdkError, match=f"^({'|'.join(kinds)}): .*{text}")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(DEADLINE)
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            response = json.loads(line)
            answer = self._answers[response["id"]]
            if "error" in response:
                answer.set_exception(SdkError(**response["error"]))
            else:
                answer.set_result(response["result"])
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(EOFError("the driver ended"))


class Receiver:
    """A receiver within a driver."""

    def __init__(self, sdk: Sdk, name: str, session: dict[str, Any] | None = None) -> None:
        self._sdk = sdk
        self._name = name
        self.session_id = session and session.get("session_id")
        self.locked_until = session and session.get("locked_until")

    def do(self, operation: str, **arguments: Any) -> Any:
        return self._sdk.do(operation, name=self._name, **arguments)

    def receive(self, count: int = 1) -> list[Received]:
        """Receive exactly `count` messages, with credit for one at a time so that nothing is prefetched."""
        messages: list[Received] = []
        while len(messages) < count:
            arrived = self.do("receive", count=1, wait=30)
            assert arrived, f"{len(messages)} of {count} messages arrived"
            messages += [Received(fields) for fields in arrived]
        return messages

    def one(self) -> Received:
        return self.receive()[0]

    def deferred(self, number: int) -> Received:
        (fields,) = self.do("deferred", numbers=[number])
        return Received(fields)

    def peek(self, count: int = 10, start: int = 1) -> list[Received]:
        return [Received(fields) for fields in self.do("peek", count=count, start=start)]

    def settle(self, how: str, message: Received, **arguments: Any) -> None:
        """Settle a message: `how` is complete, abandon, defer or dead_letter."""
        self.do(how, token=message.token, **arguments)


def encoded(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message with an encoded body and an id, without which the JavaScript SDK cannot settle it."""
    body = message.get("body", b"")
    content = body.encode() if isinstance(body, str) else body
    return {"message_id": uuid.uuid4().hex} | message | {"body": base64.b64encode(content).decode()}


_DRIVERS = Path(__file__).with_name("sdk_drivers")
_SDKS = {
    "python": [sys.executable, str(_DRIVERS / "python_sdk.py"), "sync"],
    "python-aio": [sys.executable, str(_DRIVERS / "python_sdk.py"), "aio"],
    "javascript": ["node", str(_DRIVERS / "javascript.mjs")],
}


@pytest.fixture(scope="module", params=_SDKS)
def sdk_command(request: pytest.FixtureRequest) -> list[str]:
    return _SDKS[request.param]


@pytest.fixture(scope="module")
def broker_thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceBusBroker]:
    with BrokerThread(tmp_path_factory.mktemp("broker")) as thread:
        yield thread.broker


@pytest.fixture(scope="module")
def sdk(sdk_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    """Yield a client of a broker of its own."""
    with BrokerThread(tmp_path_factory.mktemp("broker")) as thread:
        sdk = Sdk([*sdk_command, thread.broker.connection_string])
        yield sdk
        sdk.close()


@pytest.fixture
def drive() -> Iterator[Callable[[list[str]], Sdk]]:
    """Yield a function that starts further clients."""
    started: list[Sdk] = []

    def start(command: list[str]) -> Sdk:
        started.append(Sdk(command))
        return started[-1]

    yield start
    for sdk in started:
        sdk.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start_broker(tmp_path: Path, clock: Clock) -> AsyncIterator[Callable[..., Awaitable[ServiceBusBroker]]]:
    """Yield a function that starts a broker on this loop; a repeated call restarts it on the same database."""
    started: list[ServiceBusBroker] = []

    async def start(config: EntityConfig = ENTITIES) -> ServiceBusBroker:
        broker = ServiceBusBroker(config, tmp_path / "broker.db", clock, KEY)
        await broker.start()
        started.append(broker)
        return broker

    yield start
    for broker in started:
        await broker.stop()


@pytest.fixture
async def broker(start_broker: Callable[..., Awaitable[ServiceBusBroker]]) -> ServiceBusBroker:
    return await start_broker()
