"""One real Azurite for all tests of the adapters, with an account for each file: some look at all that is there."""

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

_ACCOUNTS = [f"file{number}" for number in range(100)]  # Azurite learns of later ones within a minute only
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="session")
def connection_strings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[str]]:
    """Yield the connection strings of empty storage accounts."""
    folder = tmp_path_factory.mktemp("azurite")
    key, log = base64.b64encode(secrets.token_bytes(64)).decode(), folder / "log"
    command = [find_executable(), "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
    accounts = ";".join(f"{account}:{key}" for account in _ACCOUNTS)
    command += ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
    with log.open("wb") as output:
        azurite = subprocess.Popen(  # noqa: S603 our own arguments, no shell
            command, stdout=output, stderr=output, env={**os.environ, "AZURITE_ACCOUNTS": accounts}
        )
    try:
        endpoints = eventually(lambda: _endpoints(azurite, log), "Azurite listens")
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};{endpoints.format(account=account)}"
            for account in _ACCOUNTS
        )
    finally:
        azurite.terminate()
        azurite.wait()


@pytest.fixture(scope="module")
def storage(connection_strings: Iterator[str]) -> str:
    """Return the connection string of a storage account with the app's containers and tables."""
    connection_string = next(connection_strings)
    _create_entities(connection_string)
    return connection_string


def _endpoints(azurite: subprocess.Popen[bytes], log: Path) -> str:
    said = log.read_text()
    assert azurite.poll() is None, said
    listening = _LISTENING.findall(said)
    return "".join(f"{name}Endpoint={url}/{{account}};" for name, url in listening) if len(listening) == 3 else ""


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
