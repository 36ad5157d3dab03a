"""The storage account's system topic: a Microsoft.Storage.BlobCreated CloudEvent for each blob written.

Event: https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage (CloudEvents schema)
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from devhost.event_grid.grid import EventGrid
from devhost.storage.azurite import ACCOUNT
from devhost.storage.blob_watcher import BlobVersion
from devhost.storage.receipts import BlobReceipts

_SOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/devhost"
    f"/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
)
_CREATING = frozenset({"PutBlob", "PutBlockList", "CopyBlob", ""})  # "": found by listing


class StorageTopic:
    """The topic of one container (storage.BlobSubscriber)."""

    def __init__(self, container: str, grid: EventGrid, receipts: BlobReceipts) -> None:
        self.container = container
        self.key = "event-grid:storage"
        self._grid = grid
        self._receipts = receipts

    def wants(self, name: str) -> bool:
        return True

    def offer(self, version: BlobVersion) -> None:
        if version.api in _CREATING:
            event = blob_created(version)
            self._grid.publish([event], "storage", origin=event["id"])
        self._receipts.record(self.key, version.container, version.name, version.etag, done=True)


def blob_created(version: BlobVersion) -> dict[str, Any]:
    """Return the event of a blob version. Its id depends on nothing else, so a crash cannot duplicate the event."""
    identity = "\0".join((version.container, version.name, version.etag))
    digest = hashlib.sha256(identity.encode()).digest()
    properties = version.properties
    return {
        "specversion": "1.0",
        "id": str(uuid.UUID(bytes=digest[:16])),
        "source": _SOURCE,
        "type": "Microsoft.Storage.BlobCreated",
        "subject": f"/blobServices/default/containers/{version.container}/blobs/{version.name}",
        "time": properties.last_modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {
            "api": version.api or "PutBlob",
            "requestId": str(uuid.UUID(bytes=digest[16:])),
            "eTag": version.etag,
            "contentType": properties.content_settings.content_type,
            "contentLength": properties.size,
            "blobType": version.blob_type,
            "url": version.url,
            "sequencer": version.etag,
            "storageDiagnostics": {},
        },
    }
