"""A refused message is listed whatever its sender has put into its properties."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.servicebus.amqp import AmqpMessageBodyType

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME
from cli.quarantine.refused_messages import RefusedMessage
from contracts.names import DECISIONS_QUARANTINE
from tests.malformed import AT_THE_EDGE_OF_TIME

BROKERS_TIME = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def received(claimed: object) -> Any:
    """Return a message as the broker delivers it, with one property of its sender's."""
    return SimpleNamespace(
        message_id=None,
        correlation_id=None,
        content_type=None,
        enqueued_time_utc=BROKERS_TIME,
        body_type=AmqpMessageBodyType.DATA,
        body=(b"{}",),
        application_properties={ORIGINAL_ENQUEUED_TIME: claimed},
    )


@pytest.mark.parametrize("claimed", ["yesterday", "", "2026-03-02T09:00:00", 7, b"\xff", *AT_THE_EDGE_OF_TIME])
def test_a_time_that_is_none_hides_no_message(claimed: object) -> None:
    listed = RefusedMessage(DECISIONS_QUARANTINE, received(claimed), (1,)).in_list()

    assert listed.enqueued_at == BROKERS_TIME


def test_a_time_that_is_one_is_told() -> None:
    listed = RefusedMessage(DECISIONS_QUARANTINE, received("2026-03-01T09:30:00+00:00"), (1,)).in_list()

    assert listed.enqueued_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
