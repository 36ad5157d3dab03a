"""Generated orders of decisions, redeliveries, deadline, overwriting and withdrawal, many documents at once."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest

from local.stack.devhost_process import DevhostProcess
from local.stack.running import Stack
from tests.model.generated_orders import Batch, generate_orders
from tests.model.order_run import OrderRun

SEED, ORDERS = 20261121, 24


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"POLICY_FILE": str(Path(__file__).with_name("policies.yaml"))}


def make_and_check(runs: list[OrderRun], batches_of_runs: list[list[Batch]]) -> None:
    """Make the next batch of every run at once, then check each; until all batches are made."""
    for batches in zip_longest(*batches_of_runs, fillvalue=()):
        for run, batch in zip(runs, batches, strict=True):
            run.make(batch)
        for run, batch in zip(runs, batches, strict=True):
            if batch:
                run.check(batch)


def test_generated_orders_end_as_the_model_says(stack: Stack, host: DevhostProcess, folder: str) -> None:
    orders = enumerate(generate_orders(SEED, ORDERS))
    runs = [OrderRun(stack, order, f"{order.policy}/{folder}/{number}.txt") for number, order in orders]
    for run in runs:
        run.upload()
    for run in runs:
        run.wait_until_asked()

    make_and_check(runs, [run.order.before for run in runs])
    for run in runs:
        run.schedule()
    host.advance(hours=73)
    for run in runs:
        run.check_deadline()
    make_and_check(runs, [run.order.after for run in runs])
    host.advance(hours=73)

    assert [found for run in runs for found in run.contradictions()] == []
    outcomes = {outcome for run in runs for outcome, _ in run.order.endings()}
    assert outcomes == {"approved", "rejected", "expired", "withdrawn", "superseded"}
