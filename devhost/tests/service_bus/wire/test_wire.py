"""Misbehaving clients: each loses its own connection and harms no other client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
from typing import TypeVar
from urllib.parse import quote_plus
from uuid import UUID

import pytest

from devhost.ports import OutgoingMessage
from devhost.service_bus import ServiceBusBroker
from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.frames import Frame, FrameReader, ProtocolHeader, encode_frame
from devhost.service_bus.amqp.performatives import (
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Open,
    Transfer,
    decode_performative,
    encode_composite,
)
from devhost.service_bus.queues.message_content import sections

KEY = "tests only: +/="  # of the broker that the fixture starts
SOURCE, TARGET = 0x28, 0x29


def terminus(code: int, address: str) -> bytes:
    return encode.described(code, encode.list_of([encode.string(address)]))


def attach(handle: int, address: str, *, receives: bool) -> Attach:
    return Attach(
        f"link-{handle}",
        handle,
        receives,
        source=terminus(SOURCE, address if receives else "me"),
        target=terminus(TARGET, "me" if receives else address),
        initial_delivery_count=None if receives else 0,
    )


def frame(performative: object, payload: bytes = b"") -> bytes:
    return encode_frame(0, encode_composite(performative) + payload)


def request(properties: dict[str, object], body: object) -> bytes:
    """Encode a message to `$cbs` or `$management`."""
    return b"".join(
        (
            encode.described(0x73, encode.value(["id", None, None, None, "me"])),
            encode.described(0x74, encode.value(properties)),
            encode.described(0x77, encode.value(body)),
        )
    )


def signature(uri: str) -> str:
    resource, expiry = quote_plus(uri), "99999999999"
    signed = hmac.digest(KEY.encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256)
    return (
        f"SharedAccessSignature sr={resource}&sig={quote_plus(base64.b64encode(signed))}"
        f"&se={expiry}&skn=RootManageSharedAccessKey"
    )


T = TypeVar("T")


class RawClient:
    """A client that sends any bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = FrameReader(1 << 20)
        self._received: list[object] = []

    @classmethod
    async def connect(cls, broker: ServiceBusBroker) -> RawClient:
        return cls(*await asyncio.open_connection(broker.host, broker.port))

    def say(self, *performatives: object, channel: int = 0) -> None:
        self.say_bytes(b"".join(encode_frame(channel, encode_composite(one)) for one in performatives))

    def say_bytes(self, data: bytes) -> None:
        self._writer.write(data)

    def open_session(self) -> None:
        self.say_bytes(ProtocolHeader.AMQP.value)
        self.say(Open("raw"), Begin(None, 0, 1000, 1000))

    async def read(self) -> bytes:
        return await asyncio.wait_for(self._reader.read(65536), 60)

    async def hear(self, kind: type[T]) -> T:
        """Return the next performative of a kind, and skip others."""
        while True:
            for performative in self._received:
                if isinstance(performative, kind):
                    self._received = self._received[self._received.index(performative) + 1 :]
                    return performative
            data = await self.read()
            assert data, f"hung up before {kind.__name__}"
            self._received = [
                decode_performative(item.body)[0]
                for item in self._frames.feed(data)
                if isinstance(item, Frame) and item.body
            ]

    async def hear_status(self, handle: int) -> int:
        """Return the status code of the next response on a link, and skip everything else."""
        while True:
            for item in self._frames.feed(await self.read()):
                if isinstance(item, Frame) and item.body:
                    performative, start = decode_performative(item.body)
                    if isinstance(performative, Transfer) and performative.handle == handle:
                        ((properties, _),) = [
                            decode(each, 3) for code, each in sections(item.body[start:]) if code == 0x74
                        ]
                        return properties["statusCode"]

    async def hung_up(self) -> bytes:
        """Return everything until the broker disconnects."""
        return await asyncio.wait_for(self._reader.read(), 60)

    def finish(self) -> None:
        self._writer.write_eof()

    async def leave(self) -> None:
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)


async def still_serves(broker: ServiceBusBroker) -> bool:
    await broker.send("orders", [OutgoingMessage(b"still", "id")])
    (message,) = await broker.receiver("orders").receive(1)
    await broker.receiver("orders").complete(message.lock_token)
    return message.body == b"still"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"AMQP\x01\x01\x00\x00",
        ProtocolHeader.AMQP.value + b"\xff\xff\xff\xff\x02\x00\x00\x00",
        ProtocolHeader.AMQP.value + encode_frame(0, b"\x00\x53\x10\xc0\x02\x01\x71"),
        ProtocolHeader.AMQP.value + encode_frame(0, encode_composite(Begin(None, 0, 1, 1))),
        ProtocolHeader.AMQP.value + encode_frame(0, encode_composite(Open("small", max_frame_size=10))),
    ],
    ids=["http", "version", "huge frame", "malformed open", "begin before open", "tiny frames"],
)
async def test_nonsense_is_hung_up_on(broker: ServiceBusBroker, nonsense: bytes) -> None:
    client = await RawClient.connect(broker)
    client.say_bytes(nonsense)

    await client.hung_up()
    await client.leave()

    assert await still_serves(broker)


async def test_an_open_connection_is_told_why_it_is_closed(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.open_session()
    client.say_bytes(encode_frame(0, b"\x00\x53\x12\xc0\x03\x01\xa1\x50"))

    closed = await client.hear(Close)
    await client.leave()

    assert "amqp:decode-error" in str(closed.error)


async def test_links_without_a_token_are_refused(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.open_session()
    client.say(attach(1, "orders", receives=False))

    refusal = await client.hear(Attach)
    detach = await client.hear(Detach)
    await client.leave()

    assert (refusal.source, refusal.target) == (None, None)
    assert "amqp:unauthorized-access" in str(detach.error)


async def test_frames_for_links_and_sessions_that_are_gone_are_ignored(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.open_session()
    client.say(
        Detach(7, True),
        Flow(0, 10, 0, 10, 7, 0, 5),
        Disposition(True, 0, 4_000_000_000, False, b"\x00\x53\x24\x45"),
        Transfer(7, 0, b"t", 0, more=False),
        End(),
        Detach(7, True),
        Flow(0, 10, 0, 10),
        Begin(None, 0, 10, 10),
        attach(1, "$cbs", receives=True),
    )

    await client.hear(End)
    reopened = await client.hear(Attach)
    await client.leave()

    assert reopened.source is not None


async def test_a_client_that_opens_links_without_end_is_stopped(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.open_session()
    client.say(*(attach(handle, "$cbs", receives=True) for handle in range(300)))

    closed = await client.hear(Close)
    await client.leave()

    assert "amqp:resource-limit-exceeded" in str(closed)


async def test_a_client_that_does_not_read_is_given_no_more_until_it_does(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.say_bytes(b"".join(conversation(broker)[:7]))
    client.say(attach(3, "batches", receives=True), Flow(None, 1000, 0, 1000, 3, 0, 500))
    await client.hear(Transfer)  # the token is accepted
    body = bytes(100_000)
    await broker.send("batches", [OutgoingMessage(body, str(number)) for number in range(200)])

    held_back = broker.receiver("batches").active_count()
    for _ in range(200):
        await client.hear(Transfer)
    await client.leave()

    assert held_back > 100
    assert broker.receiver("batches").active_count() == 0


async def test_a_client_that_asks_for_heartbeats_gets_them(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.say_bytes(ProtocolHeader.AMQP.value)
    client.say(Open("quiet", idle_time_out=200))
    await client.hear(Open)

    reader = FrameReader(1000)
    beats = 0
    while beats < 2:
        beats += sum(isinstance(item, Frame) and not item.body for item in reader.feed(await client.read()))
    await client.leave()


def conversation(broker: ServiceBusBroker) -> list[bytes]:
    """Return the frames of a client that authenticates, sends, receives, settles and manages without waiting."""
    token = signature(f"sb://{broker.host}:{broker.port}/")
    message = encode.described(0x75, encode.binary(b"body"))
    peek = {"from-sequence-number": 1, "message-count": 5}
    links = [
        attach(1, "$cbs", receives=True),
        attach(2, "$cbs", receives=False),
        attach(3, "batches", receives=True),
        attach(4, "batches", receives=False),
        attach(5, "batches/$management", receives=True),
        attach(6, "batches/$management", receives=False),
    ]
    put_token = request({"operation": "put-token", "name": f"sb://{broker.host}/"}, token)
    later = [
        *links[2:],
        Flow(None, 1000, 0, 1000, 3, 0, 10),
        Flow(None, 1000, 0, 1000, 5, 0, 10),
        Disposition(True, 0x40000000, 0x40000009, False, b"\x00\x53\x27\x45"),
        Flow(None, 1000, 0, 1000, 3, 0, 10, drain=True),
        Detach(3, True),
    ]
    return [
        ProtocolHeader.AMQP.value,
        *(frame(one) for one in (Open("fuzz"), Begin(None, 0, 1000, 1000), *links[:2])),
        frame(Flow(None, 10, 0, 10, 1, 0, 5)),
        frame(Transfer(2, 0, b"t", 0, more=False), put_token),
        *(frame(one) for one in later[:4]),
        frame(Transfer(4, 1, b"m", 0, more=False), message),
        frame(Transfer(6, 2, b"p", 0, more=False), request({"operation": "com.microsoft:peek-message"}, peek)),
        *(frame(one) for one in later[4:]),
        frame(Close()),
    ]


async def test_a_conversation_without_waiting_is_understood(broker: ServiceBusBroker) -> None:
    client = await RawClient.connect(broker)
    client.say_bytes(b"".join(conversation(broker)[:-1]))

    responses = [await client.hear(Transfer) for _ in range(2)]
    await client.leave()

    assert [response.handle for response in responses] == [1, 5]
    assert broker.receiver("batches").active_count() == 1


async def test_mutated_conversations_never_disturb_the_broker(
    broker: ServiceBusBroker, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(7)  # noqa: S311 -- repeatable, not secret
    frames = conversation(broker)

    async def converse() -> None:
        mutated = [bytearray(one) for one in frames]
        for _ in range(chance.randint(1, 3)):
            victim = mutated[chance.randrange(1, len(mutated))]
            victim[chance.randrange(8, len(victim))] = chance.choice((0, 1, 0x40, 0x45, 0xFF, chance.randrange(256)))
        client = await RawClient.connect(broker)
        client.say_bytes(b"".join(mutated))
        client.finish()
        await client.hung_up()
        await client.leave()

    for _ in range(50):
        await asyncio.gather(*(converse() for _ in range(10)))

    assert await still_serves(broker)
    assert "could not be handled" not in caplog.text


async def test_a_settlement_asked_for_again_is_answered_again(broker: ServiceBusBroker) -> None:
    await broker.send("batches", [OutgoingMessage(b"x", "id")])
    receiver = broker.receiver("batches")
    (message,) = await receiver.receive(1)
    await receiver.complete(message.lock_token)
    client = await RawClient.connect(broker)
    client.say_bytes(b"".join(conversation(broker)[:7]))
    client.say(
        attach(5, "batches/$management", receives=True),
        attach(6, "batches/$management", receives=False),
        Flow(None, 1000, 0, 1000, 5, 0, 10),
    )

    statuses = []
    for number, status in enumerate(("completed", "abandoned"), 1):
        asked = {"disposition-status": status, "lock-tokens": [UUID(message.lock_token)]}
        client.say_bytes(
            frame(
                Transfer(6, number, b"%d" % number, 0, more=False),
                request({"operation": "com.microsoft:update-disposition"}, asked),
            )
        )
        statuses.append(await client.hear_status(5))
    await client.leave()

    assert statuses == [200, 410]
