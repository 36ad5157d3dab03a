"""What other people's apps do, such as calling a service and setting up logging at their import."""

import logging
import logging.config
import os

import azure.durable_functions as df
import azure.functions as func
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import MessagingEntityNotFoundError

try:
    with ServiceBusClient.from_connection_string(os.environ["BUS"], retry_total=0) as bus:
        bus.get_queue_sender("startup").send_messages(ServiceBusMessage("early"))
    FOUND = "sent"
except MessagingEntityNotFoundError:  # the queue is made for the trigger, once the app is loaded
    FOUND = "no queue"

logging.config.dictConfig(
    {
        "version": 1,
        "formatters": {"plain": {"format": "MINE %(message)s"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }
)

app = df.DFApp()


@app.service_bus_queue_trigger("message", "BUS", "startup")
def on_message(message: func.ServiceBusMessage) -> None:
    logging.info("message %s", message.get_body().decode())


@app.timer_trigger("timer", "0 0 0 1 1 *")
def every_year(timer: func.TimerRequest) -> None:
    logging.info("year %s", timer.past_due)


@app.blob_trigger("blob", "PATH/TO/BLOB", "AzureWebJobsStorage")
def on_nothing(blob: func.InputStream) -> None: ...


@app.blob_trigger("blob", "good/{name}", "AzureWebJobsStorage")
def on_good(blob: func.InputStream) -> None:
    logging.info("blob %s", blob.name)


@app.route("import")
def at_import(req: func.HttpRequest) -> str:
    return FOUND


@app.route("forgotten")
def forgotten(req: func.HttpRequest) -> func.HttpResponse:  # pyright: ignore[reportReturnType] - that is the mistake
    logging.info("no return")


@app.route("out", binding_arg_name="answer")
def out(req: func.HttpRequest, answer: func.Out[func.HttpResponse]) -> None:
    answer.set(func.HttpResponse("set", status_code=201))


@app.route("items/recent")
def recent(req: func.HttpRequest) -> str:
    return "recent"


@app.route("items/{id}")
def get_item(req: func.HttpRequest) -> str:
    return f"item {req.route_params['id']}"


@app.route("context")
@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")  # pyright: ignore[reportAttributeAccessIssue] - of a mixin
def show_context(req: func.HttpRequest, context: func.Context) -> str:
    trace = context.trace_context
    return f"{trace.Traceparent} {trace.trace_state} {context.retry_context.max_retry_count}"  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - the worker's names


@app.route("cookie")
def cookie(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(headers={"Set-Cookie": req.params["set"]})


@app.route("fails")
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("as asked")


@app.route("entity")
@app.durable_client_input("client")
async def signal(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    await client.signal_entity(df.EntityId("counter", "one"), "add", 1)
    return func.HttpResponse("added")


@app.route("greet")
@app.durable_client_input("client")
async def greet(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return client.create_check_status_response(req, await client.start_new("greeting", "g-1"))


@app.orchestration_trigger("context")
def greeting(context: df.DurableOrchestrationContext):
    if not context.is_replaying:
        logging.info("greets")
    return (yield context.call_activity("say", "hello"))


@app.activity_trigger("word")
def say(word: str) -> str:
    logging.getLogger("shop").warning("says %s", word, extra={"tries": 1})
    return word
