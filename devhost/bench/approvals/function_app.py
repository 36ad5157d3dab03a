"""The app of the durable hub's benchmark: approvals that wait for an event or a deadline of 72 hours."""

from datetime import timedelta

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger(input_name="document")
def notify(document: str) -> str:
    return f"asked about {document}"


@app.activity_trigger(input_name="decision")
def publish(decision: dict) -> str:
    return "published" if decision["approved"] else "archived"


@app.orchestration_trigger(context_name="context")
def approval(context: df.DurableOrchestrationContext):
    yield context.call_activity("notify", context.instance_id)
    deadline = context.create_timer(context.current_utc_datetime + timedelta(hours=72))
    decision = context.wait_for_external_event("Decision")
    winner = yield context.task_any([decision, deadline])
    if winner == deadline:
        return "expired"
    deadline.cancel()  # pyright: ignore[reportAttributeAccessIssue] - a TimerTask, declared as TaskBase
    return (yield context.call_activity("publish", decision.result))
