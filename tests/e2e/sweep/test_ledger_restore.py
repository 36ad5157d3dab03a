"""The whole ledger is lost and comes back from an export: reviews go on, and what is published stays proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableClient
from azure.storage.blob import BlobServiceClient

from adapters.ledger.lists.list_rows import only_lists
from cli.doctor.parts import QUEUES
from cli.failures import ExitCode
from cli.lookup import short_id
from contracts.names import ARCHIVED, PENDING, PUBLISHED
from local.stack.devhost_process import PROJECT, DevhostProcess
from local.stack.endpoints import Endpoints
from local.stack.eventually import eventually
from local.stack.messages import DECISIONS
from local.stack.reviews import wait_until_asked, wait_until_finished, wait_until_open
from local.stack.running import Stack, own_stack
from tests.cli.running import Compliance, Ended
from tests.docs.pages import OPERATIONS, commands
from tests.e2e.submitting import ANN, BEN, Submitted, submit
from tests.e2e.sweep.sweeping import repairs, sweep

Rows = dict[tuple[str, str], dict[str, Any]]

SETTINGS = {"POLICY_FILE": str(PROJECT / "tests/e2e/journeys/stages.yaml")}
EVE, FAY = "eve@example.org", "fay@example.org"
WITHOUT_QUEUES = [f"--skip={queue}" for queue in QUEUES]  # opening one takes the SDK a second


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return SETTINGS


@pytest.fixture
def compliance(host: DevhostProcess) -> Compliance:
    return Compliance(host.state / "local.settings.json")


def table_of(host: DevhostProcess) -> TableClient:
    return TableClient.from_connection_string(Endpoints.from_devhost(host.state).storage, "ledger")


def rows_of(table: TableClient) -> Rows:
    return {(row["PartitionKey"], row["RowKey"]): dict(row) for row in table.list_entities() if not only_lists(row)}


def lose(table: TableClient, lost: Callable[[str, str], bool] = lambda _partition, _row: True) -> None:
    for partition, row in rows_of(table):
        if lost(partition, row):
            table.delete_entity(partition, row)


def printed(*words: str) -> list[str]:
    """Return the only kind of command in the manual whose program is given these words."""
    found = [each for each in commands(OPERATIONS) if each[1 : len(words) + 1] == list(words)]
    assert len({tuple(each) for each in found}) == 1, found
    return found[0]


def run_printed(compliance: Compliance, words: list[str], review: str = "") -> Ended:
    assert words[0] == ".venv/bin/compliance"
    return compliance(*(review if word == "REVIEW" else word for word in words[1:]))


def decided(stack: Stack, review: Submitted, decision: str, *reviewers: str) -> None:
    for reviewer in reviewers:
        said = stack.messages.answer(stack.messages.decide(review.review_id, decision, reviewer))
        assert said["answer"] == "recorded", said


def delegate(stack: Stack) -> None:
    delegation = {"type": "DelegationV1", "by": ANN, "to": BEN}
    delegation |= {"from": "2026-01-01T00:00:00Z", "until": "2026-12-31T00:00:00Z"}
    assert stack.messages.answer(stack.messages.send(DECISIONS, json.dumps(delegation).encode()))


def lose_and_import(stack: Stack, host: DevhostProcess, compliance: Compliance, load: list[str], before: Rows) -> str:
    """Stop the app, lose the ledger, import it as printed, and start the app again. Returns what the import printed."""
    stack.kill_host()
    with table_of(host) as table:
        lose(table)
        imported = run_printed(compliance, load)
        assert imported.code == ExitCode.DONE, imported.err
        assert rows_of(table) == before
    repeated = compliance("ledger", "import", load[-1], "--json")
    assert (repeated.code, repeated.json()["written"]) == (ExitCode.DONE, 0)
    host.start()
    return imported.out


@pytest.fixture
def printed_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Work in an empty folder. Return the commands of a restore: export, import, doctor, repair."""
    monkeypatch.chdir(tmp_path)
    export, download, load = (
        printed("ledger", "export"),
        printed("storage", "blob", "download"),
        printed("ledger", "import"),
    )
    assert download[-2:] == ["--file", load[-1]]  # az brings the nightly export, which another test imports
    assert load[-1] == export[-1]
    return [export, load, printed("doctor"), printed("repair")]


def copy_documents(lost: DevhostProcess, new: DevhostProcess) -> dict[str, str]:
    """Copy as the manual's `azcopy` does: content, metadata and tags, with ETags of their own. Return those by name."""
    etags = {}
    strings = (Endpoints.from_devhost(each.state).storage for each in (lost, new))
    source, target = (BlobServiceClient.from_connection_string(each) for each in strings)
    with source, target:
        for container in (PUBLISHED, ARCHIVED, PENDING):
            for blob in source.get_container_client(container).list_blobs(include=["metadata", "tags"]):
                content = source.get_blob_client(container, blob.name).download_blob().readall()
                copy = target.get_blob_client(container, blob.name)
                copy.upload_blob(content, metadata=blob.metadata, tags=blob.tags)
                etags[blob.name] = str(copy.get_blob_properties().etag).strip('"')
    return etags


def test_the_drill_an_empty_environment_takes_over_from_a_lost_region(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    finished, waiting = submit(stack, folder, "house-rules.txt"), submit(stack, folder, "price-list.csv")
    for review in (finished, waiting):
        wait_until_asked(stack, review.review_id)
    decided(stack, finished, "approve", ANN)
    wait_until_finished(stack, finished.review_id)
    host.advance(0)  # which waits until nothing is under way
    file = tmp_path / "ledger.jsonl"
    assert compliance("ledger", "export", file).code == ExitCode.DONE

    with own_stack(tmp_path / "other-region", SETTINGS) as other:
        assert other.host
        other.kill_host()
        elsewhere = Compliance(other.host.state / "local.settings.json")
        imported = elsewhere("ledger", "import", file)
        assert imported.code == ExitCode.DONE, imported.err
        etags = copy_documents(host, other.host)
        other.host.start()
        again = Submitted(waiting.name, waiting.sha256, wait_until_open(other, waiting.name, etags[waiting.name]))
        wait_until_asked(other, again.review_id)  # the copy is another version, so its reviewers decide again
        decided(other, again, "approve", ANN)
        wait_until_finished(other, again.review_id)
        sweep(other.host)

        head = wait_until_finished(other, waiting.review_id)
        assert head["outcome"] == "superseded"
        assert [blob.sha256 for blob in other.documents.blobs_named(finished.name)] == [finished.sha256]
        assert again.published((ANN, "approve")).contradictions(other) == []
        verified = {each.name: elsewhere("verify", each.review_id) for each in (finished, waiting, again)}
        assert {name: ended.out for name, ended in verified.items() if ended.code != ExitCode.DONE} == {}
        assert elsewhere("doctor", "--published", "--json", *WITHOUT_QUEUES).json()["findings"] == []


def test_the_restore_that_the_manual_prints(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, printed_restore: list[list[str]]
) -> None:
    export, load, doctor, repair = printed_restore
    samples = ("annual-report.pdf", "house-rules.txt", "price-list.csv")
    finished, waiting, published = (submit(stack, folder, sample) for sample in samples)
    ahead = submit(stack, f"staged/{folder}-staged", "house-rules.txt")
    for review in (finished, waiting, published, ahead):
        wait_until_asked(stack, review.review_id)
    decided(stack, finished, "approve", ANN)
    wait_until_finished(stack, finished.review_id)
    delegate(stack)
    host.advance(0)  # which waits until nothing is under way
    exported = run_printed(compliance, export)
    assert exported.code == ExitCode.DONE, exported.err
    with table_of(host) as table:
        before = rows_of(table)

    # What the ledger will have lost: a publication, a stage that was over, one review as a whole, one that waits.
    lost, again = (submit(stack, f"{folder}-later", sample) for sample in samples[:2])
    for review in (lost, again):
        wait_until_asked(stack, review.review_id)
    for review, reviewer in ((published, ANN), (lost, ANN), (ahead, BEN)):
        decided(stack, review, "approve", reviewer)
    for review in (published, lost):
        wait_until_finished(stack, review.review_id)
    eventually(lambda: (stack.ledger.head(ahead.review_id) or {})["requestedStage"], "finance is asked")
    host.advance(0)
    imported = lose_and_import(stack, host, compliance, load, before)
    assert exported.out.split("SHA-256")[-1] == imported.split("SHA-256")[-1]
    for _ in range(3):  # one opens a lost review, one ends orchestrations that are ahead of the ledger, one starts them
        sweep(host)

    assert [repairs(host, each.review_id)["orchestration_ended"] for each in (ahead, again, waiting)] == [1, 1, 0]
    found = run_printed(compliance, doctor)
    assert short_id(published.review_id) in found.out
    assert short_id(lost.review_id) not in found.out  # it has left neither a row nor a source
    assert short_id(lost.review_id) in compliance("doctor", "--published").out
    for review in (published, lost):
        repaired = [run_printed(compliance, repair, review.review_id) for _ in range(2)]
        assert [each.code for each in repaired] == [ExitCode.DONE, ExitCode.REFUSED], repaired  # it is needed once
    for review, decision, *reviewers in (
        (waiting, "reject", ANN),
        (again, "approve", ANN),
        (ahead, "approve", BEN, EVE, FAY),
    ):
        decided(stack, review, decision, *reviewers)

    endings = [
        finished.published((ANN, "approve")),
        waiting.archived("rejected", (ANN, "reject")),
        again.published((ANN, "approve")),
        ahead.published((BEN, "approve"), (EVE, "approve"), (FAY, "approve")),
    ]
    for ending in endings:
        wait_until_finished(stack, ending.review_id)
    for review in (published, lost):  # their first events name records that the ledger has lost
        head = wait_until_finished(stack, review.review_id)
        assert (head["outcome"], head["location"]) == ("approved", f"published/{review.name}")
        assert [blob.sha256 for blob in stack.documents.blobs_named(review.name)] == [review.sha256]
    assert {ending.name: wrong for ending in endings if (wrong := ending.contradictions(stack))} == {}
    verified = {each.name: compliance("verify", each.review_id) for each in (*endings, published, lost)}
    assert {name: ended.out for name, ended in verified.items() if ended.code != ExitCode.DONE} == {}
    assert "the completion event: it was announced before the review was repaired" in verified[lost.name].out
    assert compliance("doctor", "--published", "--json", *WITHOUT_QUEUES).json()["findings"] == []


def test_what_an_interrupted_import_left_out_is_added(
    stack: Stack, host: DevhostProcess, compliance: Compliance, folder: str, tmp_path: Path
) -> None:
    review = submit(stack, folder, "house-rules.txt").review_id
    wait_until_asked(stack, review)
    host.advance(0)  # which waits until nothing is under way
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
