"""Create the containers, queues and tables that the app needs before it starts, from one JSON file.

{"containers": ["uploads"], "queues": ["work"], "tables": ["orders"]}

On Azure the infrastructure creates them, not the app.
"""

from __future__ import annotations

import json
from pathlib import Path

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient
from pydantic import BaseModel, ConfigDict, ValidationError

from devhost.errors import StartError


class StorageEntities(BaseModel):
    """The containers, queues and tables to create if they are missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    containers: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


def read_storage_entities(file: Path) -> StorageEntities:
    """Read the file. Raises StartError naming the file and each wrong field."""
    try:
        return StorageEntities.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise StartError(f"Cannot read the storage file {file}: {error.strerror}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg']}" for e in error.errors())
        raise StartError(f"{file}: {wrong}.") from error
    except ValueError as error:
        raise StartError(f"{file} is not valid JSON: {error}.") from error


async def provision(entities: StorageEntities, connection_string: str) -> None:
    """Create what is missing. What exists stays unchanged."""
    async with (
        BlobServiceClient.from_connection_string(connection_string) as blobs,
        QueueServiceClient.from_connection_string(connection_string) as queues,
        TableServiceClient.from_connection_string(connection_string) as tables,
    ):
        for container in entities.containers:
            try:
                await blobs.create_container(container)
            except ResourceExistsError:
                continue
        for queue in entities.queues:
            try:
                await queues.create_queue(queue)
            except ResourceExistsError:
                continue
        for table in entities.tables:
            await tables.create_table_if_not_exists(table)
