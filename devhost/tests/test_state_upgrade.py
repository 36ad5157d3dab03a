"""State folders of earlier devhosts: files that they wrote are upgraded, newer ones are refused.

The files are in golden/state, as SQL; durable/storage/test_hub_file.py has the hub's. A file there is
never changed. Whoever changes a file's tables adds one that the version before has written.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient

from devhost.clock import Clock
from devhost.database import FileVersionError, bring_up_to_date, open_database
from devhost.service_bus import ServiceBusBroker, load_entities

STATE = Path(__file__).parent / "golden" / "state"
ENTITIES = Path(__file__).parent / "apps" / "every_trigger" / "entities.json"


def written(folder: Path, name: str) -> Path:
    file = folder / f"{name}.db"
    with sqlite3.connect(file) as database:
        database.executescript((STATE / f"{name}.sql").read_text())
    database.close()
    return file


async def test_a_broker_of_version_2_goes_on(tmp_path: Path) -> None:
    broker = ServiceBusBroker(load_entities(ENTITIES), written(tmp_path, "service_bus-2"), Clock(), "a2V5")
    await broker.start()

    def receive() -> list[str]:
        with ServiceBusClient.from_connection_string(broker.connection_string) as client:
            with client.get_queue_receiver("orders") as orders:
                told = [str(message) for message in orders.receive_messages(2, max_wait_time=60)]
            with client.get_queue_receiver("conversations", session_id="s1") as session:
                told += [bytes(session.session.get_state() or b"").decode()]
                told += [str(message) for message in session.receive_messages(1, max_wait_time=60)]
            return told

    try:
        assert await asyncio.to_thread(receive) == ["first", "second", "kept", "word"]
    finally:
        await broker.stop()


SCRIPTS = {2: "CREATE TABLE kept (x)", 3: "ALTER TABLE kept ADD COLUMN y DEFAULT 7"}


def test_a_file_of_an_earlier_version_takes_the_missing_steps(tmp_path: Path) -> None:
    open_database(tmp_path / "a.db", {2: SCRIPTS[2]}).executescript("INSERT INTO kept VALUES (1)")
    upgraded = open_database(tmp_path / "a.db", SCRIPTS)
    made = open_database(tmp_path / "b.db", SCRIPTS)

    assert upgraded.execute("SELECT * FROM kept").fetchall() == [(1, 7)]
    assert [db.execute("PRAGMA user_version").fetchone() for db in (upgraded, made)] == [(3,), (3,)]


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    open_database(tmp_path / "a.db", {2: SCRIPTS[2]}).close()
    database = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    with pytest.raises(sqlite3.Error):
        bring_up_to_date(database, tmp_path / "a.db", {2: "", 3: "DROP TABLE kept; SELECT * FROM missing"})
    database.close()
    reopened = open_database(tmp_path / "a.db", {2: SCRIPTS[2]})
    assert reopened.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 4", r"newer devhost \(version 4; this one reads up to 3\): use that devhost"),
        ("PRAGMA user_version = 1", r"too old \(version 1; this one reads from 2 on\): use another --state"),
        ("CREATE TABLE customers (name)", "is no file of devhost: use another --state"),
    ],
)
def test_any_other_file_is_refused_and_stays_as_it_is(tmp_path: Path, statement: str, told: str) -> None:
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as database:
        database.executescript(statement)
    database.close()
    before = file.read_bytes()
    with pytest.raises(FileVersionError, match=rf"a\.db .*{told}"):
        open_database(file, SCRIPTS)

    assert file.read_bytes() == before
