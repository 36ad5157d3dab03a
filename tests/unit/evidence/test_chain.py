"""Each record holds what changed and the digest of the one before; nothing that people wrote is in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.transitions import begin, open_review
from contracts.digest import digest_of
from evidence.chain import FIRST_PREVIOUS, decision_content, link
from evidence.head_facts import changes, facts_after, facts_of, head_content, head_in
from tests.builders import REQUESTED_AT, document, policy, uninspected_review
from tests.examples import at_most
from tests.journeys import approved

JOURNEY = approved()


def test_each_record_names_the_digest_of_the_one_before_and_the_head_that_of_the_last() -> None:
    previous = [record.content["previous"] for record in JOURNEY.records]
    digests = [record.digest for record in JOURNEY.records]
    assert previous == [FIRST_PREVIOUS, *digests[:-1]]
    assert [head.audit_digest for head in JOURNEY.heads] == digests


def test_a_digest_is_sha256_over_rfc_8785_as_anybody_can_compute_it() -> None:
    # For these contents RFC 8785 is what Python writes with sorted keys; no library of ours is needed to check.
    for record in JOURNEY.records:
        text = json.dumps(record.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert record.digest == hashlib.sha256(text.encode()).hexdigest()


def test_the_opening_commits_to_the_policy_and_the_document_and_the_closing_to_where_it_went() -> None:
    opening, inspected, *_, closing = (record.content["facts"] for record in JOURNEY.records)
    resolved = head_content(JOURNEY.heads[0])["policy"]
    assert opening["policy"]["resolvedSha256"] == digest_of(resolved)
    assert opening["document"] == {"container": "pending", "etag": JOURNEY.heads[0].document.etag}
    assert inspected["document"]["sha256"] == document().sha256
    location = hashlib.sha256(str(JOURNEY.heads[-1].location).encode()).hexdigest()

    assert (closing["outcome"], closing["locationSha256"]) == ("approved", location)


def test_a_decision_is_committed_to_whole_but_its_words_are_not_in_the_trail() -> None:
    trail = json.dumps([record.content for record in JOURNEY.records])
    for row, record in zip(JOURNEY.decisions, JOURNEY.records[2:4], strict=True):
        assert record.content["facts"]["decision"] == {"seq": row.seq, "sha256": digest_of(decision_content(row))}
        assert str(row.decision.comment) not in trail
        other = replace(row, decision=replace(row.decision, comment="other words"))
        assert digest_of(decision_content(other)) != record.content["facts"]["decision"]["sha256"]
    assert JOURNEY.heads[0].document.name not in trail
    assert "annual" not in trail


def test_times_are_utc_whatever_zone_they_came_in() -> None:
    opened = link(None, open_review(uninspected_review()))
    in_india = REQUESTED_AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    begun = link(opened.head, begin(opened.head, document(), in_india, None))

    assert begun.audit
    assert str(begun.audit.at) == "2026-03-02 09:30:00+00:00"


def test_what_has_its_default_is_in_no_digest_so_that_later_fields_change_no_old_one() -> None:
    assert head_content(JOURNEY.heads[0]).keys() <= {
        "reviewId",
        "document",
        "policy",
        "submitter",
        "lastAudit",
        "auditDigest",
    }


def test_what_is_gone_again_is_told_as_null() -> None:
    head = JOURNEY.heads[0]
    assert changes(head, replace(head, submitter=None)) == {"submitter": None}
    assert "submitter" not in facts_after([changes(None, head), {"submitter": None}])


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@at_most(100)
@given(st.lists(st.builds(dict, submitter=texts, reason=texts, location=texts), max_size=5))
def test_all_changes_together_are_the_facts_of_the_head(steps: list[dict[str, str | None]]) -> None:
    heads = [uninspected_review()]
    heads += [replace(heads[0], **step) for step in steps]
    before = [None, *heads]
    told = facts_after(changes(old, new) for old, new in zip(before, heads, strict=False))

    assert told == facts_of(head_content(heads[-1]))


@pytest.mark.parametrize("others", [1, 2])
def test_approvals_of_all_reviewers_are_another_policy_than_a_number_of_them(others: int) -> None:
    of_all, of_some = (
        uninspected_review(policy=policy(needed, ("rita@example.org", "raj@example.org"))) for needed in (None, others)
    )
    assert facts_of(head_content(of_all))["policy"] != facts_of(head_content(of_some))["policy"]
    assert [head_in(head_content(head)) for head in (of_all, of_some)] == [of_all, of_some]
