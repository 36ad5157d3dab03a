"""Call the SDK once: it takes the context of the turn and returns the orchestrator's state."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from typing import Any

from devhost.durable.engine.history import compact_json, context_json
from devhost.durable.engine.instance import Instance
from devhost.durable.engine.refusals import OrchestratorFailedError
from devhost.ports import DurableFunctions

# If the orchestrator failed, the SDK raises with the state behind this mark (TaskOrchestrationExecutor).
_STATE_MARK = "$OutOfProcData$:"
# The extension's limit of the custom status, in whole KiB of UTF-16 (CustomStatus in DurableOrchestrationContext).
_CUSTOM_STATUS_KIB = 16


def replay(
    instance: Instance, played: Sequence[str], new: Sequence[str], functions: DurableFunctions
) -> dict[str, Any]:
    """Return the SDK's OrchestratorState for this history. Raises OrchestratorFailedError if there is no such state."""
    parent_id = instance.parent.instance_id if instance.parent else None
    context = context_json(instance.id, parent_id, instance.input, played, new)
    try:
        return json.loads(functions.run_orchestrator(instance.name, instance.id, context))
    except (Exception, SystemExit) as error:  # anything that user code raises is the orchestration's outcome
        _, mark, state = str(error).rpartition(_STATE_MARK)
        if mark:
            return json.loads(state)
        stack = "".join(traceback.format_tb(error.__traceback__))
        raise OrchestratorFailedError(
            "One or more errors occurred. (Result: Failure\n"
            f"Exception: {type(error).__name__}: {error}\nStack: {stack})"
        ) from error


def custom_status(state: dict[str, Any]) -> str | None:
    """Return the custom status as JSON text. Raises OrchestratorFailedError if it exceeds the extension's limit."""
    value = state.get("customStatus")
    if value is None:
        return None
    text = compact_json(value)
    size = len(text.encode("utf-16-le")) // 1024
    if size > _CUSTOM_STATUS_KIB:
        raise OrchestratorFailedError(
            f"The UTF-16 size of the JSON-serialized payload must not exceed {_CUSTOM_STATUS_KIB} KB. "
            f"The current payload size is {size} KB."
        )
    return text
