"""Composition only: all functions of the app, in the order of a document's journey."""

import logging

import azure.durable_functions as df
import azure.functions as func

from activities import (
    announce_outcome,
    archive_document,
    close_review,
    escalate_review,
    expire_review,
    inspect_document,
    load_review,
    publish_document,
    read_scan_verdict,
    remind_reviewers,
    request_decisions,
)
from adapters.policies import check_configuration
from orchestrators import document_review
from triggers import (
    decision_dead_lettered,
    decision_retried,
    decision_retry_dead_lettered,
    decision_submitted,
    document_submitted,
    document_uploaded,
    ledger_export,
    operator_command,
    operator_command_dead_lettered,
    submission_dead_lettered,
    sweep,
    web_request,
)

# At INFO the Azure SDKs log every request, and with it the names of documents.
logging.getLogger("azure").setLevel(logging.WARNING)
check_configuration()

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(document_uploaded.bp)
app.register_functions(document_submitted.bp)
app.register_functions(submission_dead_lettered.bp)
app.register_functions(document_review.bp)
app.register_functions(load_review.bp)
app.register_functions(inspect_document.bp)
app.register_functions(read_scan_verdict.bp)
app.register_functions(request_decisions.bp)
app.register_functions(decision_submitted.bp)
app.register_functions(decision_retried.bp)
app.register_functions(decision_dead_lettered.bp)
app.register_functions(decision_retry_dead_lettered.bp)
app.register_functions(remind_reviewers.bp)
app.register_functions(escalate_review.bp)
app.register_functions(expire_review.bp)
app.register_functions(publish_document.bp)
app.register_functions(archive_document.bp)
app.register_functions(close_review.bp)
app.register_functions(announce_outcome.bp)
app.register_functions(operator_command.bp)
app.register_functions(operator_command_dead_lettered.bp)
app.register_functions(sweep.bp)
app.register_functions(ledger_export.bp)
app.register_functions(web_request.bp)
