"""Recognise a replay after which Azure would wait for ever, and name the usual cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devhost.durable.engine.walk import ActionType, Walk


def why_stuck(walk: Walk, *, sdk_done: bool) -> str | None:
    """Return a warning if the Azure host and the orchestrator disagree on whether anything is awaited, else None."""
    blocking = walk.blocked_on()
    if sdk_done and blocking and not walk.open:
        return (
            f"the orchestrator has finished, but the Azure host still waits for {_describe(blocking)} and leaves the "
            "instance Running. Usual causes: one event raised for two waits of the same name, or one timer or task "
            "raced in several task_any calls. Wait for each event name once and create a new timer for each race"
        )
    if walk.over and not sdk_done:
        return (
            "the Azure host has completed every action, but the orchestrator still waits and the instance stays "
            "Running. Usual cause: an event raised with its name in another case than the one waited for"
        )
    return None


def _describe(action: Mapping[str, Any]) -> str:
    kind = ActionType(action["actionType"])
    if kind is ActionType.WAIT_FOR_EXTERNAL_EVENT:
        return f"event '{action['externalEventName']}'"
    children = ", ".join(_describe(child) for child in action.get("compoundActions", ()))
    return f"{kind.name.lower()}({children})" if children else kind.name.lower()
