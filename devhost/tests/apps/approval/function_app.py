"""An approval that ends after 72 hours."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp()


@app.route("approvals", methods=["POST"])
@app.durable_client_input("client")
async def ask(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return client.create_check_status_response(req, await client.start_new("approval"))


@app.orchestration_trigger("context")
def approval(context: df.DurableOrchestrationContext):
    answer = context.wait_for_external_event("Answer")
    timeout = context.create_timer(context.current_utc_datetime + timedelta(hours=72))
    first = yield context.task_any([answer, timeout])
    if first == timeout:
        return "nobody answered"
    timeout.cancel()  # pyright: ignore[reportAttributeAccessIssue] - the SDK's type is that of any task
    return answer.result
