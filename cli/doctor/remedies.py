"""The kinds of trouble that a running system can have, and what to do about each."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from contracts.malware_scan import READS_TAGS


class TroubleKind(StrEnum):
    """What is wrong, in a word."""

    REVIEW_WITHOUT_HEAD = "review_without_head"
    NOT_INSPECTED = "not_inspected"
    SCAN_NOT_READ = "scan_not_read"
    STAGE_NOT_REQUESTED = "stage_not_requested"
    OVERDUE = "overdue"
    NOT_CARRIED_OUT = "not_carried_out"
    NOT_ANNOUNCED = "not_announced"
    ORCHESTRATION_LOST = "orchestration_lost"
    ORCHESTRATION_SUSPENDED = "orchestration_suspended"
    NOT_SUBSCRIBED = "not_subscribed"
    EVENT_WAITING = "event_waiting"
    QUEUE_NOT_READ = "queue_not_read"
    DEAD_LETTERED = "dead_lettered"
    QUARANTINED = "quarantined"
    NAME_REFUSED = "name_refused"
    DOCUMENT_WITHOUT_REVIEW = "document_without_review"
    REVIEW_NOT_LISTED = "review_not_listed"
    CONTRADICTED = "contradicted"
    DOCUMENT_LEFT = "document_left"
    STAGING_LEFT = "staging_left"
    PUBLISHED_UNAPPROVED = "published_unapproved"
    ARCHIVED_UNKNOWN = "archived_unknown"
    COPY_ALTERED = "copy_altered"
    COPY_MISSING = "copy_missing"
    AUDIT_BROKEN = "audit_broken"
    ROW_UNREADABLE = "row_unreadable"
    POLICY_UNUSABLE = "policy_unusable"
    SIGNING_KEY_UNKNOWN = "signing_key_unknown"
    CLOCK_SKEW = "clock_skew"
    MISSING = "missing"


_SWEPT: Final = "The sweep repairs this every five minutes"
_APP: Final = "check that the app runs, and what its sweep_reviews logs"
REMEDIES: Final[dict[TroubleKind, str]] = {
    TroubleKind.REVIEW_WITHOUT_HEAD: f"{_SWEPT}, from the row itself: {_APP}.",
    TroubleKind.NOT_INSPECTED: (
        "Look at the exceptions of inspect_document. When its orchestration is at rest, restart the app; the sweep "
        "then starts the review from the beginning."
    ),
    TroubleKind.SCAN_NOT_READ: (
        "A scan may take up to scanTimeoutMinutes. Look at the exceptions of read_scan_verdict and inspect_document: "
        "the verdict is an index tag of a blob in the document's container, and to read it, "
        f"{READS_TAGS} (MALWARE_SCANNING=true grants it). The sweep then starts the review from the beginning."
    ),
    TroubleKind.STAGE_NOT_REQUESTED: (
        "Look at the exceptions of request_decisions; restart the app, and the sweep wakes the review."
    ),
    TroubleKind.OVERDUE: (
        "Look at the exceptions of expire_review and at the queues review-decisions and decision-retries. Restart the "
        "app; the sweep then wakes or restarts the review. Meanwhile nothing is published without an approval."
    ),
    TroubleKind.NOT_CARRIED_OUT: (
        "Look at the exceptions of publish_document and archive_document (a lease on the document, a role on its "
        "container); the step is tried again until it succeeds."
    ),
    TroubleKind.NOT_ANNOUNCED: (
        "Look at the exceptions of announce_outcome: the role EventGrid Data Sender on the topic, its key, or a "
        "network rule. The event is sent again every five minutes under the same id."
    ),
    TroubleKind.ORCHESTRATION_LOST: (
        f"{_SWEPT}, from the ledger: {_APP}. If it is lost again and again, look at the exceptions of the activity "
        "that the log names."
    ),
    TroubleKind.ORCHESTRATION_SUSPENDED: (
        "Somebody suspended it, and only a person resumes it: POST .../instances/REVIEW/resume at the app's Durable "
        "Functions API."
    ),
    TroubleKind.NOT_SUBSCRIBED: (
        "`azd provision` creates the subscription review-events again, `az eventgrid event-subscription create` any "
        "other. `compliance announce REVIEW` announces an outcome again."
    ),
    TroubleKind.EVENT_WAITING: (
        "Event Grid does not accept it: look at the warnings of the sweep, then do as for not_announced."
    ),
    TroubleKind.QUEUE_NOT_READ: (
        "Check that the app runs and that its function on this queue is enabled. Nothing is lost: messages are kept "
        "for 14 days."
    ),
    TroubleKind.DEAD_LETTERED: (
        "The app reads those of the inbound queues: if they stay, it is down or fails on them (see the exceptions of "
        "on_..._dead_lettered). Those of a subscription are for its consumer to fetch."
    ),
    TroubleKind.QUARANTINED: (
        "See why with `compliance quarantine list`; then use `compliance quarantine replay` (with --edit to correct "
        "the message) or `discard`."
    ),
    TroubleKind.NAME_REFUSED: (
        "Storage would take the name for another one, or cannot hold it everywhere, so no review is opened: copy the "
        "document to a name that docs/policy.md allows, and delete this one."
    ),
    TroubleKind.DOCUMENT_WITHOUT_REVIEW: (
        f"{_SWEPT}, unless the document names a class that it cannot have: {_APP}; correct its metadata, or remove it."
    ),
    TroubleKind.REVIEW_NOT_LISTED: f"{_SWEPT}, from the document: {_APP}.",
    TroubleKind.CONTRADICTED: (
        "The ledger or storage was restored to an older state. `compliance repair REVIEW` carries out what reviewers "
        "have decided according to the ledger or, if it has lost their decisions, records what the copy proves. Until "
        "then the review stays as it is."
    ),
    TroubleKind.DOCUMENT_LEFT: (
        "A person must act: see `compliance show REVIEW`. `compliance repair REVIEW` moves the document to where its "
        "review says or else to archived. To have it reviewed again, upload it again, under another name if the target "
        "is taken."
    ),
    TroubleKind.STAGING_LEFT: "The copy is not needed any more: delete it.",
    TroubleKind.PUBLISHED_UNAPPROVED: (
        "Remove it, then find out from the storage account's log who put it there: only the app may write to published."
    ),
    TroubleKind.ARCHIVED_UNKNOWN: (
        "Nobody needs it there: find out from the storage account's log who put it there, and delete it."
    ),
    TroubleKind.COPY_ALTERED: (
        "Find out from the storage account's log who wrote to it. Then promote the blob version with the bytes and "
        "metadata of its review (`compliance show REVIEW` has the SHA-256), or take it back with `compliance retract`."
    ),
    TroubleKind.COPY_MISSING: (
        "Undelete it (`az storage blob undelete`), or promote its last version. If it is gone for good, `compliance "
        "repair REVIEW` puts that on record."
    ),
    TroubleKind.AUDIT_BROKEN: (
        "Keep a copy of the partition as it is, find out from the storage account's log who wrote to it, and treat "
        "what the review says as unproven."
    ),
    TroubleKind.ROW_UNREADABLE: (
        "Somebody or another version of the app wrote it: restore the row from an export of the ledger, or deploy the "
        "version that wrote it."
    ),
    TroubleKind.POLICY_UNUSABLE: "Correct the file; the app does not start with it.",
    TroubleKind.SIGNING_KEY_UNKNOWN: (
        "What the front door vouches for is refused as proof_invalid. Publish the key (`compliance keys attest "
        "publish`), give the app the set and restart it; or pin a key that all know: `compliance keys attest pin`."
    ),
    TroubleKind.CLOCK_SKEW: (
        "Set this computer's clock by NTP: a wrong clock dates proofs wrongly, and Azure refuses its requests."
    ),
    TroubleKind.MISSING: (
        "Create it with `azd provision`, or locally restart the stack; or correct the setting that names another "
        "account or namespace."
    ),
}
