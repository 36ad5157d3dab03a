"""What people are told of a failure, and the exit codes that programs rely on."""

from __future__ import annotations

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.servicebus.exceptions import (
    MessagingEntityNotFoundError,
    ServiceBusAuthorizationError,
    ServiceBusConnectionError,
)

from adapters.ledger.conflicts import LedgerConflictError
from cli.answers import exit_code_of_answer
from cli.decisions.results import worst
from cli.documents.awaiting import SubmittedDocument, Until
from cli.failures import ExitCode, explain_failure
from cli.local_time import LocalTime
from cli.reviews.view import ReviewView
from compliance.outcome import Answer, Outcome, Reason, ReviewState
from compliance.transitions import begin
from tests import builders
from tests.cli.running import run


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ServiceBusAuthorizationError(message="no"), "az login"),
        (MessagingEntityNotFoundError(message="no"), "no such queue"),
        (ServiceBusConnectionError(message="no"), "Service Bus cannot be used"),
        (ClientAuthenticationError("no"), "az login"),
        (ResourceNotFoundError("no"), "lacks a container or table"),
        (ServiceRequestError("no"), "cannot be reached"),
        (HttpResponseError("no"), "try again"),
        (LedgerConflictError("no"), "try again"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do(error: Exception, advice: str):
    text, code = explain_failure(error)
    assert advice in text
    assert "\n" not in text
    assert code is ExitCode.FAILED


def test_what_a_service_says_is_cut_to_a_line():
    text, _ = explain_failure(HttpResponseError("broken\nRequestId:1"))
    assert text.endswith("(broken)")


def test_a_failure_cannot_steer_the_terminal():
    ended = run("keys", "list", "nowhere\x1b[2J.json")
    assert ended.err == "Error: there is no file nowhere\\x1b[2J.json\n"


@pytest.mark.parametrize("answer", Answer)
def test_a_decision_that_cannot_count_never_exits_as_done(answer: Answer):
    assert (exit_code_of_answer(answer) is ExitCode.DONE) == (not answer.refused)


def document(outcome: Outcome | None) -> SubmittedDocument:
    state = ReviewState.CLOSED if outcome else ReviewState.OPEN
    head = builders.open_review(state=state, outcome=outcome)
    return SubmittedDocument(head.review_id, head.document.name, head.document.etag, None, ReviewView(head))


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Outcome.APPROVED, Outcome.APPROVED], ExitCode.DONE),
        ([Outcome.APPROVED, Outcome.REJECTED], ExitCode.REFUSED),
        ([Outcome.EXPIRED], ExitCode.REFUSED),
        ([Outcome.APPROVED, None], ExitCode.TIMEOUT),
        ([Outcome.REJECTED, None], ExitCode.TIMEOUT),
        ([Outcome.FAILED, None, Outcome.APPROVED], ExitCode.FAILED),
    ],
)
def test_several_documents_exit_with_the_worst(outcomes: list[Outcome | None], code: ExitCode):
    assert worst(document(outcome).code(Until.CLOSED) for outcome in outcomes) is code


def test_a_document_replaced_before_its_review_opened_is_not_approved():
    replaced = SubmittedDocument("ab" * 32, "report.pdf", "0x1", None, missed=Outcome.SUPERSEDED)
    assert replaced.code(Until.CLOSED) is replaced.code(Until.INSPECTED) is ExitCode.REFUSED


def test_a_submitter_waits_for_the_content_gate_by_default():
    asked = SubmittedDocument("ab" * 32, "report.pdf", "0x1", None, ReviewView(builders.open_review()))
    assert (asked.code(Until.INSPECTED), asked.code(Until.CLOSED)) == (ExitCode.DONE, ExitCode.TIMEOUT)
    unread = SubmittedDocument("ab" * 32, "report.pdf", "0x1", None, ReviewView(builders.uninspected_review()))
    assert (unread.code(Until.INSPECTED), unread.code(Until.UPLOADED)) == (ExitCode.TIMEOUT, ExitCode.DONE)
    refused = begin(builders.uninspected_review(), builders.document(), builders.REQUESTED_AT, Reason.EMPTY).head
    document = SubmittedDocument("ab" * 32, "report.pdf", "0x1", None, ReviewView(refused))
    assert document.code(Until.INSPECTED) is ExitCode.REFUSED
    assert document.in_words(LocalTime(builders.REQUESTED_AT)).startswith("Refused before anybody was asked")


def test_the_exit_codes_are_in_the_help():
    text = run("--help").out
    assert [code for code in ExitCode if f"{code.value:>3}  " not in text] == []
