"""The SDK gets the same moments and values faster, and an unknown SDK is not changed."""

from __future__ import annotations

import inspect
import sys
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from azure.durable_functions.models import DurableOrchestrationContext
from azure.durable_functions.models.history.HistoryEvent import HistoryEvent
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType
from dateutil.parser import parse as stock_parse

from devhost.durable.engine import replay_speed


@pytest.fixture
def sdk_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the SDK's module as it is before a hub starts."""
    module = sys.modules[HistoryEvent.__module__]
    monkeypatch.setattr(module, "dt_parse", stock_parse)
    return module


def timestamp(text: str) -> datetime:
    return HistoryEvent(HistoryEventType.ORCHESTRATOR_STARTED, -1, False, text).timestamp


def test_the_sdk_reads_the_same_moment(sdk_module: Any) -> None:
    before = timestamp("2026-11-20T23:58:05.547353Z")
    assert replay_speed.speed_up_replay()
    assert sdk_module.dt_parse is not stock_parse
    after = timestamp("2026-11-20T23:58:05.547353Z")

    assert before == after == datetime(2026, 11, 20, 23, 58, 5, 547353, UTC)
    assert after.utcoffset() == before.utcoffset()


def test_what_is_the_same_every_time_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = sys.modules[DurableOrchestrationContext.__module__]
    stock = inspect.unwrap(module.parse_timespan_attrib)
    monkeypatch.setattr(module, "parse_timespan_attrib", stock)
    assert replay_speed.speed_up_replay()
    limit = module.parse_timespan_attrib("6.00:00:00")

    assert limit == stock("6.00:00:00") == timedelta(days=6)
    assert module.parse_timespan_attrib("6.00:00:00") is limit


def test_doing_it_twice_changes_nothing(sdk_module: Any) -> None:
    context: Any = sys.modules[DurableOrchestrationContext.__module__]
    replay_speed.speed_up_replay()
    replaced = sdk_module.dt_parse, context.parse_timespan_attrib

    assert replay_speed.speed_up_replay()
    assert (sdk_module.dt_parse, context.parse_timespan_attrib) == replaced


def test_another_major_version_is_left_alone(sdk_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_speed, "version", lambda _: "2.0.0")
    assert not replay_speed.speed_up_replay()
    assert sdk_module.dt_parse is stock_parse


def test_an_sdk_without_the_parser_is_left_alone(sdk_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sdk_module, "dt_parse")
    assert not replay_speed.speed_up_replay()
    assert not hasattr(sdk_module, "dt_parse")
