"""The state folder: keys of its own, one host at a time, and a clear error if it cannot be used."""

from __future__ import annotations

import os
import stat
from dataclasses import asdict
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("before", [0o755, 0o777, 0o750, 0o701])
def test_a_folder_of_ours_is_closed_to_others(before: int, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    tmp_path.chmod(before)

    StateFolder(tmp_path)

    assert mode(tmp_path) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(StartError, match="belongs to user 12345: use another --state"):
        StateFolder(tmp_path)


def test_a_folder_into_which_somebody_else_has_put_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "azurite.json").symlink_to(tmp_path / "elsewhere.json")
    tmp_path.chmod(0o777)
    with pytest.raises(StartError, match=r"Others may write to .*azurite\.json in it is not yours"):
        StateFolder(tmp_path)


def test_every_file_that_is_made_is_for_its_owner_only(new_host) -> None:
    host = new_host()
    host.state.chmod(0o755)
    previous = os.umask(0)
    try:
        host.start()
    finally:
        os.umask(previous)
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as storage:
        storage.create_container("secret").upload_blob("document.txt", b"TOP SECRET")
    assert host.stop() == 0  # Azurite writes all that it holds

    made = files(host)
    assert any(b"TOP SECRET" in path.read_bytes() for path in made)
    assert {str(path): oct(mode(path)) for path in made if mode(path) & 0o077} == {}
    assert mode(host.state) == 0o700
    host.start()


def files(host) -> list[Path]:
    """Return all files below the state folder, except those that the test itself writes."""
    ours = (host.state / "output.log", host.seen_file)
    return [path for path in host.state.rglob("*") if path.is_file() and path not in ours]
