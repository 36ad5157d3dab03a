"""The lines of `compliance watch`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rich.cells import cell_len

from cli.reviews.event_lines import EventLine, draw, line_of_event, line_of_request
from tests.builders import REQUESTED_AT
from tests.unit.cli.screens import TIME

ID = "4f2a91c0" * 8
DOCUMENT = {"name": "minutes/board paper 09 - resolutions.txt"}


def completed(**data: Any) -> EventLine:
    event = {"type": "compliance.review.completed.v1", "data": {"reviewId": ID, "document": DOCUMENT, **data}}
    return line_of_event(event, REQUESTED_AT)


def screen(line: EventLine, width: int | None = 80) -> str:
    return draw(line, TIME, width).plain


def test_an_event_is_one_line_with_a_short_id() -> None:
    assert screen(completed(outcome="approved")) == "10:30:00  4f2a91c04f2a  approved    …/board paper 09 -…tions.txt"
    expected = "10:30:00  4f2a91c04f2a  rejected    …/board paper 09 -…tions.txt  changes requested"
    assert screen(completed(outcome="rejected", reason="changes_requested"), 100) == expected


def test_no_line_is_longer_than_the_terminal_whatever_is_said() -> None:
    line = replace(completed(outcome="rejected"), detail='ben: "the figures on page 7\n' + "名" * 80)
    assert cell_len(screen(line)) <= 80
    assert "\n" not in screen(line, None)
    assert screen(line, None).split("\t")[:3] == ["2026-03-02T09:30:00Z", ID, "rejected"]


def test_a_refusal_says_why() -> None:
    event = {
        "type": "compliance.decision.refused.v1",
        "data": {"reviewId": ID, "answer": "not_permitted", "explanation": "nobody decides on a document of their own"},
    }
    assert "refused     " in screen(line_of_event(event, REQUESTED_AT), 120)
    assert screen(line_of_event(event, None), 120).endswith("not permitted: nobody decides on a document of their own")
    submission = {
        "type": "compliance.submission.refused.v1",
        "data": {"explanation": "no policy", "document": DOCUMENT},
    }
    assert "------------  refused     …/board paper 09" in screen(line_of_event(submission, None), 120)


def test_a_retraction_says_by_whom() -> None:
    event = {"type": "compliance.document.retracted.v1", "data": {"reviewId": ID, "retractedBy": "olga"}}
    assert screen(line_of_event(event, REQUESTED_AT)).endswith("retracted     by olga")


def test_an_event_of_another_shape_is_shown_all_the_same() -> None:
    assert "refused" in screen(line_of_event({"type": 7, "data": []}, None))


def test_a_request_says_who_is_asked_and_until_when() -> None:
    request = {
        "reviewId": ID,
        "document": DOCUMENT,
        "round": "reminder",
        "audience": ["ann", "ben"],
        "deadline": "2026-03-05T09:30:00+00:00",
    }
    expected = "10:30:00  4f2a91c04f2a  reminder    …/board paper 09 -…tions.txt  ann or ben, due 5 Mar 10:30"
    assert screen(line_of_request(request, REQUESTED_AT, TIME), 120) == expected
    assert "asked" in screen(line_of_request({**request, "round": "request"}, None, TIME))
    assert "any reviewer" in screen(line_of_request({**request, "audience": []}, None, TIME))
