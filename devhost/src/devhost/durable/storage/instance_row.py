"""An instance as a row of the hub's file."""

from __future__ import annotations

import json
from typing import Any

from devhost.durable.engine.history import compact_json
from devhost.durable.engine.instance import Instance, Parent, Status


def instance_row(instance: Instance) -> tuple[Any, ...]:
    """Return the columns of table `instances` in their order."""
    return (
        instance.id,
        instance.execution_id,
        instance.name,
        instance.status,
        instance.input,
        instance.output,
        instance.custom_status,
        instance.created,
        instance.updated,
        compact_json(instance.parent.body()) if instance.parent else None,
        instance.begins_generation,
        instance.version,
    )


def read_instance(row: tuple[Any, ...]) -> Instance:
    """Return the instance that was written as `row`."""
    instance_id, execution_id, name, status, text, output, custom_status, created, updated, *others = row
    parent, begins, version = others
    return Instance(
        id=instance_id,
        execution_id=execution_id,
        name=name,
        status=Status(status),
        input=text,
        output=output,
        custom_status=custom_status,
        created=created,
        updated=updated,
        parent=Parent.of(json.loads(parent)) if parent else None,
        begins_generation=bool(begins),
        version=version,
    )
