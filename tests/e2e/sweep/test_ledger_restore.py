"""The whole ledger is lost and comes back from an export: reviews go on, and what is published stays proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableClient
from azure.storage.blob import BlobServiceClient

from cli.failures import ExitCode
from local.stack.devhost_process import DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished
from local.stack.running import Stack
from tests.cli.running import Compliance
from tests.e2e.submitting import ANN, BEN, submit

Rows = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def compliance(host: DevhostProcess) -> Compliance:
    return Compliance(host.state / "local.settings.json")


def table_of(host: DevhostProcess) -> TableClient:
    return TableClient.from_connection_string(Endpoints.from_devhost(host.state).storage, "ledger")


def rows_of(table: TableClient) -> Rows:
    return {(row["PartitionKey"], row["RowKey"]): dict(row) for row in table.list_entities()}


def lose(table: TableClient, lost: Callable[[str, str], bool] = lambda _partition, _row: True) -> None:
    for partition, row in rows_of(table):
        if lost(partition, row):
            table.delete_entity(partition, row)


def test_a_lost_ledger_comes_back_whole_and_reviews_go_on(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    finished, waiting = submit(stack, folder, "annual-report.pdf"), submit(stack, folder, "house-rules.txt")
    for review in (finished, waiting):
        wait_until_asked(stack, review.review_id)
    stack.messages.decide(finished.review_id, "approve", ANN)
    wait_until_finished(stack, finished.review_id)
    delegation = {"type": "DelegationV1", "by": ANN, "to": BEN}
    delegation |= {"from": "2026-01-01T00:00:00Z", "until": "2026-12-31T00:00:00Z"}
    assert stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(delegation).encode()))
    file = tmp_path / "ledger.jsonl"
    exported = compliance("ledger", "export", file, "--json")
    assert exported.code == ExitCode.DONE, exported.err

    with table_of(host) as table:
        before = rows_of(table)
        lose(table)
        imported = compliance("ledger", "import", file, "--json")
        assert imported.code == ExitCode.DONE, imported.err
        assert rows_of(table) == before
        assert (imported.json()["written"], imported.json()["sha256"]) == (len(before), exported.json()["sha256"])
        again = compliance("ledger", "import", file, "--json")
        assert (again.code, again.json()["written"]) == (ExitCode.DONE, 0)

    host.advance(0.1)
    stack.messages.decide(waiting.review_id, "reject", ANN)
    wait_until_finished(stack, waiting.review_id)
    assert waiting.archived("rejected", (ANN, "reject")).contradictions(stack) == []
    for review in (finished, waiting):
        verified = compliance("verify", review.review_id)
        assert verified.code == ExitCode.DONE, verified.out


def test_what_an_interrupted_import_left_out_is_added(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    review = submit(stack, folder, "house-rules.txt").review_id
    wait_until_asked(stack, review)
    file = tmp_path / "ledger.jsonl"
    assert compliance("ledger", "export", file).code == ExitCode.DONE
    with table_of(host) as table:
        before = rows_of(table)
        lose(table, lambda partition, row: partition == review and row in ("head", "audit-000002"))
        imported = compliance("ledger", "import", file, "--json")
        assert (imported.code, imported.json()["written"]) == (ExitCode.DONE, 2), imported.err
        assert rows_of(table) == before


def test_nothing_is_written_over_what_is_newer(
    stack: Stack, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    review = submit(stack, folder, "house-rules.txt").review_id
    wait_until_asked(stack, review)
    file = tmp_path / "ledger.jsonl"
    assert compliance("ledger", "export", file).code == ExitCode.DONE
    stack.messages.decide(review, "approve", ANN)
    wait_until_finished(stack, review)

    refused = compliance("ledger", "import", file)

    assert refused.code == ExitCode.REFUSED
    assert "nothing was imported" in refused.err
    assert f"review {review}: the ledger's is newer: it has 4 records, the file has 2" in refused.err
    assert stack.ledger.open_reviews() == [] or review not in stack.ledger.open_reviews()


def test_a_review_that_is_not_sound_is_not_imported_unless_it_is_left_out(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    review = submit(stack, folder, "house-rules.txt").review_id
    wait_until_asked(stack, review)
    with table_of(host) as table:
        good = rows_of(table)[review, "audit-000002"]
        table.update_entity({"PartitionKey": review, "RowKey": "audit-000002", "detail": "made up"})
        file = tmp_path / "ledger.jsonl"
        assert compliance("ledger", "export", file).code == ExitCode.DONE
        refused = compliance("ledger", "import", file)
        assert (refused.code, f"review {review} is not sound: record 2: edited" in refused.err) == (3, True)
        assert compliance("ledger", "import", file, "--skip", review).code == ExitCode.DONE
        table.update_entity(good)


@pytest.mark.parametrize("cut", [b"", b"{}\n", b"not json\n", None], ids=["empty", "other", "text", "truncated"])
def test_a_file_that_is_not_whole_is_refused(compliance: Compliance, tmp_path: Path, cut: bytes | None) -> None:
    file = tmp_path / "ledger.jsonl"
    assert compliance("ledger", "export", file).code == ExitCode.DONE
    file.write_bytes(file.read_bytes()[:-30] if cut is None else cut)

    assert compliance("ledger", "import", file).code == ExitCode.USAGE


def test_the_ledger_is_exported_every_night_into_a_blob_that_can_be_imported(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    review = submit(stack, folder, "house-rules.txt").review_id
    wait_until_asked(stack, review)

    host.advance(24)

    with BlobServiceClient.from_connection_string(Endpoints.from_devhost(host.state).storage) as storage:
        audit = storage.get_container_client("audit")
        [*_, last] = sorted(audit.list_blob_names(name_starts_with="ledger/"))
        (tmp_path / "ledger.jsonl").write_bytes(audit.download_blob(last).readall())
    with table_of(host) as table:
        before = rows_of(table)
        lose(table, lambda partition, row: partition == review and row == "head")
        imported = compliance("ledger", "import", tmp_path / "ledger.jsonl", "--json")
        assert (imported.code, imported.json()["written"]) == (ExitCode.DONE, 1), imported.err
        assert rows_of(table) == before
