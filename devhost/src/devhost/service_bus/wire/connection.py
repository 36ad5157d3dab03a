"""An AMQP connection of a client, from the first protocol header to the close."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, cast

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.frames import Frame, FrameReader, FrameType, ProtocolHeader, encode_frame
from devhost.service_bus.amqp.performatives import (
    Attach,
    Begin,
    Close,
    End,
    Open,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    decode_performative,
    encode_composite,
    error_of,
)
from devhost.service_bus.amqp.values import AmqpError
from devhost.service_bus.errors import BrokerStoppedError
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.wire.amqp_session import Link, Session

_log = logging.getLogger(__name__)

MAX_FRAME_SIZE = 1 << 20  # bytes
MAX_CHANNEL = 255
_MIN_MAX_FRAME_SIZE = 512  # AMQP part 2.7.1
_MECHANISMS = ("MSSBCBS", "ANONYMOUS")  # `$cbs` authenticates clients
_MAX_UNWRITTEN = 1 << 16  # bytes kept for the end of a turn
_SASL_OK, _SASL_AUTH = 0, 1
_HEARTBEAT = encode_frame(0, b"")


class Connection(asyncio.Protocol):
    def __init__(self, turn: Turn, open_link: Callable[[Attach, Session], Link], open_ones: set[Connection]) -> None:
        """Prepare a connection. `open_ones` has it while it is open."""
        self.paused = False
        self.peer_max_frame_size = _MIN_MAX_FRAME_SIZE
        self._turn = turn
        self._open_ones = open_ones
        self._open_link = open_link
        self._reader = FrameReader(MAX_FRAME_SIZE)
        self._sessions: dict[int, Session] = {}
        self._out: list[bytes] = []
        self._out_size = 0
        self._transport: asyncio.Transport | None = None
        self._heartbeat: asyncio.TimerHandle | None = None
        self._opened = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # always so with a TCP server
        self._open_ones.add(self)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        try:
            for item in self._reader.feed(data):
                if self._transport is None:
                    return
                self._handle(item)
            self._turn.request()
        except AmqpError as problem:
            self.close(problem)
        except BrokerStoppedError:
            self.abort()
        except Exception as problem:  # a defect of the broker, which must cost only this client its connection
            _log.exception("A frame could not be handled")
            self.close(AmqpError("amqp:internal-error", f"{type(problem).__name__}: {problem}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._open_ones.discard(self)
        if self._heartbeat:
            self._heartbeat.cancel()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def pause_writing(self) -> None:
        """Stop reading and sending, because the client does not read."""
        self.paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self.paused = False
        if self._transport is not None:
            self._transport.resume_reading()
        for session in self._sessions.values():
            session.resume()

    # For sessions and the broker

    def write_frame(self, channel: int, body: bytes) -> None:
        self._write(encode_frame(channel, body))

    def close(self, problem: AmqpError | None = None) -> None:
        """Send the reason, if there is one, and disconnect."""
        if self._transport is None:
            return
        if self._opened:
            self._out.append(encode_frame(0, encode_composite(Close(problem and error_of(problem)))))
        self._flush()
        self._transport.close()
        self.connection_lost(None)

    def abort(self) -> None:
        """Disconnect at once."""
        if self._transport is not None:
            self._transport.abort()

    # From the client

    def _handle(self, item: ProtocolHeader | Frame) -> None:
        if item is ProtocolHeader.SASL:
            self._write(item.value)
            self._send_sasl(SaslMechanisms(encode.array_of_symbols(_MECHANISMS)))
        elif item is ProtocolHeader.AMQP:
            self._write(item.value)
        elif isinstance(item, Frame) and item.body:
            performative, payload_start = decode_performative(item.body)
            if item.type is FrameType.SASL:
                self._on_sasl(performative)
            else:
                self._on_performative(item, performative, payload_start)

    def _on_sasl(self, performative: Any) -> None:
        if not isinstance(performative, SaslInit):
            raise AmqpError("amqp:not-allowed", f"{type(performative).__name__} is not what a SASL client sends first")
        self._send_sasl(SaslOutcome(_SASL_OK if performative.mechanism in _MECHANISMS else _SASL_AUTH))

    def _on_performative(self, frame: Frame, performative: Any, payload_start: int) -> None:
        session = self._sessions.get(frame.channel)
        match performative:
            case Open():
                self._on_open(performative)
            case Begin():
                self._on_begin(frame.channel, performative)
            case End():
                if self._sessions.pop(frame.channel, None) is not None and session is not None:
                    session.end()
            case Close():
                self.close()
            case _ if session is not None:
                session.handle(performative, frame.body, payload_start)
            # Anything else is for a session that has ended: the Python SDK detaches links late.

    def _on_open(self, opened: Open) -> None:
        if opened.max_frame_size is not None and opened.max_frame_size < _MIN_MAX_FRAME_SIZE:
            raise AmqpError("amqp:invalid-field", f"max-frame-size must be at least {_MIN_MAX_FRAME_SIZE}")
        self._opened = True
        self.peer_max_frame_size = min(opened.max_frame_size or MAX_FRAME_SIZE, MAX_FRAME_SIZE)
        reply = Open("devhost-service-bus", max_frame_size=MAX_FRAME_SIZE, channel_max=MAX_CHANNEL)
        self.write_frame(0, encode_composite(reply))
        if opened.idle_time_out:
            self._beat(max(0.1, opened.idle_time_out / 2000))  # milliseconds; twice as often as the client needs

    def _on_begin(self, channel: int, begin: Begin) -> None:
        if not self._opened or channel > MAX_CHANNEL or channel in self._sessions:
            raise AmqpError("amqp:not-allowed", f"no session can begin on channel {channel}")
        self._sessions[channel] = Session(channel, begin, self, self._open_link)

    # To the client

    def _send_sasl(self, performative: Any) -> None:
        self._write(encode_frame(0, encode_composite(performative), FrameType.SASL))

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            return
        if not self._out:
            self._turn.flush_at_end(self._flush)
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size >= _MAX_UNWRITTEN:
            self._flush()  # the transport reports it if the client does not keep up

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()
        self._out_size = 0

    def _beat(self, interval: float) -> None:
        if self._transport is not None:
            self._transport.write(_HEARTBEAT)
            self._heartbeat = asyncio.get_running_loop().call_later(interval, self._beat, interval)
