"""host.json is one that the host accepts, and its limits fit those of Azure and of the app."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator

from infra.package import host_json
from reviews import inspecting
from reviews.documents import copying
from tests.infra.bicep import INFRA, Template

ROOT: Final = INFRA.parent
SCHEMA: Final = json.loads((Path(__file__).parent / "host.schema.json").read_text(encoding="utf-8"))
HOST: Final[dict[str, Any]] = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))


def seconds(text: str) -> float:
    hours, minutes, rest = (int(part) for part in text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=rest).total_seconds()


def test_host_json_follows_its_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)

    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(HOST)] == []


def test_the_schema_would_notice_a_misspelt_setting() -> None:
    durable = {**HOST["extensions"]["durableTask"], "maxConcurrentActivityFunction": 1}
    misspelt = {**HOST, "extensions": {**HOST["extensions"], "durableTask": durable}}

    assert not Draft7Validator(SCHEMA).is_valid(misspelt)


def test_no_function_may_run_as_long_as_the_time_out() -> None:
    time_out = seconds(HOST["functionTimeout"])

    assert time_out > inspecting._MOST_SECONDS
    assert time_out > copying._MOST_SECONDS_TO_VERIFY


def test_a_message_stays_locked_as_long_as_a_function_may_run() -> None:
    renewed = seconds(HOST["extensions"]["serviceBus"]["maxAutoLockRenewalDuration"])

    assert renewed > seconds(HOST["functionTimeout"])
    assert "prefetchCount" not in HOST["extensions"]["serviceBus"], "the locks of waiting messages would expire"


def test_orchestrations_are_looked_for_at_least_every_ten_seconds() -> None:
    polling = HOST["extensions"]["durableTask"]["storageProvider"]["maxQueuePollingInterval"]

    assert seconds(polling) <= 10  # the documentation's advice for Flex Consumption


def test_what_alerts_read_is_neither_filtered_nor_sampled() -> None:
    logging = HOST["logging"]

    assert logging["logLevel"]["Function"] == "Information"
    assert logging["logLevel"]["Host.Triggers.DurableTask"] == "Information"
    assert {"Trace", "Exception"} <= set(logging["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";"))


def test_the_schedulers_package_names_a_setting_that_azure_sets() -> None:
    provider = json.loads(host_json(ROOT, "scheduler"))["extensions"]["durableTask"]["storageProvider"]
    settings = Template(INFRA / "modules/function-app.bicep").variable("schedulerSettings")

    assert provider["type"] == "azureManaged"
    assert [setting["name"] for setting in settings] == [provider["connectionStringName"]]
