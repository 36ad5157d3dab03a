"""What a table transaction and a read of a review cost the app in processor time: directly and through the SDK."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from adapters.clients import Clients
from adapters.ledger import rows
from adapters.ledger.store import Ledger
from adapters.policies import load_policies
from adapters.settings import Settings
from bench.figures import Figure
from compliance.document import DocumentVersion
from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import Vote
from compliance.policy import Policy
from compliance.review import Decision, Head, RecordedDecision
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints

_ROUNDS, _EACH = 7, 100
_AT: Final = datetime(2026, 3, 2, tzinfo=UTC)


def transactions() -> list[Figure]:
    """Measure both; the two ways take turns, so that whatever slows the machine down slows both."""
    with tempfile.TemporaryDirectory() as folder, DevhostProcess(Path(folder), app=None):
        endpoints = Endpoints.from_devhost(Path(folder))
        environment = {
            "Documents": endpoints.storage,
            "ServiceBus": endpoints.service_bus,
            "EventGridTopic__topicEndpointUri": "http://not-used.invalid",
        }
        costs = asyncio.run(_costs(Settings.from_environment(environment)))
    how = f"median of {_ROUNDS} rounds of {_EACH}"
    return [
        *_figures("transaction", costs.transactions, f"{how}, the four rows of a decision, on Azurite"),
        *_figures("review read", costs.reads, f"{how}, without decisions, on Azurite"),
    ]


def _figures(what: str, costs: list[tuple[float, float]], how: str) -> list[Figure]:
    direct, sdk, ratio = (
        statistics.median(values) for values in zip(*((one, other, other / one) for one, other in costs), strict=True)
    )
    return [
        Figure(f"{what}, LEDGER_TRANSACTIONS=direct", direct, "ms CPU", how),
        Figure(f"{what}, LEDGER_TRANSACTIONS=sdk", sdk, "ms CPU", how),
        Figure(f"{what}, sdk : direct", ratio, "", f"median of the {_ROUNDS} rounds' ratios"),
    ]


@dataclass(frozen=True, slots=True)
class _Costs:
    """Processor times of each round, directly and through the SDK, in milliseconds."""

    transactions: list[tuple[float, float]]
    reads: list[tuple[float, float]]


async def _costs(settings: Settings) -> _Costs:
    policy = load_policies(settings.policy_file).resolve("default")
    both = [Clients(replace(settings, sdk_transactions=chosen)) for chosen in (False, True)]
    tables = [clients.ledger_table for clients in both]
    head = _head("read", policy)
    await Ledger(tables[0]).insert(head)
    reads = [partial(Ledger(table).review, head.review_id) for table in tables]
    transactions: list[tuple[float, float]] = []
    read: list[tuple[float, float]] = []
    try:
        for number in range(_ROUNDS + 1):
            rows = [[_decision_rows(f"{way}-{number}-{each}", policy) for each in range(_EACH)] for way in range(2)]
            writes = [
                [partial(table.submit_transaction, each) for each in some]
                for table, some in zip(tables, rows, strict=True)
            ]
            transactions.append(await _round(*writes))
            read.append(await _round(*([each] * _EACH for each in reads)))
    finally:
        for clients in both:
            await clients.close()
    return _Costs(transactions[1:], read[1:])  # the first round opens the connections


async def _round(*ways: Sequence[Callable[[], Awaitable[Any]]]) -> tuple[float, float]:
    """Return the processor time of this process for one request of each, in milliseconds.

    They take turns, so that neither connection is idle for as long as Azurite keeps one open: five seconds.
    """
    totals = [0.0, 0.0]
    for pair in zip(*ways, strict=True):
        for way, send in enumerate(pair):
            began = time.process_time()
            await send()
            totals[way] += time.process_time() - began
    return totals[0] / _EACH * 1000, totals[1] / _EACH * 1000


def _head(review_id: str, policy: Policy) -> Head:
    document = DocumentVersion("pending", "annual report.pdf", "0x8DCA1B2C3D4E5F6", "ab" * 32, 1024, "application/pdf")
    return Head(review_id, document, policy, "sam@example.org")


def _decision_rows(review_id: str, policy: Policy) -> list[tuple[str, dict[str, Any]]]:
    decision = RecordedDecision(1, Decision("1", Vote.APPROVE, "rita@example.org", "ab" * 32, "1", _AT))
    record = AuditRecord(1, AuditEvent.DECISION_RECORDED, _AT, "rita@example.org", "approve", digest="ab" * 32)
    return [
        ("create", rows.head_row(_head(review_id, policy))),
        ("create", rows.audit_row(review_id, record)),
        ("create", rows.decision_row(review_id, decision)),
        ("create", rows.decision_id_row(review_id, decision)),
    ]
