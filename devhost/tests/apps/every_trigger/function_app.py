"""One function of each trigger. Each appends its arguments to the file $SEEN."""

import asyncio
import datetime
import json
import logging
import os
import time
from pathlib import Path
from typing import List  # noqa: UP035  (the SDK's check knows no list[...])

import azure.durable_functions as df
import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def tell(function: str, **what: object) -> None:
    with Path(os.environ["SEEN"]).open("a") as seen:
        seen.write(json.dumps({"function": function, **what}, default=str) + "\n")


@app.blob_trigger("client", "documents/{name}", "Documents")
@app.durable_client_input("starter")
async def on_blob_client(client: BlobClient, starter: df.DurableOrchestrationClient) -> None:
    if client.blob_name.startswith("bad"):
        raise ValueError("this blob is bad")
    tell("on_blob_client", name=client.blob_name, etag=client.get_blob_properties().etag)


@app.blob_trigger("stream", "documents/{folder}/{file}.txt", "Documents")
def on_blob_stream(stream: func.InputStream) -> None:
    tell(
        "on_blob_stream",
        name=stream.name,
        content=stream.read().decode(),
        length=stream.length,
        uri=stream.uri,
        metadata=stream.metadata,  # pyright: ignore[reportAttributeAccessIssue] - the declared class is abstract
        type=stream.blob_properties["ContentType"],  # pyright: ignore[reportAttributeAccessIssue] - as above
    )


@app.service_bus_queue_trigger("message", "Messages", "%INBOX%")
def on_order(message: func.ServiceBusMessage, context: func.Context) -> None:
    body = message.get_body().decode()
    if body == "poison":
        raise ValueError("this order is poison")
    if body.startswith("slow"):
        time.sleep(float(body.split()[1]))
    tell(
        "on_order",
        body=body,
        id=message.message_id,
        count=message.delivery_count,
        sequence=message.sequence_number,
        enqueued=message.enqueued_time_utc,
        correlation=message.correlation_id,
        subject=message.subject,
        properties=message.application_properties,
        context=[context.function_name, len(context.invocation_id)],
    )


@app.service_bus_queue_trigger("message", "Messages", "%INBOX%/$DeadLetterQueue")
async def on_dead_order(message: func.ServiceBusMessage) -> None:
    tell("on_dead_order", body=message.get_body().decode(), properties=message.application_properties)


@app.service_bus_queue_trigger("messages", "Messages", "batches", cardinality="many")
def on_batch(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006  (as above)
    tell("on_batch", bodies=[m.get_body().decode() for m in messages], ids=[m.message_id for m in messages])


@app.service_bus_queue_trigger("message", "Messages", "binaries", data_type=func.DataType.BINARY)
def on_binary(message: func.ServiceBusMessage) -> None:
    tell("on_binary", body=list(message.get_body()))


@app.service_bus_topic_trigger("message", "Messages", "news", "all")
def on_news(message: func.ServiceBusMessage) -> None:
    tell("on_news", body=message.get_body().decode())


@app.service_bus_queue_trigger("message", "Messages", "conversations", is_sessions_enabled=True)
async def on_word(message: func.ServiceBusMessage) -> None:
    word = message.get_body().decode()
    tell("on_word", session=message.session_id, word=word, count=message.delivery_count, running=True)
    if word == "fails once" and message.delivery_count == 1:
        raise ValueError("this word fails once")
    await asyncio.sleep(0.05)
    tell("on_word", session=message.session_id, word=word, count=message.delivery_count, running=False)


@app.timer_trigger("timer", "0 0 3 * * *")
def every_night(timer: func.TimerRequest) -> None:
    tell("every_night", past_due=timer.past_due)


@app.timer_trigger("timer", "0 0 3 1 1 *", run_on_startup=True)
def at_start(timer: func.TimerRequest) -> None:
    tell("at_start", past_due=timer.past_due)


@app.timer_trigger("timer", "* * * * * *", run_on_startup=True)
def never_runs(timer: func.TimerRequest) -> None:
    tell("never_runs")


@app.route("echo/{word}/{number:int?}", methods=["GET", "POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    answer = {
        "route": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("x-test"),
        "body": list(req.get_body()),
    }
    return func.HttpResponse(json.dumps(answer), status_code=201, headers={"x-answer": "yes"})


@app.route("typed", methods=["POST"])
async def typed(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the body if it is JSON, else with its bytes and a cookie."""
    try:
        body = req.get_json()
    except ValueError as error:
        body = type(error).__name__
    headers = {"Set-Cookie": "seen=yes; Path=/", "Content-Type": "application/json"}
    return func.HttpResponse(json.dumps([body, req.headers.get("Cookie")]), headers=headers)


@app.route("nothing")
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(b"\x00\xff" if req.params.get("binary") else None)


@app.route("keyed", auth_level=func.AuthLevel.FUNCTION)
def keyed(req: func.HttpRequest) -> str:
    return "opened"


@app.route("guarded", auth_level=func.AuthLevel.ADMIN)
def guarded(req: func.HttpRequest) -> str:
    return "opened"


@app.route("fails")
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("as asked")


@app.route("approvals/{id}", methods=["PUT"])
@app.durable_client_input("client")
async def start_approval(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.start_new("approval", req.route_params["id"], req.get_json())
    return client.create_check_status_response(req, req.route_params["id"])


@app.orchestration_trigger("context")
def approval(context: df.DurableOrchestrationContext):
    if not context.is_replaying:
        logging.info("waits for approval")
    deadline = context.current_utc_datetime + datetime.timedelta(hours=72)
    timer = context.create_timer(deadline)
    approved = context.wait_for_external_event("approved")
    winner = yield context.task_any([timer, approved])
    outcome = "approved" if winner is approved else "expired"
    if not timer.is_completed:
        timer.cancel()  # pyright: ignore[reportAttributeAccessIssue] - a TimerTask, declared as TaskBase
    result = yield context.call_activity("conclude", {"id": context.instance_id, "outcome": outcome})
    return result


@app.activity_trigger("work")
async def conclude(work: dict) -> str:
    logging.getLogger("shop").warning("concludes %s", work["outcome"], extra={"tries": 1})
    tell("conclude", **work)
    return f"{work['id']} is {work['outcome']}"
