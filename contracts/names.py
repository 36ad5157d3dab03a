"""Names that must be the same in code, on the wire and in the infrastructure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

PENDING: Final = "pending"
SUBMISSIONS: Final = "submissions"
PUBLISHED: Final = "published"
ARCHIVED: Final = "archived"
AUDIT: Final = "audit"  # exports of the ledger, and what people put beside them
STAGING: Final = "staging"  # replacing copies of approved documents pass through it

LEDGER_TABLE: Final = "ledger"
READS_TABLE: Final = "reads"  # who has opened which document at the front door; outside of the audit trail
WAITING_TABLE: Final = "waiting"  # for whom reviews wait; what it says follows from the ledger

DOCUMENT_SUBMISSIONS: Final = "document-submissions"
SUBMISSIONS_QUARANTINE: Final = "submissions-quarantine"
REVIEW_DECISIONS: Final = "review-decisions"
DECISION_RETRIES: Final = "decision-retries"  # to which only the app may send: copies of messages on `review-decisions`
DECISION_REPLIES: Final = "decision-replies"
DECISIONS_QUARANTINE: Final = "decisions-quarantine"
OPERATOR_COMMANDS: Final = "operator-commands"
COMMANDS_QUARANTINE: Final = "commands-quarantine"
REVIEW_REQUESTS: Final = "review-requests"
REVIEW_REQUESTS_REVIEWERS: Final = "reviewers"
REVIEW_EVENTS: Final = "review-events"
REVIEW_EVENTS_WATCH: Final = "watch"

# Azure Functions' own way to name a dead-letter queue as a trigger's queue.
DEAD_LETTERED: Final = "/$deadletterqueue"

# Says that a stage is over. The orchestrator waits once for each stage's own name and reads the rest from the ledger:
# azure-functions-durable 1.7 keeps only the last early event of a name and lets it satisfy every later wait of it.
DECISION_EVENT: Final = "ComplianceDecision"

DOCUMENT_REVIEW: Final = "document_review"
LOAD_REVIEW: Final = "load_review"
INSPECT_DOCUMENT: Final = "inspect_document"
READ_SCAN_VERDICT: Final = "read_scan_verdict"
REQUEST_DECISIONS: Final = "request_decisions"
REMIND_REVIEWERS: Final = "remind_reviewers"
ESCALATE_REVIEW: Final = "escalate_review"
EXPIRE_REVIEW: Final = "expire_review"
PUBLISH_DOCUMENT: Final = "publish_document"
ARCHIVE_DOCUMENT: Final = "archive_document"
CLOSE_REVIEW: Final = "close_review"
ANNOUNCE_OUTCOME: Final = "announce_outcome"

# Durable timers may fire up to a second early on Azure Storage, which keeps due times in whole seconds.
DEADLINE_MARGIN: Final = timedelta(seconds=5)
# A cancelled durable timer of more than 6 days keeps its instance running until the first segment has fired.
LONGEST_TIMER: Final = timedelta(days=5)
LONGEST_GRACE: Final = timedelta(hours=1)
# Some programs create an empty blob and write it later; until then it is no document.
LONGEST_WRITE: Final = timedelta(minutes=5)
# A document whose submitter must be proven may be uploaded before it is announced.
LONGEST_ANNOUNCEMENT: Final = timedelta(hours=1)

# What the names of the app settings that hold the key sets of policies start with.
VERIFICATION_KEYS_SETTINGS: Final = "VERIFICATION_KEYS"


def decision_event(stage: int) -> str:
    """Return the name of the event that this stage is over."""
    return DECISION_EVENT if stage == 0 else f"{DECISION_EVENT}-{stage}"
