"""What a table transaction of the ledger costs the app in processor time: sent directly and through the SDK."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from azure.data.tables.aio import TableClient

from adapters.clients import Clients
from adapters.ledger import rows
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

_ROUNDS, _TRANSACTIONS = 7, 100
_AT: Final = datetime(2026, 3, 2, tzinfo=UTC)


def transactions() -> list[Figure]:
    """Both ways take turns, so that whatever slows the machine down slows both."""
    with tempfile.TemporaryDirectory() as folder, DevhostProcess(Path(folder), app=None):
        endpoints = Endpoints.from_devhost(Path(folder))
        environment = {
            "Documents": endpoints.storage,
            "ServiceBus": endpoints.service_bus,
            "EventGridTopic__topicEndpointUri": "http://not-used.invalid",
        }
        costs = asyncio.run(_costs(Settings.from_environment(environment)))
    how = f"median of {_ROUNDS} rounds of {_TRANSACTIONS}, the four rows of a decision, on Azurite"
    direct, sdk, ratio = (
        statistics.median(values) for values in zip(*((one, other, other / one) for one, other in costs), strict=True)
    )
    return [
        Figure("transaction, LEDGER_TRANSACTIONS=direct", direct, "ms CPU", how),
        Figure("transaction, LEDGER_TRANSACTIONS=sdk", sdk, "ms CPU", how),
        Figure("sdk : direct", ratio, "", f"median of the {_ROUNDS} rounds' ratios"),
    ]


async def _costs(settings: Settings) -> list[tuple[float, float]]:
    policy = load_policies(settings.policy_file).resolve("default")
    direct, sdk = (Clients(replace(settings, sdk_transactions=chosen)) for chosen in (False, True))
    try:
        costs = [await _round(direct.ledger_table, sdk.ledger_table, policy, number) for number in range(_ROUNDS + 1)]
    finally:
        await direct.close()
        await sdk.close()
    return costs[1:]  # the first round opens the connections


async def _round(direct: TableClient, sdk: TableClient, policy: Policy, number: int) -> tuple[float, float]:
    """Return the processor time of this process for one transaction of each, in milliseconds.

    They take turns, so that neither connection is idle for as long as Azurite keeps one open: five seconds.
    """
    prepared = [
        (_decision_rows(f"direct-{number}-{each}", policy), _decision_rows(f"sdk-{number}-{each}", policy))
        for each in range(_TRANSACTIONS)
    ]
    totals = [0.0, 0.0]
    for pair in prepared:
        for way, (table, operations) in enumerate(zip((direct, sdk), pair, strict=True)):
            began = time.process_time()
            await table.submit_transaction(operations)
            totals[way] += time.process_time() - began
    return totals[0] / _TRANSACTIONS * 1000, totals[1] / _TRANSACTIONS * 1000


def _decision_rows(review_id: str, policy: Policy) -> list[tuple[str, dict[str, Any]]]:
    document = DocumentVersion("pending", "annual report.pdf", "0x8DCA1B2C3D4E5F6", "ab" * 32, 1024, "application/pdf")
    decision = RecordedDecision(1, Decision("1", Vote.APPROVE, "rita@example.org", "ab" * 32, "1", _AT))
    record = AuditRecord(1, AuditEvent.DECISION_RECORDED, _AT, "rita@example.org", "approve", digest="ab" * 32)
    return [
        ("create", rows.head_row(Head(review_id, document, policy, "sam@example.org"))),
        ("create", rows.audit_row(review_id, record)),
        ("create", rows.decision_row(review_id, decision)),
        ("create", rows.decision_id_row(review_id, decision)),
    ]
