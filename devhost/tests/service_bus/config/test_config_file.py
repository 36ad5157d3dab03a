"""The emulator's Config.json: accepted unchanged, or refused with the place of every mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devhost.service_bus import ConfigError, load_entities
from devhost.service_bus.queues.entities import CorrelationFilter, Queue, QueueRules, Subscription, Topic

RULE = {"Name": "r", "Properties": {"FilterType": "Correlation", "CorrelationFilter": {"Subject": "x"}}}


def written(folder: Path, namespace: dict[str, Any]) -> Path:
    path = folder / "Config.json"
    config = {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns"} | namespace], "Logging": {"Type": "File"}}}
    path.write_text(json.dumps(config))
    return path


def test_the_emulators_own_sample_is_read(tmp_path: Path) -> None:
    queue_properties = {
        "DeadLetteringOnMessageExpiration": True,
        "DefaultMessageTimeToLive": "PT1H",
        "DuplicateDetectionHistoryTimeWindow": "PT20S",
        "ForwardDeadLetteredMessagesTo": "",
        "ForwardTo": "",
        "LockDuration": "PT1M",
        "MaxDeliveryCount": 3,
        "RequiresDuplicateDetection": False,
        "RequiresSession": True,
    }
    correlation = {
        "ContentType": "application/json",
        "CorrelationId": "id1",
        "Label": "subject1",
        "ReplyToSessionId": "sessionId",
        "Properties": {"prop1": "value1"},
    }
    rule = {"Name": "r", "Properties": {"FilterType": "Correlation", "CorrelationFilter": correlation}}
    subscription = {
        "Name": "s",
        "Properties": {"DefaultMessageTimeToLive": "P10675199DT2H48M5.4775807S"},
        "Rules": [rule],
    }
    topic_properties = {"RequiresDuplicateDetection": True, "DuplicateDetectionHistoryTimeWindow": "PT20S"}
    path = written(
        tmp_path,
        {
            "Queues": [{"Name": "queue.1", "Properties": queue_properties}],
            "Topics": [{"Name": "topic.1", "Properties": topic_properties, "Subscriptions": [subscription]}],
        },
    )

    entities = load_entities(path)

    assert entities.queues == (Queue("queue.1", QueueRules(60.0, 3, 3600.0, True, True)),)
    expected_filter = CorrelationFilter(
        {
            "content-type": "application/json",
            "correlation-id": "id1",
            "subject": "subject1",
            "reply-to-group-id": "sessionId",
        },
        {"prop1": "value1"},
    )
    assert entities.topics == (
        Topic("topic.1", (Subscription("s", filters=(expected_filter,)),), duplicate_window=20.0),
    )


@pytest.mark.parametrize(
    ("namespace", "place", "problem"),
    [
        ({"Queues": [{"Name": "q", "Properties": {"LockDuration": "1m"}}]}, "Queues.0.Properties.LockDuration", "PT1M"),
        ({"Queues": [{"Name": "q", "Properties": {"LockDuration": "PT6M"}}]}, "LockDuration", "PT5S to PT5M"),
        ({"Queues": [{"Name": "q", "Properties": {"LockDuration": "PT4S"}}]}, "LockDuration", "PT5S to PT5M"),
        (
            {"Queues": [{"Name": "q", "Properties": {"DuplicateDetectionHistoryTimeWindow": "P8D"}}]},
            "DuplicateDetectionHistoryTimeWindow",
            "PT20S to P7D",
        ),
        ({"Queues": [{"Name": f"q{n}"} for n in range(51)]}, "Namespaces.0", "51 queues and topics"),
        (
            {"Topics": [{"Name": "t", "Subscriptions": [{"Name": f"s{n}"} for n in range(51)]}]},
            "Topics.0",
            "51 subscriptions",
        ),
        (
            {"Topics": [{"Name": "t", "Subscriptions": [{"Name": "s", "Rules": [RULE] * 1001}]}]},
            "Topics.0",
            "1001 filters",
        ),
        ({"Queues": [{"Name": "q", "Properties": {"MaxDeliveryCount": 0}}]}, "MaxDeliveryCount", "greater than"),
        ({"Queues": [{"Name": "q", "Properties": {"ForwardTo": "p"}}]}, "ForwardTo", "forwarding is not supported"),
        ({"Queues": [{"Name": "q", "Properties": {"Locks": 1}}]}, "Properties.Locks", "not permitted"),
        ({"Queues": [{"Name": "/q"}]}, "Queues.0.Name", "pattern"),
        ({"Queues": [{"Name": "a"}], "Topics": [{"Name": "A"}]}, "Namespaces.0", "used twice"),
        (
            {
                "Topics": [
                    {
                        "Name": "t",
                        "Subscriptions": [
                            {
                                "Name": "s",
                                "Rules": [
                                    {
                                        "Name": "r",
                                        "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "1=1"}},
                                    }
                                ],
                            }
                        ],
                    }
                ]
            },
            "Topics.0.Subscriptions.0.Rules.0.Properties",
            "SQL filters are not supported",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, namespace: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=r"Config\.json") as caught:
        load_entities(written(tmp_path, namespace))

    assert place in str(caught.value)
    assert problem in str(caught.value)


def test_comments_are_passed_over_as_the_emulators_own_sample_has_them(tmp_path: Path) -> None:
    path = tmp_path / "Config.json"
    path.write_text(
        """\ufeff{
          // a namespace
          "UserConfig": {"Namespaces": [{"Name": "sb", /* one
            queue */ "Queues": [{"Name": "q"}], "Topics": [{"Name": "t", "Subscriptions": [{"Name": "s", "Rules": [
              {"Name": "r", "Properties": {"FilterType": "Correlation", "CorrelationFilter": {
                "Subject": "see http://x/*y*/ \\" // no comment"
                // "To": "xyz"
              }}}
            ]}]}]}]}
        }""",
        encoding="utf-8",
    )

    entities = load_entities(path)

    (filters,) = entities.topics[0].subscriptions[0].filters
    assert filters.properties == {"subject": 'see http://x/*y*/ " // no comment'}


def test_a_file_that_is_missing_or_no_json_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Missing\.json.*cannot be read"):
        load_entities(tmp_path / "Missing.json")
    (tmp_path / "Latin.json").write_bytes(b"\xff\xe9")
    with pytest.raises(ConfigError, match=r"Latin\.json.*UTF-8"):
        load_entities(tmp_path / "Latin.json")
    (tmp_path / "Broken.json").write_text("{")
    with pytest.raises(ConfigError, match=r"Broken\.json"):
        load_entities(tmp_path / "Broken.json")
