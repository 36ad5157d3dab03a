"""Log lines name the function and the orchestration instance that they are about."""

from __future__ import annotations

import logging

import azure.functions
import pytest

from devhost.dispatch.context import running_function, running_instance
from devhost.logs import LineFormatter, concerns_the_reader


def test_a_line_for_people_is_coloured_on_a_terminal_only() -> None:
    record = logging.makeLogRecord({"name": "shop", "msg": "late", "levelno": logging.WARNING, "levelname": "WARNING"})
    function = running_function.set("conclude")
    instance = running_instance.set("r-1")
    try:
        plain, coloured = (LineFormatter(coloured=on).format(record) for on in (False, True))
    finally:
        running_instance.reset(instance)
        running_function.reset(function)

    assert plain.endswith("WARNING [conclude r-1] late")
    assert coloured.endswith("\033[33mWARNING \033[0m[\033[36mconclude\033[0m \033[35mr-1\033[0m] late")


def test_a_long_id_is_cut_on_a_terminal_only() -> None:
    digest, uuid = "0123456789abcdef" * 4, "700a4afe-cf00-4000-8000-0123456789ab"
    record = logging.makeLogRecord({"name": "shop", "msg": f"{digest} {uuid}", "levelname": "INFO", "levelno": 20})
    instance = running_instance.set(digest)
    try:
        whole, short = (LineFormatter(coloured=cut, shortened=cut).format(record) for cut in (False, True))
    finally:
        running_instance.reset(instance)

    assert whole.endswith(f"[shop {digest}] {digest} {uuid}")
    assert short.endswith(f"\033[35m0123456789ab…\033[0m] 0123456789ab… {uuid}")


def test_azure_functions_remark_on_an_app_without_http_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    azure.functions.FunctionApp().get_functions()

    (remark,) = caplog.records
    assert not concerns_the_reader(remark)
