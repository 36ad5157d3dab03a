"""Queries name only what there is: columns of the two tables, functions of Kusto, and what they have defined before."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import pytest

from adapters.telemetry import Repair
from compliance.outcome import Answer, Outcome
from contracts.names import LONGEST_GRACE
from tests.infra.app import functions
from tests.infra.bicep import INFRA, main

QUERIES: Final = {path.stem: path.read_text(encoding="utf-8") for path in (INFRA / "queries").glob("*.kql")}
# https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces and .../storagebloblogs
COLUMNS: Final = {
    "AppTraces": {"TimeGenerated", "Message", "Properties", "SeverityLevel", "OperationId", "AppRoleName"},
    "StorageBlobLogs": {"TimeGenerated", "OperationName", "Etag", "StatusText", "StatusCode", "ObjectKey", "Uri"},
}
# What the Durable extension logs for each step of a function (EndToEndTraceHelper.cs).
DURABLE: Final = {"prop__functionName", "prop__functionType", "prop__instanceId", "prop__state", "prop__reason"}
FUNCTION_TYPES: Final = {
    "Orchestrator": "orchestrationTrigger",
    "Activity": "activityTrigger",
    "Entity": "entityTrigger",
}
STATES: Final = {"Scheduled", "Started", "Awaited", "Listening", "Completed", "Failed", "Terminated"}
# The part of Kusto that these queries use.
KUSTO: Final = {
    *(
        "where",
        "parse",
        "with",
        "extend",
        "project",
        "summarize",
        "by",
        "order",
        "asc",
        "union",
        "isfuzzy",
        "true",
        "let",
    ),
    *("startswith", "has", "and", "or", "isnotnull", "isnotempty", "take"),
    *("tostring", "todouble", "toint", "todatetime", "toscalar", "parse_json", "strcat", "trim"),
    *("count", "min", "take_any", "percentile", "bin"),
}


def words(query: str) -> str:
    """Return a query without its comments and strings."""
    return re.sub(r"'[^']*'", "''", re.sub(r"//.*", "", query))


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_name_is_known(name: str) -> None:
    text = words(QUERIES[name])
    defined = set(re.findall(r"\b(\w+)\s*=(?!=)", text)) | set(re.findall(r"'' (\w+)", text))
    for line in re.findall(r"parse \w+ with (.*)", text):
        defined |= set(re.findall(r"\b[a-z]\w*", line))
    tables = {table for table in COLUMNS if re.search(rf"\b{table}\b", text)}
    columns = set[str]().union(*(COLUMNS[table] for table in tables))
    used = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", text))

    assert tables
    assert used - defined <= KUSTO | tables | columns


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_what_durable_functions_log_is_read_as_it_is_logged(name: str) -> None:
    properties = re.findall(r"Properties\.(\w+)", QUERIES[name])
    compared = dict(re.findall(r"Properties\.(\w+)\) == '(\w+)'", QUERIES[name]))

    assert set(properties) <= DURABLE
    if "prop__functionType" in compared:
        kinds = {trigger["type"] for trigger in functions().values()}
        assert FUNCTION_TYPES[compared["prop__functionType"]] in kinds
    assert compared.get("prop__state", "Failed") in STATES


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_condition_compares_and_with_a_word_that_is_told(name: str) -> None:
    told = {*map(str, Outcome), *map(str, Answer), *map(str, Repair), *STATES, *FUNCTION_TYPES}
    conditions = re.findall(r"^\s*(?:\| where|and|or) (.*)$", re.sub(r"//.*", "", QUERIES[name]), re.MULTILINE)
    unequal = re.sub(r"[=!<>]=|=~|!~", "", words("\n".join(conditions)))

    assert "=" not in unequal, "one = gives a name to a column"
    assert set(re.findall(r"(?:==|\bhas) '(\w+)'", QUERIES[name])) <= told


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_table_that_has_no_line_yet_is_no_error_beside_another(name: str) -> None:
    assert "true" in re.findall(r"\bunion isfuzzy=(\w+)", QUERIES[name]) or "union" not in QUERIES[name]


def test_a_missing_sweep_is_one_row() -> None:
    """An alert counts rows, and without a summary there would be none."""
    assert QUERIES["sweep-missing"].splitlines()[-2:] == ["| summarize sweeps = count()", "| where sweeps == 0"]


def used_by_alerts() -> dict[str, dict[str, Any]]:
    rules = [r for _, r in main().deployed() if r.type.endswith("scheduledQueryRules")]
    return {rule.name: rule.properties for rule in rules}


def test_an_alert_asks_its_own_query_and_a_chart_its_own() -> None:
    for name, rule in used_by_alerts().items():
        (criterion,) = rule["criteria"]["allOf"]
        assert criterion["query"] == QUERIES[name], name


def test_a_review_is_overdue_once_its_grace_is_over_and_three_sweeps_had_time() -> None:
    (schedule,) = re.findall(r"^0 \*/(\d+) ", functions()["sweep_reviews"]["schedule"])
    patience = timedelta(minutes=3 * int(schedule))
    (overdue,) = re.findall(r"> todatetime\(facts\.earliestDeadline\) \+ (\d+)m", QUERIES["overdue-reviews"])
    (unannounced,) = re.findall(r"> todatetime\(facts\.earliestClosing\) \+ (\d+)m", QUERIES["unannounced-completions"])

    assert timedelta(minutes=int(overdue)) == LONGEST_GRACE + patience
    assert timedelta(minutes=int(unannounced)) == patience
