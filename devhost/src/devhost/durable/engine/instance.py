"""An orchestration instance without its history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Runtime status, by its names in the management API."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def terminal(self) -> bool:
        """True if no event can change it any more."""
        return self in (Status.COMPLETED, Status.FAILED, Status.TERMINATED)


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent of a sub-orchestration, and the sequence id under which it waits for the result."""

    name: str
    instance_id: str
    execution_id: str
    task_id: int
    version: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Parent:
        """Convert the extension's ParentInstance."""
        link = body["OrchestrationInstance"]
        return cls(body["Name"], link["InstanceId"], link["ExecutionId"], body["TaskScheduleId"], body["Version"])

    def body(self) -> dict[str, Any]:
        """Return it as the extension's ParentInstance."""
        return {
            "Name": self.name,
            "OrchestrationInstance": {"InstanceId": self.instance_id, "ExecutionId": self.execution_id},
            "TaskScheduleId": self.task_id,
            "Version": self.version,
        }


@dataclass(slots=True)
class Instance:
    """One instance and its current execution.

    `input` and `custom_status` are JSON texts. `output` is JSON too, but the plain reason if the instance failed, was
    terminated or is suspended. `created` and `updated` are ISO 8601 in UTC (history.wire_time).
    """

    id: str
    execution_id: str
    name: str
    status: Status
    input: str | None
    output: str | None
    custom_status: str | None
    created: str
    updated: str
    parent: Parent | None = None
    begins_generation: bool = False  # continued as new, first turn of the new execution not yet taken
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """All instances of one orchestrator in one status; `example` is the id of one of them."""

    name: str
    status: Status
    count: int
    example: str
