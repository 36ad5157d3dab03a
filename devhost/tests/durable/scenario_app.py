"""Ordinary orchestrations, one for each behaviour of the hub. The tests load it as a user's app."""

import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger(input_name="text")
def shout(text: str) -> str:
    return f"{text}!"


@app.activity_trigger(input_name="number")
def double(number: int) -> int:
    return number * 2


@app.activity_trigger(input_name="reason")
def fail(reason: str) -> None:
    raise ValueError(reason)


@app.activity_trigger(input_name="path")
def fail_twice(path: str) -> str:
    """Count attempts in a file, so that the count outlives the process."""
    with Path(path).open("a+", encoding="utf-8") as attempts:
        attempts.write("x")
        attempts.seek(0)
        count = len(attempts.read())
    if count < 3:
        raise RuntimeError(f"attempt {count}")
    return f"attempt {count}"


@app.activity_trigger(input_name="seconds")
def work(seconds: float) -> str:
    time.sleep(seconds)
    return f"worked {seconds}"


@app.activity_trigger(input_name="path")
def end_at_the_second_run(path: str) -> str:
    """Never end in the first run, which is there to be killed."""
    with Path(path).open("a+", encoding="utf-8") as runs:
        runs.write("x")
        runs.seek(0)
        count = len(runs.read())
    if count == 1:
        time.sleep(600)
    return f"run {count}"


@app.orchestration_trigger(context_name="context")
def interrupted(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("end_at_the_second_run", context.get_input()))


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    first = yield context.call_activity("shout", context.get_input())
    second = yield context.call_activity("shout", first)
    return (yield context.call_activity("shout", second))


@app.orchestration_trigger(context_name="context")
def fan_out(context: df.DurableOrchestrationContext):
    results = yield context.task_all([context.call_activity("double", n) for n in range(20)])
    return sum(results)


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext):
    context.set_custom_status({"waiting": True})
    yield context.call_activity("shout", "please decide")
    deadline = context.create_timer(context.current_utc_datetime + timedelta(hours=72))
    decision = context.wait_for_external_event("Decision")
    winner = yield context.task_any([decision, deadline])
    if winner == deadline:
        return "expired"
    deadline.cancel()  # pyright: ignore[reportAttributeAccessIssue] - a TimerTask, declared as TaskBase
    return (yield context.call_activity("shout", decision.result))


@app.orchestration_trigger(context_name="context")
def patient(context: df.DurableOrchestrationContext):
    """Wait eight days, which takes more than one timer of the Azure Storage backend."""
    start = context.current_utc_datetime
    yield context.create_timer(start + timedelta(days=8))
    return (context.current_utc_datetime - start).days


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    return (yield context.call_activity_with_retry("fail_twice", df.RetryOptions(60_000, 3), context.get_input()))


@app.orchestration_trigger(context_name="context")
def exhausted(context: df.DurableOrchestrationContext):
    try:
        yield context.call_activity_with_retry("fail", df.RetryOptions(60_000, 2), "no")
    except Exception as error:
        return str(error).splitlines()[0]


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    named = yield context.call_sub_orchestrator("chain", "named", f"{context.instance_id}-child")
    unnamed = yield context.call_sub_orchestrator("chain", "unnamed")
    return [named, unnamed]


@app.orchestration_trigger(context_name="context")
def parent_of_failing(context: df.DurableOrchestrationContext):
    try:
        yield context.call_sub_orchestrator("failing", None)
    except Exception as error:
        return str(error).splitlines()[0]


@app.orchestration_trigger(context_name="context")
def failing(context: df.DurableOrchestrationContext):
    yield context.call_activity("fail", "broken")


@app.orchestration_trigger(context_name="context")
def counter(context: df.DurableOrchestrationContext):
    """Continue as new for every event until three have been added up."""
    state = context.get_input() or {"sum": 0, "seen": 0}
    added = yield context.wait_for_external_event("Add")
    state = {"sum": state["sum"] + int(added), "seen": state["seen"] + 1}
    if state["seen"] == 3:
        return state
    context.continue_as_new(state)


@app.orchestration_trigger(context_name="context")
def restless(context: df.DurableOrchestrationContext):
    """Continue as new without end and without doing anything else."""
    if not context.get_input():
        yield context.call_sub_orchestrator("restless", "as a child")
        context.continue_as_new(None)


@app.orchestration_trigger(context_name="context")
def eternal(context: df.DurableOrchestrationContext):
    """Continue as new five times without waiting."""
    generation = context.get_input() or 0
    context.set_custom_status(f"generation {generation}")
    yield context.call_activity("double", generation)
    if generation < 5:
        context.continue_as_new(generation + 1)
        return None
    return f"generation {generation}"


@app.orchestration_trigger(context_name="context")
def waiter(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("Go"))


@app.orchestration_trigger(context_name="context")
def waits_twice(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    first = yield context.wait_for_external_event("Go")
    second = yield context.wait_for_external_event("Go")
    return [first, second]


@app.orchestration_trigger(context_name="context")
def waits_again(context: df.DurableOrchestrationContext):
    """Wait again for an event after a timer has won against the first wait for it."""
    first = context.wait_for_external_event("Go")
    yield context.task_any([first, context.create_timer(context.current_utc_datetime + timedelta(hours=1))])
    return (yield context.wait_for_external_event("Go"))


@app.orchestration_trigger(context_name="context")
def status_of_the_generation_before(context: df.DurableOrchestrationContext):
    """Set a status in the first generation only."""
    if not context.get_input():
        context.set_custom_status("set")
        yield context.call_activity("double", 1)
        context.continue_as_new("second")
        return None
    yield context.wait_for_external_event("Go")
    yield context.wait_for_external_event("Stop")


@app.orchestration_trigger(context_name="context")
def version(context: df.DurableOrchestrationContext):
    """Return the versions of this instance and, if it has no parent, of two children."""
    if context.parent_instance_id:
        return context.version
    named = yield context.call_sub_orchestrator("version", None, version=context.get_input())
    unnamed = yield context.call_sub_orchestrator("version", None)
    return [context.version, named, unnamed]


@app.orchestration_trigger(context_name="context")
def version_of_a_later_generation(context: df.DurableOrchestrationContext):
    if context.get_input():
        return context.version
    yield context.call_activity("double", 1)
    context.continue_as_new("second")


@app.orchestration_trigger(context_name="context")
def unknown_activity(context: df.DurableOrchestrationContext):
    yield context.call_activity("no_such_activity", 1)


@app.orchestration_trigger(context_name="context")
def unknown_child(context: df.DurableOrchestrationContext):
    yield context.call_sub_orchestrator("no_such_orchestrator", 1)


@app.orchestration_trigger(context_name="context")
def entity_caller(context: df.DurableOrchestrationContext):
    yield context.call_entity(df.EntityId("counter", "one"), "add", 1)


@app.orchestration_trigger(context_name="context")
def http_caller(context: df.DurableOrchestrationContext):
    yield context.call_http("GET", "http://127.0.0.1:1/")


@app.orchestration_trigger(context_name="context")
def impatient(context: df.DurableOrchestrationContext):
    """Retry after an interval beyond the longest timer of the Azure Storage backend."""
    seven_days = 7 * 24 * 3600 * 1000
    yield context.call_activity_with_retry("fail", df.RetryOptions(seven_days, 3), "no")


@app.orchestration_trigger(context_name="context")
def not_a_generator(context: df.DurableOrchestrationContext):
    raise ValueError("raised without a yield")


@app.orchestration_trigger(context_name="context")
def exits(context: df.DurableOrchestrationContext):
    raise SystemExit("enough")


turns_taken: dict[str, int] = {}


@app.orchestration_trigger(context_name="context")
def changed_while_waiting(context: df.DurableOrchestrationContext):
    """Call another activity in each replay, as after a deployment between two turns."""
    turns_taken[context.instance_id] = turns_taken.get(context.instance_id, 0) + 1
    yield context.call_activity("shout" if turns_taken[context.instance_id] == 1 else "double", 1)


@app.orchestration_trigger(context_name="context")
def long_status(context: df.DurableOrchestrationContext):
    context.set_custom_status("x" * (context.get_input() or 0))
    yield context.call_activity("double", 1)
    return "ok"


@app.orchestration_trigger(context_name="context")
def forgotten_timer(context: df.DurableOrchestrationContext):
    """End while a timer of an hour is open: Azure completes only once it has fired."""
    timer = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    yield context.task_any([context.call_activity("double", 1), timer])
    return "done"


@app.orchestration_trigger(context_name="context")
def slow(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("work", context.get_input()))


@app.orchestration_trigger(context_name="context")
def nap(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=300))
    return (yield context.call_activity("work", 0.2))
