"""The workbook is one that Azure shows: each item has the shape, and each query the parameters, that it expects."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

import pytest

from tests.infra.bicep import Resource, main

WORKSPACE: Final = "Microsoft.OperationalInsights/workspaces:log-unique0string.id"
# https://github.com/microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json
PARAMETERS_ITEM, QUERY_ITEM = 9, 3
TEXT, TIME_RANGE = 1, 4
LOGS: Final = 0  # queryType
VISUALIZATIONS: Final = {"table", "barchart", "timechart", "linechart", "areachart", "piechart", "tiles"}


@cache
def workbook() -> Resource:
    (found,) = (r for _, r in main().deployed() if r.type == "Microsoft.Insights/workbooks")
    return found


def content() -> dict[str, Any]:
    return json.loads(workbook().properties["serializedData"])


def contents_of(kind: int) -> list[dict[str, Any]]:
    return [item["content"] for item in content()["items"] if item["type"] == kind]


def parameters() -> dict[str, dict[str, Any]]:
    (item,) = contents_of(PARAMETERS_ITEM)
    return {parameter["name"]: parameter for parameter in item["parameters"]}


CHARTS: Final = {chart["title"]: chart for chart in contents_of(QUERY_ITEM)}


def test_it_is_a_shared_workbook_of_the_workspace() -> None:
    assert workbook().body["kind"] == "shared"
    assert workbook().name.startswith("guid("), "Azure takes no other name"
    assert workbook().properties["category"] == "workbook"
    assert str(workbook().properties["sourceId"]) == WORKSPACE
    assert content()["version"] == "Notebook/1.0"
    assert content()["fallbackResourceIds"] == [WORKSPACE], "opened elsewhere it would ask nobody"


def test_its_first_item_has_the_parameters_and_the_others_a_query_each() -> None:
    items = content()["items"]

    assert [item["type"] for item in items] == [PARAMETERS_ITEM, *[QUERY_ITEM] * (len(items) - 1)]
    assert len(CHARTS) == len(items) - 1 == 7
    assert len({item["name"] for item in items}) == len(items)


def test_its_parameters_are_a_period_and_a_review() -> None:
    given = parameters()

    assert {name: parameter["type"] for name, parameter in given.items()} == {"Period": TIME_RANGE, "Review": TEXT}
    (item,) = contents_of(PARAMETERS_ITEM)
    assert {item["version"], *(parameter["version"] for parameter in given.values())} == {"KqlParameterItem/1.0"}
    assert len({parameter["id"] for parameter in given.values()}) == len(given)
    selectable = [each["durationMs"] for each in given["Period"]["typeSettings"]["selectableValues"]]
    assert given["Period"]["isRequired"] is True
    assert given["Period"]["value"]["durationMs"] in selectable


@pytest.mark.parametrize("title", sorted(CHARTS))
def test_a_chart_asks_the_workspace_for_the_chosen_period(title: str) -> None:
    chart = CHARTS[title]

    assert chart["version"] == "KqlItem/1.0"
    assert chart["queryType"] == LOGS
    assert chart["resourceType"] == "microsoft.operationalinsights/workspaces"
    assert chart["crossComponentResources"] == [WORKSPACE]
    assert chart["timeContextFromParameter"] == "Period"
    assert chart["visualization"] in VISUALIZATIONS
    assert chart["query"].strip()


@pytest.mark.parametrize("title", sorted(CHARTS))
def test_a_query_reads_parameters_that_exist(title: str) -> None:
    query = "\n".join(line for line in CHARTS[title]["query"].splitlines() if not line.startswith("//"))
    read = set(re.findall(r"\{(\w+)\}", query))

    assert read == ({"Review"} if title.startswith("One review") else set())


@pytest.mark.parametrize("alert", [r for _, r in main().deployed() if r.type.endswith("scheduledQueryRules")])
def test_an_alert_has_no_parameters(alert: Resource) -> None:
    (criterion,) = alert.properties["criteria"]["allOf"]

    assert not re.findall(r"\{\w+\}", criterion["query"])
