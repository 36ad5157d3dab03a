"""The performatives, outcomes and SASL frames of AMQP 1.0 (parts 2, 3 and 5), each declared once.

A field's annotation gives both what a peer may send and how it is encoded. All fields are sent, null ones too: the
Python SDK reads fields by index and does not expect trailing nulls to be left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, TypeAlias, get_args, get_type_hints

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.values import AmqpError, DecodeError, Described

Bool: TypeAlias = Annotated[bool, encode.boolean]
UByte: TypeAlias = Annotated[int, encode.ubyte]
UShort: TypeAlias = Annotated[int, encode.ushort]
UInt: TypeAlias = Annotated[int, encode.uint]
ULong: TypeAlias = Annotated[int, encode.ulong]
String: TypeAlias = Annotated[str, encode.string]
SymbolText: TypeAlias = Annotated[str, encode.symbol]
Binary: TypeAlias = Annotated[bytes, encode.binary]
Encoded: TypeAlias = Annotated[object, encode.raw]
"""Any value if it was decoded. To be sent, it must be bytes that are encoded already."""


class Open(NamedTuple):
    container_id: String
    hostname: String | None = None
    max_frame_size: UInt | None = None
    channel_max: UShort | None = None
    idle_time_out: UInt | None = None
    outgoing_locales: Encoded | None = None
    incoming_locales: Encoded | None = None
    offered_capabilities: Encoded | None = None
    desired_capabilities: Encoded | None = None
    properties: Encoded | None = None


class Begin(NamedTuple):
    remote_channel: UShort | None
    next_outgoing_id: UInt
    incoming_window: UInt
    outgoing_window: UInt
    handle_max: UInt | None = None
    offered_capabilities: Encoded | None = None
    desired_capabilities: Encoded | None = None
    properties: Encoded | None = None


class Attach(NamedTuple):
    name: String
    handle: UInt
    role: Bool  # True: the sender of this frame receives messages
    snd_settle_mode: UByte | None = None
    rcv_settle_mode: UByte | None = None
    source: Encoded | None = None
    target: Encoded | None = None
    unsettled: Encoded | None = None
    incomplete_unsettled: Bool | None = None
    initial_delivery_count: UInt | None = None
    max_message_size: ULong | None = None
    offered_capabilities: Encoded | None = None
    desired_capabilities: Encoded | None = None
    properties: Encoded | None = None


class Flow(NamedTuple):
    next_incoming_id: UInt | None
    incoming_window: UInt
    next_outgoing_id: UInt
    outgoing_window: UInt
    handle: UInt | None = None
    delivery_count: UInt | None = None
    link_credit: UInt | None = None
    available: UInt | None = None
    drain: Bool | None = None
    echo: Bool | None = None
    properties: Encoded | None = None


class Transfer(NamedTuple):
    handle: UInt
    delivery_id: UInt | None = None
    delivery_tag: Binary | None = None
    message_format: UInt | None = None
    settled: Bool | None = None
    more: Bool | None = None
    rcv_settle_mode: UByte | None = None
    state: Encoded | None = None
    resume: Bool | None = None
    aborted: Bool | None = None
    batchable: Bool | None = None


class Disposition(NamedTuple):
    role: Bool  # True: sent by the receiver of the deliveries
    first: UInt
    last: UInt | None = None
    settled: Bool | None = None
    state: Encoded | None = None
    batchable: Bool | None = None


class Detach(NamedTuple):
    handle: UInt
    closed: Bool | None = None
    error: Encoded | None = None


class End(NamedTuple):
    error: Encoded | None = None


class Close(NamedTuple):
    error: Encoded | None = None


class Error(NamedTuple):
    condition: SymbolText
    description: String | None = None
    info: Encoded | None = None


class Accepted(NamedTuple):
    pass


class Rejected(NamedTuple):
    error: Encoded | None = None


class Released(NamedTuple):
    pass


class Modified(NamedTuple):
    delivery_failed: Bool | None = None
    undeliverable_here: Bool | None = None
    message_annotations: Encoded | None = None


class SaslMechanisms(NamedTuple):
    mechanisms: Encoded


class SaslInit(NamedTuple):
    mechanism: SymbolText
    initial_response: Binary | None = None
    hostname: String | None = None


class SaslOutcome(NamedTuple):
    code: UByte
    additional_data: Binary | None = None


_CODES: dict[type[Any], int] = {
    Open: 0x10,
    Begin: 0x11,
    Attach: 0x12,
    Flow: 0x13,
    Transfer: 0x14,
    Disposition: 0x15,
    Detach: 0x16,
    End: 0x17,
    Close: 0x18,
    Error: 0x1D,
    Accepted: 0x24,
    Rejected: 0x25,
    Released: 0x26,
    Modified: 0x27,
    SaslMechanisms: 0x40,
    SaslInit: 0x41,
    SaslOutcome: 0x44,
}


class _Layout(NamedTuple):
    composite: type[Any]
    names: tuple[str, ...]
    types: tuple[tuple[type, ...], ...]
    encoders: tuple[Callable[[Any], bytes], ...]


def _layout(composite: type[Any]) -> _Layout:
    hints = get_type_hints(composite, include_extras=True)
    types: list[tuple[type, ...]] = []
    encoders: list[Callable[[Any], bytes]] = []
    for hint in hints.values():
        optional = type(None) in get_args(hint)
        field_type, encoder = get_args(get_args(hint)[0] if optional else hint)
        types.append((field_type, type(None)) if optional else (field_type,))
        encoders.append(encoder)
    return _Layout(composite, tuple(hints), tuple(types), tuple(encoders))


_BY_CODE = {code: _layout(composite) for composite, code in _CODES.items()}
_BY_TYPE = {layout.composite: (code, layout.encoders) for code, layout in _BY_CODE.items()}


def encode_composite(composite: Any) -> bytes:
    """Encode one of the types above."""
    code, encoders = _BY_TYPE[type(composite)]
    return encode.described(
        code, encode.list_of([encoder(field) for encoder, field in zip(encoders, composite, strict=True)])
    )


def composite_from(described: object) -> Any:
    """Convert a described value into one of the types above. Raises DecodeError if it fits no type."""
    if not isinstance(described, Described) or not isinstance(described.value, list):
        raise DecodeError(f"expected a described list, found {type(described).__name__}")
    layout = _BY_CODE.get(described.descriptor) if isinstance(described.descriptor, int) else None
    if layout is None:
        raise DecodeError(f"unknown descriptor {described.descriptor!r}")
    return _make_composite(layout, described.value)


def decode_performative(body: bytes) -> tuple[Any, int]:
    """Decode the performative at the start of a frame body. Return it and the start of its payload.

    Raises DecodeError.
    """
    described, end = decode(body)
    return composite_from(described), end


def error(condition: str, description: str) -> bytes:
    """Encode an error with all three fields."""
    return encode_composite(Error(condition, description))


def error_of(problem: AmqpError) -> bytes:
    return error(problem.condition, problem.description)


def _make_composite(layout: _Layout, fields: list[Any]) -> Any:
    missing = len(layout.names) - len(fields)
    if missing < 0:
        raise DecodeError(f"{layout.composite.__name__} has {-missing} fields too many")
    padded = fields + [None] * missing if missing else fields
    for name, types, field in zip(layout.names, layout.types, padded, strict=True):
        if not isinstance(field, types):
            raise DecodeError(f"{layout.composite.__name__}.{name} cannot be {type(field).__name__}")
    return layout.composite(*padded)
