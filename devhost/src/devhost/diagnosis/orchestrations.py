"""Orchestrations that do not continue: failed, suspended, without code, or waiting for what cannot come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from devhost.diagnosis.finding import Finding
from devhost.durable.engine.instance import Group, Status
from devhost.durable.hub import DurableHub


def orchestration_findings(hub: DurableHub, orchestrators: Collection[str]) -> Iterator[Finding]:
    """Yield the findings on the instances of one hub, whose app has these orchestrators."""
    if hub.failure:
        yield Finding("stuck", "task hub", hub.failure, "Remove the cause, then restart devhost: nothing is lost.")
        return
    known = {name.lower() for name in orchestrators}
    for group in hub.groups():
        yield from _of_group(group, known)
    yield from _stuck(hub)


def _of_group(group: Group, known: Collection[str]) -> Iterator[Finding]:
    where, count, example = f"orchestrator {group.name}", group.count, group.example
    match group.status:
        case Status.FAILED:
            remedy = f"See `customStatus` and `output`, e.g. of {example}; correct the code, then restart or purge it."
            yield Finding("note", where, f"{count} instances have failed", remedy)
        case Status.SUSPENDED:
            yield Finding("note", where, f"{count} instances are suspended", f"Resume them if wanted, e.g. {example}.")
        case Status.RUNNING | Status.PENDING if group.name.lower() not in known:
            remedy = f"Put the orchestrator back into the app, or terminate the instances, e.g. {example}."
            yield Finding("stuck", where, f"{count} instances wait, but the app has no such orchestrator", remedy)
        case _:
            return


def _stuck(hub: DurableHub) -> Iterator[Finding]:
    ids: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for instance_id, reason in hub.stuck().items():
        if instance := hub.client.instance(instance_id):
            ids[instance.name, reason].append(instance_id)
    for (name, reason), instances in ids.items():
        remedy = f"Correct the code; terminate and restart what waits, e.g. {instances[0]}."
        yield Finding("stuck", f"orchestrator {name}", f"{len(instances)} instances hang: {reason}", remedy)
