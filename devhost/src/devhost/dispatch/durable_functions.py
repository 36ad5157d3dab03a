"""The app's orchestrators and activities as the durable hub invokes them (ports.DurableFunctions)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from azure.functions.meta import Datum

from devhost.app.functions import Function
from devhost.dispatch.context import running_function, running_instance
from devhost.dispatch.invoker import Invoker


class HostedDurableFunctions:
    def __init__(self, functions: Sequence[Function], invoker: Invoker) -> None:
        self._orchestrators = _by_name(functions, "orchestrationTrigger")
        self._activities = _by_name(functions, "activityTrigger")
        self._orchestrator_names = frozenset(function.durable_name for function in self._orchestrators.values())
        self._activity_names = frozenset(function.durable_name for function in self._activities.values())
        self._invoker = invoker

    def orchestrators(self) -> Collection[str]:
        return self._orchestrator_names

    def activities(self) -> Collection[str]:
        return self._activity_names

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        function = self._orchestrators[name.lower()]
        token = running_function.set(function.name)
        instance = running_instance.set(instance_id)
        try:
            result = self._invoker.call(function, Datum(context, "string"), {})
        finally:
            running_instance.reset(instance)
            running_function.reset(token)
        if result is None:
            raise TypeError(f"Orchestrator {name} returned nothing, but the Durable SDK always returns a state.")
        return result.value

    async def run_activity(self, name: str, instance_id: str, text: str | None) -> str | None:
        function = self._activities[name.lower()]
        metadata = {"instanceId": Datum(instance_id, "string")}
        instance = running_instance.set(instance_id)
        try:
            result = await self._invoker.invoke(function, Datum("null" if text is None else text, "string"), metadata)
        finally:
            running_instance.reset(instance)
        return None if result is None else result.value


def _by_name(functions: Sequence[Function], trigger: str) -> dict[str, Function]:
    return {function.durable_name.lower(): function for function in functions if function.trigger.type == trigger}
