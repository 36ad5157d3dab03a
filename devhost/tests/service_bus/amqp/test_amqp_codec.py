"""The AMQP codec: what is encoded is decoded alike, and other bytes raise DecodeError and nothing else."""

from __future__ import annotations

import random
import struct
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import MAX_DEPTH, decode
from devhost.service_bus.amqp.frames import FrameReader, FrameType, ProtocolHeader, encode_frame
from devhost.service_bus.amqp.performatives import (
    Attach,
    Begin,
    Disposition,
    Error,
    Flow,
    Open,
    Rejected,
    Transfer,
    composite_from,
    decode_performative,
    encode_composite,
    error,
)
from devhost.service_bus.amqp.spans import list_items, map_entries, map_pairs, skip
from devhost.service_bus.amqp.values import AmqpError, DecodeError, Described, Symbol, Timestamp
from devhost.service_bus.queues.message_content import MessageContent, parse, parse_batch

few = settings(max_examples=min(100, settings().max_examples))  # long values, which take long to generate
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | st.uuids()
    | st.integers(-(2**63), 2**63 - 1).map(Timestamp)
    | st.text(st.characters(max_codepoint=127), max_size=20).map(Symbol)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@few
@given(values)
def test_every_value_survives_the_wire_and_is_skipped_whole(value: object) -> None:
    encoded = encode.value(value)

    assert decode(encoded) == (value, len(encoded))
    assert skip(encoded + b"more", 0) == len(encoded)


@few
@given(st.lists(scalars, max_size=300))
def test_lists_of_any_length_split_into_their_encoded_items(items: list[object]) -> None:
    assert list_items(encode.value(items), 0) == [encode.value(item) for item in items]


@few
@given(st.dictionaries(st.text(max_size=20), scalars, max_size=200))
def test_maps_of_any_length_split_into_their_encoded_pairs(entries: dict[str, object]) -> None:
    pairs = map_pairs(*map_entries(encode.value(entries), 0))

    assert pairs == [(key, encode.string(key) + encode.value(item)) for key, item in entries.items()]


def test_arrays_come_back_as_lists() -> None:
    assert decode(encode.array_of_longs([1, -2]))[0] == [1, -2]
    assert decode(encode.array_of_symbols(["a", "bc"]))[0] == ["a", "bc"]


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"\x51\xff", -1),
        (b"\x55\x80", -128),
        (b"\x61\xff\xfe", -2),
        (b"\x72\x3f\x80\x00\x00", 1.0),
        (b"\x73\x00\x01\xf6\x00", "\U0001f600"),
        (b"\x56\x01", True),
        (b"\x98" + bytes(range(16)), UUID(bytes=bytes(range(16)))),
        (b"\x00\xa3\x01x\x40", Described("x", None)),
        (b"\xe0\x04\x02\x50\x07\x08", [7, 8]),
    ],
)
def test_encodings_that_only_other_peers_use_are_read(encoded: bytes, value: object) -> None:
    assert decode(encoded) == (value, len(encoded))


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x3f",
        b"\xa1\x05abc",
        b"\xb0\xff\xff\xff\xffabc",
        b"\xa1\x01\xff",
        b"\xc1\x04\x03\x40\x40\x40",
        b"\xc1\x04\x02\x45\x40\x40",
        b"\xd0\x00\x00\x00\x05\xff\xff\xff\xff\x40",
        b"\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40",
        b"\xc0\x01\x05",
        b"\xc0\x05\x01\x40\x40\x40\x40",
        b"\x00" * 5000,
        b"\xc0\xff\x01" * 5000,
    ],
    ids=lambda encoded: encoded[:8].hex(),
)
def test_malformed_values_are_refused(encoded: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(encoded)


def test_nesting_is_read_to_its_limit_and_refused_beyond() -> None:
    nested: list[object] = [1]
    for _ in range(MAX_DEPTH - 2):
        nested = [nested]

    assert decode(encode.value([nested]))[0] == [nested]
    with pytest.raises(DecodeError, match="nested deeper"):
        decode(encode.value([[nested]]))


def test_a_performative_keeps_its_fields_and_its_payload() -> None:
    transfer = Transfer(3, delivery_id=7, delivery_tag=b"tag", message_format=0x80013700, more=False)
    body = encode_composite(transfer) + b"payload"

    decoded, start = decode_performative(body)

    assert decoded == transfer
    assert body[start:] == b"payload"


def test_a_performative_with_fields_of_the_wrong_type_is_refused() -> None:
    body = encode.described(0x12, encode.list_of([encode.uint(1), encode.uint(2), encode.boolean(True)]))

    with pytest.raises(DecodeError, match=r"Attach\.name cannot be int"):
        decode_performative(body)


def test_an_outcome_carries_its_error_with_all_three_fields() -> None:
    rejected = composite_from(decode(encode_composite(Rejected(error("a:b", "why"))))[0])

    assert rejected.error.value == ["a:b", "why", None]
    assert composite_from(rejected.error) == Error("a:b", "why", None)


def test_frames_are_found_however_the_bytes_arrive() -> None:
    stream = ProtocolHeader.AMQP.value + encode_frame(0, b"") + encode_frame(5, b"body", FrameType.SASL)
    reader = FrameReader(100)

    items = [item for byte in stream for item in reader.feed(bytes((byte,)))]

    assert items == list(FrameReader(100).feed(stream))
    assert items[0] is ProtocolHeader.AMQP
    assert items[2] == (FrameType.SASL, 5, b"body")


@pytest.mark.parametrize(
    "head",
    [b"\xff\xff\xff\xff\x02\x00\x00\x00", b"\x00\x00\x00\x07\x02\x00\x00\x00", b"HTTP/1.1", b"AMQP\x09\x09\x09\x09"],
)
def test_a_head_that_is_no_frame_is_refused_before_anything_is_collected(head: bytes) -> None:
    with pytest.raises(AmqpError):
        list(FrameReader(1000).feed(head))


def seeds() -> list[bytes]:
    content = MessageContent(durable=True, priority=4, ttl=9.5, body=encode.described(0x75, encode.binary(b"body")))
    message = content.with_application_properties({"a": 1, "b": [1, {"c": None}]}).encode()
    return [
        encode_composite(Open("client", "host", 4096, 10, 1000)),
        encode_composite(Begin(None, 0, 100, 100)),
        encode_composite(Attach("link", 1, True, source=encode.described(0x28, encode.list_of([encode.string("q")])))),
        encode_composite(Flow(0, 100, 0, 100, 1, 0, 10, drain=True)),
        encode_composite(Disposition(True, 1, 9, False, encode_composite(Rejected(error("a", "b"))))),
        encode_composite(Transfer(1, 2, b"tag", 0x80013700, more=True))
        + encode.described(0x75, encode.binary(message)),
        message,
    ]


def test_mutated_bytes_never_raise_anything_but_a_decode_error() -> None:
    chance = random.Random(20240601)  # noqa: S311 -- repeatable, not secret
    frames = refused = 0
    for _ in range(1500):
        for seed in seeds():
            frames += 1
            mutated = bytearray(seed)
            for _ in range(chance.randint(1, 4)):
                mutated[chance.randrange(len(mutated))] = chance.choice(
                    (0, 0x45, 0xC1, 0xD0, 0xFF, chance.randrange(256))
                )
            mutant = bytes(mutated[: chance.randint(1, len(mutated))])
            for read in (decode_performative, parse, parse_batch):
                try:
                    read(mutant)
                except DecodeError:
                    refused += 1
    assert (frames >= 10_000, refused > 1000) == (True, True)


def test_an_announced_size_of_four_gigabytes_costs_nothing() -> None:
    for constructor in (0xB0, 0xB1, 0xD0, 0xD1, 0xF0):
        with pytest.raises(DecodeError):
            decode(bytes((constructor,)) + struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF) + b"\x40")
