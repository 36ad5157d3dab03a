"""What cannot run is refused on loading, with file, function and parameter."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devhost.app.functions import Function
from devhost.app.loader import load_functions
from devhost.app.settings import Settings
from devhost.errors import StartError

HEAD = """
from typing import List
import azure.functions as func
import azure.durable_functions as df
from azurefunctions.extensions.bindings.blob import BlobClient
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
Load = Callable[..., list[Function]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads an app of HEAD and the given code."""

    def load_app(code: str, head: str = HEAD, **settings: str) -> list[Function]:
        (tmp_path / "function_app.py").write_text(head + code)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.delitem(sys.modules, "function_app", raising=False)
        try:
            return load_functions(tmp_path, Settings(settings, {}))
        finally:
            sys.modules.pop("function_app", None)

    return load_app


def test_functions_come_with_their_trigger_and_settings_resolved(load: Load) -> None:
    code = """
@app.function_name("take_order")
@app.service_bus_queue_trigger("message", "Messages", "%QUEUE%-in")
@app.durable_client_input("client")
async def on_order(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient, context: func.Context): ...
"""
    (function,) = load(code, QUEUE="orders")

    assert (function.name, function.trigger.type, function.is_async) == ("take_order", "serviceBusTrigger", True)
    assert function.trigger.options["queueName"] == "orders-in"
    assert [binding.type for binding in function.inputs] == ["durableClient"]
    assert function.wants_context


def test_an_orchestrator_and_an_activity_have_their_durable_names(load: Load) -> None:
    code = """
@app.orchestration_trigger("context", orchestration="Review")
def review(context):
    yield
@app.activity_trigger("work")
def do(work: str): ...
"""
    assert [function.durable_name for function in load(code)] == ["Review", "do"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t: func.TimerRequest, extra): ...',
            "function_app.py:7, function f: parameter extra has no binding",
            id="parameter without binding",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(): ...',
            "function f: binding t has no parameter",
            id="binding without parameter",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\n@app.durable_client_input("c")\ndef f(t, c): ...',
            "takes the durable client c, so it must be an `async def`",
            id="sync client function",
        ),
        pytest.param(
            '@app.orchestration_trigger("context")\nasync def f(context): ...',
            "orchestrator must be a plain generator",
            id="async orchestrator",
        ),
        pytest.param(
            '@app.cosmos_db_trigger("d", "c", "db", "x")\ndef f(d: func.DocumentList): ...',
            "no trigger of type 'cosmosDBTrigger'",
            id="unknown trigger",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\n@app.queue_output("q", "x", "S")\n'
            "def f(t: func.TimerRequest, q: func.Out[str]): ...",
            "no out binding of type 'queue'",
            id="unknown output",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t: func.ServiceBusMessage): ...',
            "parameter t cannot be a",
            id="wrong annotation",
        ),
        pytest.param(
            '@app.service_bus_queue_trigger("m", "C", "q", cardinality="many")\n'
            "def f(m: list[func.ServiceBusMessage]): ...",
            "typing.List",
            id="builtin list, which the SDK does not know",
        ),
        pytest.param(
            '@app.service_bus_queue_trigger("m", "C", "%MISSING%")\ndef f(m: func.ServiceBusMessage): ...',
            "binding m, queueName: setting 'MISSING' is not set",
            id="missing setting",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t: Unknown): ...',
            "function_app.py:8: NameError",
            id="import error with its line",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t): ...\n'
            '@app.function_name("F")\n@app.timer_trigger("t", "0 0 * * * *")\ndef g(t): ...',
            "function name 'f'",
            id="one name in two cases",
        ),
        pytest.param(
            '@app.activity_trigger("x", activity="Act")\ndef f(x): ...\n@app.activity_trigger("x")\ndef act(x): ...',
            "activity name 'act'",
            id="one activity name twice",
        ),
        pytest.param(
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t): ...\n'
            '@app.timer_trigger("t", "0 0 * * * *")\ndef f(t): ...',
            "does not have a unique function name",
            id="one name twice",
        ),
        pytest.param(
            '@app.function_name("1f")\n@app.timer_trigger("t", "0 0 * * * *")\ndef f(t): ...',
            "a function name is a letter",
            id="bad name",
        ),
        pytest.param("other = df.DFApp()", "exactly one", id="two apps"),
        pytest.param("del app", "found none", id="no app"),
        pytest.param("1 / 0", "function_app.py:7: ZeroDivisionError", id="fails at import"),
    ],
)
def test_what_cannot_run_is_refused_with_the_place(load: Load, code: str, says: str) -> None:
    with pytest.raises(StartError) as refusal:
        load(code)
    assert says in str(refusal.value)


@pytest.mark.parametrize("head", ["", "from rules import Wrong\n"], ids=["in function_app", "in a module of the app"])
def test_an_error_of_the_app_s_own_is_shown_by_its_text_alone(load: Load, tmp_path: Path, head: str) -> None:
    definition = "class Wrong(Exception): ...\n"
    (tmp_path / "rules.py").write_text(definition)
    with pytest.raises(StartError, match=r"^rules\.yaml:3: no such key$"):
        load((head or definition) + 'raise Wrong("rules.yaml:3: no such key")')
    sys.modules.pop("rules", None)


def test_a_folder_without_an_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"function_app\.py is missing: --app names"):
        load_functions(tmp_path, Settings({}, {}))


def test_an_app_of_the_v1_model_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "HttpStart").mkdir()
    (tmp_path / "HttpStart" / "function.json").write_text("{}")
    with pytest.raises(StartError, match=r"there is HttpStart/function\.json: this app uses the v1 model"):
        load_functions(tmp_path, Settings({}, {}))


def test_everything_that_is_not_there_is_named_in_one_refusal_with_what_switches_it_off(load: Load) -> None:
    code = """
@app.queue_trigger("item", "orders", "Store")
@app.blob_output("copy", "a/b", "Store")
def on_item(item: func.QueueMessage, copy: func.Out[str]): ...
@app.event_grid_trigger("event")
def on_event(event: func.EventGridEvent): ...
@app.activity_trigger("x")
def wrong(x, y): ...
@app.activity_trigger("x")
def good(x): ...
"""
    with pytest.raises(StartError) as refusal:
        load(code)
    assert str(refusal.value).splitlines() == [
        "function_app.py:8, function on_item: devhost has no trigger of type 'queueTrigger' (parameter item), no out"
        " binding of type 'blob' (parameter copy).",
        "function_app.py:11, function on_event: devhost has no trigger of type 'eventGridTrigger' (parameter event).",
        "function_app.py:13, function wrong: parameter y has no binding; add a decorator for it or remove it.",
        "To run the rest of the app, add to Values in its local.settings.json: "
        '"AzureWebJobs.on_item.Disabled": "true", "AzureWebJobs.on_event.Disabled": "true"',
    ]


def test_http_streaming_is_named_as_what_devhost_does_not_have(load: Load) -> None:
    code = 'class Request: ...\nRequest.__module__ = "starlette.requests"\n@app.route("x")\ndef f(req: Request): ...'
    with pytest.raises(StartError, match=r"devhost has no HTTP streaming \(parameter req is a request of starlette"):
        load(code)


def test_the_place_is_the_app_s_behind_a_decorator_of_a_library_too(load: Load, tmp_path: Path) -> None:
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "bare_decorator.py").write_text("def traced(f):\n    def inner(t): return f(t)\n    return inner\n")
    head = f"import sys\nsys.path.append({str(library)!r})\nfrom bare_decorator import traced{HEAD}"
    with pytest.raises(StartError, match=r"function_app\.py:9, function inner: parameter t has no binding"):
        load('@app.route("x")\n@traced\ndef f(t): ...', head)
    sys.modules.pop("bare_decorator")


def test_an_app_that_ends_the_process_at_its_import_is_refused(load: Load) -> None:
    with pytest.raises(StartError, match=r"function_app\.py:8: SystemExit: no database"):
        load('sys.exit("no database")', "import sys\n" + HEAD)


def test_a_retry_policy_without_effect_is_named(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    load(
        '@app.route("x")\n'
        '@app.retry(strategy="fixed_delay", max_retry_count="3", delay_interval="00:00:01")\n'
        "def f(req: func.HttpRequest) -> str: ..."
    )
    assert "function f: a retry policy has no effect with httpTrigger, as on Azure" in caplog.text


def test_an_entity_is_left_out_with_a_warning_and_the_rest_of_the_app_runs(
    load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    code = (
        '@app.entity_trigger("context")\ndef counter(context): ...\n'
        '@app.activity_trigger("work")\ndef do(work: str): ...'
    )
    assert [function.name for function in load(code)] == ["do"]
    assert "function_app.py:7, function counter: devhost serves no entities" in caplog.text


def test_a_function_that_is_switched_off_may_have_a_binding_that_is_not_there(load: Load) -> None:
    code = '@app.queue_trigger("item", "orders", "Store")\ndef on_item(item: func.QueueMessage): ...'
    with pytest.raises(StartError, match=r'"AzureWebJobs\.on_item\.Disabled": "true"'):
        load(code)
    assert [function.name for function in load(code, **{"AzureWebJobs.on_item.Disabled": "true"})] == ["on_item"]
