"""Azurite with the blobs of any earlier moment, ETags and all, as a restored or failed-over storage account has them.

No request of the API restores an ETag, so the moments are made in Azurite's own file while it is stopped: each becomes
an account of its own.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devhost.storage.azurite_program import find_executable  # noqa: TID251 the app must not know it, its tests may

from local.stack.eventually import eventually

_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (http://127\.0\.0\.1:\d+)")
_KEY = base64.b64encode(secrets.token_bytes(64)).decode()
_STORY = "story"

Database = dict[str, Any]


class AzuriteMoments:
    """One Azurite in a folder, started with the accounts that are wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = folder / "__azurite_db_blob__.json"

    @contextmanager
    def story(self) -> Iterator[str]:
        """Start it for the next part of the story. Yields the connection string."""
        with self._running([_STORY]) as endpoints:
            yield _connection_string(_STORY, endpoints)

    def moment(self) -> Database:
        """Return all blobs as they are now. It must be stopped."""
        return json.loads(self._database.read_text())

    @contextmanager
    def accounts(self, moments: Mapping[str, Database]) -> Iterator[dict[str, str]]:
        """Start it with an account for each moment, by name. Yields their connection strings."""
        merged = copy.deepcopy(next(iter(moments.values())))
        for collection in merged["collections"]:
            collection["data"] = [
                {**entry, "accountName": account}
                for account, moment in moments.items()
                for entry in _collection(moment, collection["name"])
            ]
            for number, entry in enumerate(collection["data"], start=1):
                entry["$loki"] = number
            collection |= {"maxId": len(collection["data"]), "idIndex": None, "binaryIndices": {}}
        self._database.write_text(json.dumps(merged))
        with self._running(list(moments)) as endpoints:
            yield {account: _connection_string(account, endpoints) for account in moments}

    @contextmanager
    def _running(self, accounts: list[str]) -> Iterator[dict[str, str]]:
        self._folder.mkdir(exist_ok=True)
        log = self._folder / "log"
        command = [find_executable(), "--location", str(self._folder), "--disableTelemetry", "--skipApiVersionCheck"]
        command += ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
        environment = {**os.environ, "AZURITE_ACCOUNTS": ";".join(f"{account}:{_KEY}" for account in accounts)}
        with log.open("wb") as output:
            azurite = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603 our own arguments
        try:
            yield eventually(lambda: _endpoints(log), "Azurite listens", seconds=90)
        finally:
            azurite.terminate()  # it saves
            azurite.wait()


def _collection(database: Database, name: str) -> list[dict[str, Any]]:
    return next(each["data"] for each in database["collections"] if each["name"] == name)


def _endpoints(log: Path) -> dict[str, str]:
    listening = dict(_LISTENING.findall(log.read_text()))
    return listening if len(listening) == 3 else {}


def _connection_string(account: str, endpoints: Mapping[str, str]) -> str:
    addresses = "".join(f"{service}Endpoint={url}/{account};" for service, url in endpoints.items())
    return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={_KEY};{addresses}"
