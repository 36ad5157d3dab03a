"""The hub's file: which files are refused, and what happens if the file can no longer be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from devhost.clock import Clock
from devhost.durable.hub import DurableHub
from devhost.durable.storage.schema import HubFileError, HubVersionError

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session


def hub_on(database: Path, functions: Any) -> DurableHub:
    return DurableHub(database, Clock(), functions, hub_name="TestHub", system_key="key")


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ("PRAGMA application_id=0x64687462; PRAGMA user_version=99; CREATE TABLE t (x)", "a task hub of version 99"),
        ("CREATE TABLE customers (name TEXT)", "not a devhost task hub"),
    ],
)
async def test_a_file_of_another_version_is_refused(
    tmp_path: Path, app_functions: Any, statements: str, told: str
) -> None:
    database = tmp_path / "hub.db"
    db = sqlite3.connect(database)
    db.executescript(statements)
    db.close()
    before = database.read_bytes()
    with pytest.raises(HubVersionError, match=f"hub.db is {told}; this devhost reads version 3"):
        await hub_on(database, app_functions).start()

    assert database.read_bytes() == before


async def test_a_file_in_use_by_another_host_is_refused(tmp_path: Path, app_functions: Any) -> None:
    first = hub_on(tmp_path / "hub.db", app_functions)
    await first.start()
    with pytest.raises(HubFileError, match=r"hub\.db: in use by another process"):
        await hub_on(tmp_path / "hub.db", app_functions).start()
    await first.stop()


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, app_functions: Any) -> None:
    (tmp_path / "text.db").write_text("this is no database" * 100)
    with pytest.raises(HubFileError, match=r"text\.db: file is not a database"):
        await hub_on(tmp_path / "text.db", app_functions).start()
    missing = hub_on(tmp_path / "missing" / "hub.db", app_functions)
    with pytest.raises(HubFileError, match=r"missing/hub\.db: unable to open database file"):
        await missing.start()
    await missing.stop()


async def test_a_hub_that_cannot_write_stops_and_says_why(
    durable: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path, app_functions: Any
) -> None:
    await durable.run("waiter", instance_id="kept")
    db = durable.hub._loop.store._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages}")  # like a full disk
    with pytest.raises(Exception, match="could not be written: database or disk is full"):
        await durable.client.start_new("chain", "lost", "x" * 100_000)
    code, body = await durable.call("POST", "instances/kept/raiseEvent/Go", "1")

    assert code == 503
    assert "the task hub has stopped because" in body["Message"]
    assert (await durable.call("GET", "instances/kept"))[0] == 503
    assert "disk is full" in caplog.text
    assert "disk is full" in durable.hub.in_flight()


async def test_what_was_acknowledged_before_a_restart_is_there_after_it(tmp_path: Path, app_functions: Any) -> None:
    first = hub_on(tmp_path / "hub.db", app_functions)
    await first.start()
    client = first.client
    await client.start("waiter", "one", None)
    await client.raise_event("one", "Go", '"stored"')
    await first.stop()
    second = hub_on(tmp_path / "hub.db", app_functions)
    await second.start()
    assert await second.client.wait_until_ended("one", 10)
    ended = second.client.instance("one")
    assert ended and ended.output == '"stored"'
    await second.stop()
