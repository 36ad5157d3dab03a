"""Every malformed body is refused with a text that says what is wrong and where, and does not repeat the body."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.messages.decisions import DecisionSubmittedV1, parse_decision, read_decision
from contracts.messages.strict_json import MAX_BYTES, MAX_DEPTH, MalformedMessageError, parse_object
from contracts.messages.submissions import parse_submission
from tests.malformed import (
    ANYWHERE,
    BLOB_CREATED,
    DECISION,
    DECISIONS,
    REVIEW_ID,
    SUBMISSION,
    SUBMISSIONS,
    UNUSUAL_DECISIONS,
    WITHDRAWAL,
    Malformed,
    Unusual,
    altered,
)

Parser = Callable[[bytes], object]
LONGEST_ECHO = 100


def refusal(parse: Parser, body: bytes) -> str:
    """Return the text of the refusal of a malformed body."""
    with pytest.raises(MalformedMessageError) as refused:
        parse(body)
    return str(refused.value)


def assert_fit_to_show(text: str, body: bytes) -> None:
    """Assert that a text may be logged and sent back: it is short, printable and repeats no long piece of the body."""
    assert text.isprintable()
    assert len(text) < 600
    said = body.decode(errors="replace")
    assert not any(text[at : at + LONGEST_ECHO + 1] in said for at in range(len(text) - LONGEST_ECHO))


@pytest.mark.parametrize("case", DECISIONS, ids=lambda case: case.id)
def test_a_malformed_decision_is_refused_with_what_is_wrong(case: Malformed) -> None:
    text = refusal(parse_decision, case.body)
    assert case.complaint in text
    assert_fit_to_show(text, case.body)


@pytest.mark.parametrize("case", SUBMISSIONS, ids=lambda case: case.id)
def test_a_malformed_submission_is_refused_with_what_is_wrong(case: Malformed) -> None:
    text = refusal(parse_submission, case.body)
    assert case.complaint in text
    assert_fit_to_show(text, case.body)


@pytest.mark.parametrize("case", UNUSUAL_DECISIONS, ids=lambda case: case.id)
def test_an_unusual_decision_is_taken_exactly_as_it_is(case: Unusual) -> None:
    taken, sent = parse_decision(case.body), json.loads(case.body[case.body.index(b"{") : case.body.rindex(b"}") + 1])
    assert isinstance(taken, DecisionSubmittedV1)
    said = taken.model_dump(by_alias=True, exclude_none=True)

    assert said == {"type": "DecisionSubmittedV1"} | {name: sent[name] for name in said.keys() & sent.keys()}
    assert said["decision"] == "approve"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("around", ["{}", "\r\n {}\t", "{}\0\0", "[{}]", "\ufeff{}", "\x1e{}\n"])
def test_a_message_is_read_in_every_encoding_of_unicode(encoding: str, mark: str, around: str) -> None:
    text = around.replace("{}", json.dumps({**DECISION, "reviewer": "Zoë"}, ensure_ascii=False))
    if encoding in ("utf-8-sig", "utf-16", "utf-32"):  # Python writes the mark itself
        mark = ""
    assert parse_decision((mark + text).encode(encoding)) == parse_decision(altered(DECISION, reviewer="Zoë"))


def test_every_case_has_an_id_of_its_own() -> None:
    for corpus in (DECISIONS, SUBMISSIONS, UNUSUAL_DECISIONS):
        ids = [case.id for case in corpus]
        assert len(set(ids)) == len(ids)


def test_the_messages_that_the_corpus_spoils_are_good() -> None:
    for good in (DECISION, WITHDRAWAL):
        assert parse_decision(altered(good))
    for good in (SUBMISSION, BLOB_CREATED):
        assert parse_submission(altered(good))


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = refusal(parse_decision, altered(DECISION, decision="Approve", reviewer=7, reviewId="x"))
    for field in ("decision:", "reviewer:", "reviewId:"):
        assert field in text


@pytest.mark.parametrize("extra", [0, 1])
def test_a_body_of_exactly_the_greatest_size_is_read(extra: int) -> None:
    body = b"{}" + b" " * (MAX_BYTES - 2 + extra)
    if extra:
        assert str(MAX_BYTES + 1) in refusal(parse_object, body)
    else:
        assert parse_object(body) == {}


@pytest.mark.parametrize("opening", ["[", '{"x":'])
def test_depth_is_counted_over_arrays_and_objects_alike(opening: str) -> None:
    closing = {"[": "]", '{"x":': "}"}[opening]

    def nested(levels: int) -> bytes:
        return f'{{"x": {opening * (levels - 1)}1{closing * (levels - 1)}}}'.encode()

    assert parse_object(nested(MAX_DEPTH))
    assert "levels" in refusal(parse_object, nested(MAX_DEPTH + 1))


@given(st.binary(max_size=200))
@example(b'{"a": "\\')
@example(b'"]]]]' + b"[" * 40)
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    try:
        assert parse_object(body) == json.loads(body)
    except MalformedMessageError as refused:
        assert_fit_to_show(str(refused), body)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["approve", REVIEW_ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    said=st.fixed_dictionaries(
        {}, optional=dict.fromkeys((*DECISION, "by", "reason", "comment", "etag", "decidedAt"), values)
    )
)
def test_any_object_is_a_decision_or_malformed(said: dict[str, object]) -> None:
    body = json.dumps(said).encode()
    try:
        taken = parse_decision(body)
    except MalformedMessageError as refused:
        assert_fit_to_show(str(refused), body)
    else:
        assert said.get("decision") in ("approve", "reject") or taken.type == "ReviewWithdrawnV1"


def ids_of(body: bytes) -> tuple[str | None, str | None]:
    reading = read_decision(body)
    return reading.review_id, reading.decision_id


class TestReportedIds:
    def test_a_refused_message_is_answered_under_its_ids_where_they_are_well_formed(self) -> None:
        body = altered(DECISION, decision="Approve")
        assert ids_of(body) == (REVIEW_ID, "decision-1")

    @pytest.mark.parametrize(
        ("changes", "ids"),
        [
            ({"reviewId": REVIEW_ID.upper()}, (None, "decision-1")),
            ({"reviewId": ["x"]}, (None, "decision-1")),
            ({"decisionId": "a\nb"}, (REVIEW_ID, None)),
            ({"decisionId": "i" * 129}, (REVIEW_ID, None)),
            ({"decisionId": 7, "reviewId": None}, (None, None)),
        ],
    )
    def test_ids_that_are_malformed_themselves_are_not_repeated(
        self, changes: dict[str, object], ids: tuple[str | None, str | None]
    ) -> None:
        assert ids_of(altered(DECISION, **changes)) == ids

    @pytest.mark.parametrize("case", [case for case in ANYWHERE if "type" not in case.id], ids=lambda case: case.id)
    def test_a_body_that_cannot_be_read_has_no_ids(self, case: Malformed) -> None:
        assert ids_of(case.body) == (None, None)
