"""An exported ledger has each value as it was, and each review as it was at one moment."""

from __future__ import annotations

from pathlib import Path

from azure.data.tables import EdmType, EntityProperty

from adapters.ledger.answers import GivenAnswer
from adapters.ledger.store import Ledger
from adapters.ledger_copy.exporting import export_ledger
from adapters.ledger_copy.importing import missing_rows
from adapters.ledger_copy.lines import ExportedRow, Lines, check_export, exported_partitions
from compliance.outcome import Answer
from compliance.transitions import restart
from tests.builders import REQUESTED_AT, uninspected_review
from tests.storage.account import Account
from tests.storage.wire import after


async def exported(account: Account, name: str) -> tuple[Lines, bytes]:
    lines = Lines()
    return lines, b"".join([line async for line in export_ledger(account.ledger_table(name), lines)])


def kept(file: Path, content: tuple[Lines, bytes]) -> list[tuple[str, list[ExportedRow]]]:
    """Write an export to a file, check it, and return its partitions."""
    file.write_bytes(content[1])
    assert check_export(file) == (content[0].rows, content[0].digest)
    return list(exported_partitions(file))


async def test_every_kind_of_value_comes_back(account: Account, tmp_path: Path) -> None:
    table = await account.table_service.create_table("values")
    large = EntityProperty(2**53 + 1, EdmType.INT64)
    row = {"PartitionKey": "open", "RowKey": "a", "text": 'Zoë "\n', "number": 7, "large": large, "yes": True}
    await table.create_entity(row)

    [(partition, [found])] = kept(tmp_path / "file", await exported(account, "values"))
    assert (partition, dict(found)) == ("open", row)
    assert await missing_rows(account.ledger_table("values"), partition, [found]) == ([], None)


async def test_a_review_written_to_between_two_pages_is_read_again(account: Account, tmp_path: Path) -> None:
    await account.table_service.create_table("torn")
    ledger, head = Ledger(account.users_tables.get_table_client("torn")), uninspected_review()
    await ledger.insert(head)
    await ledger.names.put(head)
    account.wire.rows_one_by_one = True

    async def write() -> None:
        await ledger.change(head.review_id, restart)

    account.wire.step_in(after(1, write))  # the first record is read, the head is not
    partitions = dict(kept(tmp_path / "file", await exported(account, "torn")))

    [stored] = [row for row in partitions[head.review_id] if row["RowKey"] == "head"]
    records = [row for row in partitions[head.review_id] if str(row["RowKey"]).startswith("audit-")]
    assert (stored["lastAudit"], len(records)) == (2, 2)


async def test_an_answer_that_was_given_anew_since_is_no_difference(account: Account, tmp_path: Path) -> None:
    await account.table_service.create_table("answered")
    ledger, head = Ledger(account.users_tables.get_table_client("answered")), uninspected_review()
    await ledger.insert(head)
    first, later = (GivenAnswer("t", "o", each, True, REQUESTED_AT) for each in (Answer.STAGE_NOT_OPEN, Answer.LATE))
    await ledger.answers.put_refused(head.review_id, "d", first)
    [(partition, rows)] = kept(tmp_path / "file", await exported(account, "answered"))
    await ledger.answers.put_refused(head.review_id, "d", later)

    assert any(row["RowKey"].startswith("answer-") for row in rows)
    assert await missing_rows(account.ledger_table("answered"), partition, rows) == ([], None)
