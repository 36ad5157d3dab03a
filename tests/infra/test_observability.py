"""Alerts and workbook query what the app logs, by the names under which it logs it; and it logs no content."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from adapters import telemetry
from compliance.outcome import Answer, Outcome, ReviewState
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, open_review
from tests.infra.bicep import INFRA, main

QUERIES: Final = {path.stem: path.read_text(encoding="utf-8") for path in (INFRA / "queries").glob("*.kql")}
ALERTS: Final = ("Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules")
CLOSED_AT: Final = REQUESTED_AT + timedelta(hours=5)
CLOSED: Final = replace(
    open_review(), state=ReviewState.CLOSED, outcome=Outcome.APPROVED, closed_at=CLOSED_AT, location="published/x"
)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> dict[str, dict[str, Any]]:
    """Return the facts of every line that the app can log, by its name."""
    caplog.set_level(logging.INFO)
    telemetry.log_review_opened(open_review())
    telemetry.log_decisions_requested(open_review(), "request")
    telemetry.log_decision_answered(open_review(), Answer.LATE)
    telemetry.log_review_closed(CLOSED)
    telemetry.log_review_announced(CLOSED.review_id)
    backlog = telemetry.Backlog()
    for head in (open_review(), CLOSED, replace(open_review(), deadline=DEADLINE + timedelta(days=1))):
        backlog.add(head)
    backlog.count_repair(telemetry.Repair.ORCHESTRATION_STARTED, CLOSED.review_id)
    telemetry.log_sweep_finished(backlog, 0)
    lines = (record.getMessage().split(" ", 1) for record in caplog.records)
    return {name: json.loads(facts) for name, facts in lines}


def without_comments(query: str) -> str:
    return "\n".join(line for line in query.splitlines() if not line.startswith("//"))


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_asks_only_for_what_is_told(name: str, told: dict[str, dict[str, Any]]) -> None:
    query = without_comments(QUERIES[name])
    wanted = re.findall(r"startswith '([a-z.]+ ?)'", query)
    lines = {line: facts for line, facts in told.items() if any(f"{line} ".startswith(start) for start in wanted)}

    assert all(any(f"{line} ".startswith(start) for line in told) for start in wanted), wanted
    known = {fact for facts in lines.values() for fact in facts}
    assert set(re.findall(r"facts\.(\w+)", query)) <= known


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_is_well_formed(name: str) -> None:
    """Not a parser: tables that exist, brackets and quotes that close, steps that Kusto has."""
    query = without_comments(QUERIES[name])
    bare = re.sub(r"'[^'\n]*'", "''", query)

    assert bare.count("'") % 2 == 0
    assert all(bare.count(one) == bare.count(other) for one, other in ("()", "[]", "{}"))
    assert set(re.findall(r"\b[A-Z]\w+(?=\n\s*\|)", bare)) <= {"AppTraces", "StorageBlobLogs"}
    steps = set(re.findall(r"^\s*\(?\| (\w+)", bare, re.MULTILINE))
    assert steps <= {"where", "parse", "extend", "project", "summarize", "order"}, steps


def test_every_query_is_used() -> None:
    used = "".join((INFRA / "modules" / f"{m}.bicep").read_text(encoding="utf-8") for m in ("alerts", "workbook"))

    assert set(re.findall(r"\.\./queries/([\w-]+)\.kql", used)) == set(QUERIES)


def test_facts_are_told_as_the_queries_compare_them(told: dict[str, dict[str, Any]]) -> None:
    assert told["review.closed"]["outcome"] == "approved"
    assert told["review.closed"]["seconds"] == timedelta(hours=5).total_seconds()
    assert told["decision.answered"]["answer"] == "late"
    sweep = told["sweep.finished"]

    assert (sweep["open"], sweep["decided"], sweep["unannounced"]) == (2, 0, 1)
    assert sweep["repairs"] == 1
    assert told["sweep.repaired"] == {"repair": "orchestration_started", "reviewId": CLOSED.review_id}
    assert sweep["earliestDeadline"] == DEADLINE.isoformat()
    assert sweep["earliestClosing"] == CLOSED_AT.isoformat()


def test_no_name_of_a_document_or_person_is_told(told: dict[str, dict[str, Any]]) -> None:
    everything = json.dumps(told)

    assert open_review().document.name not in everything
    assert SUBMITTER not in everything
    assert "published/x" not in everything


def test_every_alert_has_a_runbook_and_somebody_to_call() -> None:
    runbooks = (INFRA.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    alerts = [resource for _, resource in main().deployed() if resource.type in ALERTS]

    assert {alert.name for alert in alerts} == set(re.findall(r"^### `([\w-]+)`$", runbooks, re.MULTILINE))
    assert len(alerts) == len({alert.name for alert in alerts})
    assert all("actionGroups:ag-unique0string.id" in str(alert.properties["actions"]) for alert in alerts)


def test_queues_that_alerts_watch_exist() -> None:
    deployed = list(main().deployed())
    entities = {r.name for _, r in deployed if re.search(r"namespaces/(queues|topics)$", r.type)}
    watched: set[str] = set()
    for _, alert in deployed:
        if alert.type == ALERTS[0]:
            for dimension in alert.properties["criteria"]["allOf"][0].get("dimensions", []):
                watched |= set(dimension["values"])

    # Together they watch everything: what is refused, and what nobody could process.
    assert watched == entities
