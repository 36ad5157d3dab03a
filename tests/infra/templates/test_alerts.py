"""Alerts watch what Azure measures, long enough to lose nothing, and tell somebody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.infra.app import functions
from tests.infra.bicep import Resource, main

NAMESPACE: Final = "Microsoft.ServiceBus/namespaces:sbns-unique0string.id"
TOPIC: Final = "Microsoft.EventGrid/topics:evgt-unique0string.id"
SYSTEM_TOPIC: Final = "Microsoft.EventGrid/systemTopics:egst-unique0string.id"
WORKSPACE: Final = "Microsoft.OperationalInsights/workspaces:log-unique0string.id"
ACTION_GROUP: Final = "Microsoft.Insights/actionGroups:ag-unique0string.id"

# Metric, what it counts on, and how: https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
METRIC_ALERTS: Final = {
    "dead-letters": ("DeadletteredMessages", NAMESPACE, "Maximum"),
    "quarantine": ("ActiveMessages", NAMESPACE, "Maximum"),
    "undelivered-uploads": ("DeadLetteredCount", SYSTEM_TOPIC, "Total"),
    "undelivered-completions": ("DeadLetteredCount", TOPIC, "Total"),
    "dropped-uploads": ("DroppedEventCount", SYSTEM_TOPIC, "Total"),
    "dropped-completions": ("DroppedEventCount", TOPIC, "Total"),
}
SEVERITIES: Final = {
    "dead-letters": 1,
    "overdue-reviews": 1,
    "sweep-missing": 1,
    "unannounced-completions": 1,
}
# https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-metric-alert-rule and ...-log-alert-rule
FREQUENCIES: Final = {"PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT1H"}
WINDOWS: Final = FREQUENCIES | {"PT6H", "PT12H", "P1D"}


def of(kind: str) -> dict[str, Resource]:
    found = {r.name: r for _, r in main().deployed() if r.type == f"Microsoft.Insights/{kind}"}
    assert found
    return found


def minutes(duration: str) -> float:
    match = re.fullmatch(r"PT(\d+)([MH])", duration)
    assert match, duration
    return timedelta(**{"minutes" if match[2] == "M" else "hours": int(match[1])}).total_seconds() / 60


EVERY: Final = of("metricAlerts") | of("scheduledQueryRules")


@pytest.mark.parametrize("name", sorted(METRIC_ALERTS))
def test_a_metric_alert_counts_what_azure_measures_there(name: str) -> None:
    alert = of("metricAlerts")[name]
    (criterion,) = alert.properties["criteria"]["allOf"]
    metric, scope, aggregation = METRIC_ALERTS[name]

    assert (criterion["metricName"], criterion["timeAggregation"]) == (metric, aggregation)
    assert [str(each) for each in alert.properties["scopes"]] == [scope]
    assert criterion.get("metricNamespace", scope.partition(":")[0]) == scope.partition(":")[0]
    assert alert.properties["criteria"]["odata.type"].endswith(".SingleResourceMultipleMetricCriteria")
    assert alert.body["location"] == "global"
    for dimension in criterion.get("dimensions", []):
        assert (dimension["name"], dimension["operator"]) == ("EntityName", "Include")


def test_each_metric_alert_is_one_of_these() -> None:
    assert set(of("metricAlerts")) == set(METRIC_ALERTS)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_alert_fires_at_the_first_case_and_reaches_people(name: str) -> None:
    given: dict[str, Any] = EVERY[name].properties
    (criterion,) = given["criteria"]["allOf"]
    actions = given["actions"]
    groups = actions["actionGroups"] if isinstance(actions, dict) else [each["actionGroupId"] for each in actions]

    assert given["enabled"] is True
    assert (criterion["operator"], criterion["threshold"]) == ("GreaterThan", 0)
    assert [str(group) for group in groups] == [ACTION_GROUP]
    assert given["severity"] == SEVERITIES.get(name, 2)
    assert given["autoMitigate"] is True, "it would never end"


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_alert_looks_as_far_back_as_azure_allows_and_loses_nothing(name: str) -> None:
    """Log lines arrive minutes late: one at the end of a window has to be in the next."""
    given = EVERY[name].properties
    frequency, window = given["evaluationFrequency"], given["windowSize"]
    is_log = EVERY[name].type.endswith("scheduledQueryRules")

    assert frequency in FREQUENCIES and window in WINDOWS
    assert minutes(window) >= minutes(frequency) * (2 if is_log else 1)


@pytest.mark.parametrize("name", sorted(of("scheduledQueryRules")))
def test_a_log_alert_asks_the_workspace_and_needs_one_period(name: str) -> None:
    given = of("scheduledQueryRules")[name].properties
    (criterion,) = given["criteria"]["allOf"]
    periods = criterion["failingPeriods"]

    assert [str(scope) for scope in given["scopes"]] == [WORKSPACE]
    assert criterion["timeAggregation"] == "Count"
    assert 1 == periods["minFailingPeriodsToAlert"] == periods["numberOfEvaluationPeriods"]
    assert given["skipQueryValidation"] is True, "the tables do not exist before the first line"


def test_a_late_sweep_is_not_a_missing_one() -> None:
    (schedule,) = re.findall(r"^0 \*/(\d+) \* \* \* \*$", functions()["sweep_reviews"]["schedule"])
    window = minutes(of("scheduledQueryRules")["sweep-missing"].properties["windowSize"])

    assert window >= 3 * int(schedule)


def test_people_get_alerts_by_mail() -> None:
    (group,) = (r for _, r in main(alertEmail="me@example.org").deployed() if r.type.endswith("/actionGroups"))
    (receiver,) = group.properties["emailReceivers"]

    assert receiver["emailAddress"] == "me@example.org"
    assert group.properties["enabled"] is True
    assert len(group.properties["groupShortName"]) <= 12, "Azure's limit"
    assert of("actionGroups")["ag-unique0string"].properties["emailReceivers"] == []
