"""The state folder: keys of its own, one host at a time, and a clear error if it cannot be used."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from devhost.errors import StartError
from devhost.state import StateFolder


def test_every_folder_has_keys_of_its_own_that_stay(tmp_path: Path) -> None:
    first, second = (StateFolder(tmp_path / name).keys() for name in "ab")
    made = [*asdict(first).values(), *asdict(second).values()]
    assert len(set(made)) == len(made)
    assert StateFolder(tmp_path / "a").keys() == first


def test_a_second_host_on_one_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path), StateFolder(tmp_path)
    first.lock()
    with pytest.raises(StartError, match=r"Another devhost \(pid \d+\) runs on .*: stop it, or use another --state"):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"Cannot use the state folder .*file/state: Not a directory"):
        StateFolder(tmp_path / "file" / "state")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # permissions do not stop a test that runs as root
    with pytest.raises(StartError, match="Cannot write to the state folder"):
        StateFolder(tmp_path).lock()


def test_damaged_keys_are_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"unknown": "x"}')
    with pytest.raises(StartError, match=r"keys\.json is damaged: delete it"):
        StateFolder(tmp_path).keys()
