"""What can be wrong with a running system, and what to do about each."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from contracts.malware_scan import READS_TAGS


class Trouble(StrEnum):
    """What can be wrong."""

    REVIEW_WITHOUT_HEAD = "review_without_head"
    NOT_INSPECTED = "not_inspected"
    SCAN_NOT_READ = "scan_not_read"
    STAGE_NOT_REQUESTED = "stage_not_requested"
    OVERDUE = "overdue"
    NOT_CARRIED_OUT = "not_carried_out"
    NOT_ANNOUNCED = "not_announced"
    ORCHESTRATION_LOST = "orchestration_lost"
    ORCHESTRATION_SUSPENDED = "orchestration_suspended"
    EVENT_WAITING = "event_waiting"
    QUEUE_NOT_READ = "queue_not_read"
    DEAD_LETTERED = "dead_lettered"
    QUARANTINED = "quarantined"
    DOCUMENT_WITHOUT_REVIEW = "document_without_review"
    REVIEW_NOT_LISTED = "review_not_listed"
    DOCUMENT_LEFT = "document_left"
    STAGING_LEFT = "staging_left"
    PUBLISHED_UNAPPROVED = "published_unapproved"
    AUDIT_BROKEN = "audit_broken"
    ROW_UNREADABLE = "row_unreadable"
    POLICY_UNUSABLE = "policy_unusable"
    CLOCK_SKEW = "clock_skew"
    MISSING = "missing"


_SWEPT: Final = "The sweep repairs this every five minutes"
_APP: Final = "see whether the app runs and what its sweep_reviews logs"
REMEDIES: Final = {
    Trouble.REVIEW_WITHOUT_HEAD: f"{_SWEPT}, from the row itself: {_APP}.",
    Trouble.NOT_INSPECTED: "Look at the exceptions of inspect_document; when its orchestration is at rest, restart the "
    "app, and the sweep starts the review from the top.",
    Trouble.SCAN_NOT_READ: "A scan may take its time, up to scanTimeoutMinutes. Look at the exceptions of "
    "read_scan_verdict and inspect_document: the verdict is an index tag of a blob in the document's container, and to "
    f"read it, {READS_TAGS} (MALWARE_SCANNING=true grants it). The sweep then starts the review from the top.",
    Trouble.STAGE_NOT_REQUESTED: "Look at the exceptions of request_decisions; restart the app, and the sweep "
    "wakes the review.",
    Trouble.OVERDUE: "Look at the exceptions of expire_review and at the queue review-decisions; restart the app, and "
    "the sweep wakes or starts again what should be at work. Nothing is published without an approval meanwhile.",
    Trouble.NOT_CARRIED_OUT: "Look at the exceptions of publish_document and archive_document (a lease on the "
    "document, a role on its container); the step is tried again until it succeeds.",
    Trouble.NOT_ANNOUNCED: "Look at the exceptions of announce_outcome: the role EventGrid Data Sender on the topic, "
    "its key, or a network rule. It is sent again every five minutes under the same id.",
    Trouble.ORCHESTRATION_LOST: f"{_SWEPT}, from the ledger: {_APP}. If it is lost again and again, look at the "
    "exceptions of the activity that it names.",
    Trouble.ORCHESTRATION_SUSPENDED: "Somebody suspended it, and only people resume: POST .../instances/REVIEW/resume "
    "at the app's Durable Functions API.",
    Trouble.EVENT_WAITING: "Event Grid does not take it: look at the warnings of the sweep, and as for not_announced.",
    Trouble.QUEUE_NOT_READ: "See whether the app runs and its function on this queue is not disabled. Nothing is lost: "
    "messages are kept for 14 days.",
    Trouble.DEAD_LETTERED: "Those of the inbound queues are read by the app: if they stay, it is down or fails on "
    "them, see the exceptions of on_..._dead_lettered. Those of a subscription are its consumer's to fetch.",
    Trouble.QUARANTINED: "`compliance quarantine list` says why; then `compliance quarantine replay` (corrected "
    "with --edit) or `discard`.",
    Trouble.DOCUMENT_WITHOUT_REVIEW: f"{_SWEPT}, unless the document names a class without a policy: {_APP}; put its "
    "metadata right, or take it away.",
    Trouble.REVIEW_NOT_LISTED: f"{_SWEPT}, from the document: {_APP}.",
    Trouble.DOCUMENT_LEFT: "A person must see to it: `compliance show REVIEW`, then upload the document again (new "
    "bytes, new review), under another name where the target is taken, or delete it.",
    Trouble.STAGING_LEFT: "The copy is of no use any more: delete it.",
    Trouble.PUBLISHED_UNAPPROVED: "Take it down, then find out in the storage account's log who put it there: "
    "nobody but the app may write to published.",
    Trouble.AUDIT_BROKEN: "Keep a copy of the partition as it is, find out in the storage account's log who wrote to "
    "it, and treat what the review says as unproven.",
    Trouble.ROW_UNREADABLE: "Somebody or another version wrote it: put the row back from an export of the ledger, or "
    "deploy the version that wrote it.",
    Trouble.POLICY_UNUSABLE: "Correct the file; an app that has it does not start.",
    Trouble.CLOCK_SKEW: "Set this computer's clock by NTP: it would date proofs wrongly and be refused by Azure.",
    Trouble.MISSING: "Make it: `azd provision`, locally restart the stack; or correct the setting that names another "
    "account or namespace.",
}
