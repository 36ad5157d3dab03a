"""The hub's file: which files are refused, and what happens if the file can no longer be written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from devhost.clock import Clock
from devhost.database import FileVersionError
from devhost.durable.hub import DurableHub
from devhost.durable.storage.schema import HubFileError

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session

GOLDEN = Path(__file__).parents[2] / "golden" / "state"


def hub_on(database: Path, functions: Any) -> DurableHub:
    return DurableHub(database, Clock(), functions, hub_name="TestHub", system_key="key")


async def test_a_file_of_a_newer_devhost_is_refused(tmp_path: Path, app_functions: Any) -> None:
    database = tmp_path / "hub.db"
    db = sqlite3.connect(database)
    db.executescript("PRAGMA user_version=99; CREATE TABLE t (x)")
    db.close()
    with pytest.raises(FileVersionError, match=r"hub\.db was written by a newer devhost \(version 99; this one reads"):
        await hub_on(database, app_functions).start()


async def test_a_hub_of_version_3_goes_on(tmp_path: Path, app_functions: Any) -> None:
    with sqlite3.connect(tmp_path / "hub.db") as database:
        database.executescript((GOLDEN / "durable-3.sql").read_text())
    database.close()
    hub = hub_on(tmp_path / "hub.db", app_functions)
    await hub.start()
    try:
        assert {group.name: group.count for group in hub.groups()} == {"approval": 1, "chain": 1, "waiter": 1}
        for instance, event in (("waits", "Go"), ("decides", "Decision")):
            await hub.client.raise_event(instance, event, '"yes"')
            assert await hub.client.wait_until_ended(instance, 60)
        outputs = {name: hub.client.instance(name) for name in ("waits", "decides", "ended")}
        assert {name: ended and ended.output for name, ended in outputs.items()} == {
            "waits": '"yes"',
            "decides": '"yes!"',
            "ended": '"hey!!!"',
        }
    finally:
        await hub.stop()


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
