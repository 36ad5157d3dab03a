"""One real Azurite for all tests of the adapters."""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from devhost.storage.azurite_program import find_executable  # noqa: TID251 the app must not know it, its tests may

from contracts.names import LEDGER_TABLE, WAITING_TABLE
from local.stack.eventually import eventually
from tests.storage.account import CONTAINERS, Account

_ACCOUNT = "devstoreaccount1"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the connection string of a storage account with the app's containers and table."""
    folder = tmp_path_factory.mktemp("azurite")
    key, log = base64.b64encode(secrets.token_bytes(64)).decode(), folder / "log"
    command = [find_executable(), "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    command += ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
    with log.open("wb") as output:
        azurite = subprocess.Popen(  # noqa: S603 our own arguments, no shell
            command, stdout=output, stderr=output, env={**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{key}"}
        )
    try:
        endpoints = eventually(lambda: _endpoints(azurite, log), "Azurite listens")
        connection_string = f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={key};{endpoints}"
        _create_entities(connection_string)
        yield connection_string
    finally:
        azurite.terminate()
        azurite.wait()


def _endpoints(azurite: subprocess.Popen[bytes], log: Path) -> str:
    said = log.read_text()
    assert azurite.poll() is None, said
    listening = _LISTENING.findall(said)
    return "".join(f"{name}Endpoint={url}/{_ACCOUNT};" for name, url in listening) if len(listening) == 3 else ""


def _create_entities(connection_string: str) -> None:
    with BlobServiceClient.from_connection_string(connection_string) as blobs:
        for container in CONTAINERS:
            blobs.create_container(container).close()
    with TableServiceClient.from_connection_string(connection_string) as tables:
        for table in (LEDGER_TABLE, WAITING_TABLE):
            tables.create_table(table).close()


@pytest.fixture
async def account(storage: str) -> AsyncIterator[Account]:
    """Yield the app's adapters over that account."""
    async with Account(storage, storage) as opened:
        yield opened
