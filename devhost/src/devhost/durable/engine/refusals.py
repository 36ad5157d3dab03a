"""Checks that make an instance fail here with a reason; Azure would leave it Running for ever."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from devhost.durable.engine.decisions import ActivityCall, ChildStart, Decision
from devhost.ports import DurableFunctions

# The Azure Storage backend refuses longer timers; the host loses the exception and the instance hangs.
_LONGEST_TIMER = timedelta(days=6)


class OrchestratorFailedError(Exception):
    """The instance fails. The message becomes its output."""


def check_orchestrator(name: str, functions: DurableFunctions) -> None:
    """Raise OrchestratorFailedError, with Azure's text, if the app has no such orchestrator."""
    _require(name, functions.orchestrators(), "an orchestrator", "orchestrator")


def check_decision(decision: Decision, functions: DurableFunctions) -> None:
    """Raise OrchestratorFailedError if the decision could never be carried out."""
    match decision:
        case ActivityCall():
            _require(decision.name, functions.activities(), "an activity", "activity")
        case ChildStart():
            check_orchestrator(decision.name, functions)
        case _ if decision.retry_delay and decision.retry_delay > _LONGEST_TIMER:
            raise OrchestratorFailedError(
                f"The retry interval {decision.retry_delay} is longer than the longest timer, {_LONGEST_TIMER}: "
                "on Azure Storage this instance would stay Running for ever."
            )


def _require(name: str, known: Collection[str], article: str, kind: str) -> None:
    if name in known:  # as nearly always: it saves lowering all names in each turn
        return
    if name.lower() not in (candidate.lower() for candidate in known):
        raise OrchestratorFailedError(
            f"The function '{name}' doesn't exist, is disabled, or is not {article} function. Additional info: "
            f"The following are the known {kind} functions: {', '.join(map(repr, sorted(known)))}."
        )
