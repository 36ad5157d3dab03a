"""Azurite cannot list a container with a name that XML cannot hold; all other blobs in it are noticed all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient

from devhost.storage.unlistable_names import NAMES_FILE, unlistable_names


@pytest.fixture
def documents(host) -> Iterator[ContainerClient]:
    with ContainerClient.from_connection_string(host.endpoints["storage"], "documents", retry_total=0) as container:
        if not container.exists():
            container.create_container()
        yield container


@pytest.mark.parametrize("name", ["\ufffe.csv", "\uffff.csv", "a\x01.csv", "\x1b[31m.csv"])
def test_uploads_are_noticed_beside_it_and_after_a_restart(host, documents: ContainerClient, name: str) -> None:
    hostile = documents.upload_blob(name, b"x")
    try:
        with pytest.raises(HttpResponseError):
            list(documents.list_blobs())
        number = len(host.seen("on_blob_client"))
        documents.upload_blob(f"before-{number}.csv", b"x")
        host.until_seen("on_blob_client", name=f"before-{number}.csv")
        assert host.stop() == 0
        host.start()
        with ContainerClient.from_connection_string(host.endpoints["storage"], "documents") as restarted:
            restarted.upload_blob(f"after-{number}.csv", b"x")
        host.until_seen("on_blob_client", name=f"after-{number}.csv")
        assert "cannot list the container documents" in host.output
        assert ascii(name) in host.output
    finally:
        with ContainerClient.from_connection_string(host.endpoints["storage"], "documents") as restarted:
            restarted.delete_blob(hostile.blob_name)
            assert list(restarted.list_blobs())


def test_a_file_of_names_in_another_form_names_none(tmp_path: Path) -> None:
    file = tmp_path / NAMES_FILE
    for content in ("", "[]", json.dumps({"collections": [{"data": [1]}]})):
        file.write_text(content)
        assert unlistable_names(file, "documents") == []
    assert unlistable_names(tmp_path / "missing", "documents") == []
