"""The parts of a running system that `compliance doctor` examines, by their names, and the role that each needs."""

from __future__ import annotations

from typing import Final

from contracts.names import (
    ARCHIVED,
    COMMANDS_QUARANTINE,
    DEAD_LETTERED,
    DECISION_REPLIES,
    DECISION_RETRIES,
    DECISIONS_QUARANTINE,
    DOCUMENT_SUBMISSIONS,
    LEDGER_TABLE,
    OPERATOR_COMMANDS,
    PENDING,
    PUBLISHED,
    REVIEW_DECISIONS,
    REVIEW_EVENTS,
    REVIEW_EVENTS_WATCH,
    REVIEW_REQUESTS,
    REVIEW_REQUESTS_REVIEWERS,
    STAGING,
    SUBMISSIONS,
    SUBMISSIONS_QUARANTINE,
)

QUEUES: Final = (
    DOCUMENT_SUBMISSIONS,
    REVIEW_DECISIONS,
    DECISION_RETRIES,
    OPERATOR_COMMANDS,
    DOCUMENT_SUBMISSIONS + DEAD_LETTERED,
    REVIEW_DECISIONS + DEAD_LETTERED,
    DECISION_RETRIES + DEAD_LETTERED,
    OPERATOR_COMMANDS + DEAD_LETTERED,
    f"{REVIEW_REQUESTS}/{REVIEW_REQUESTS_REVIEWERS}{DEAD_LETTERED}",
    f"{REVIEW_EVENTS}/{REVIEW_EVENTS_WATCH}{DEAD_LETTERED}",
    DECISIONS_QUARANTINE,
    SUBMISSIONS_QUARANTINE,
    COMMANDS_QUARANTINE,
    DECISION_REPLIES,
)
CONTAINERS: Final = (PENDING, SUBMISSIONS, STAGING, PUBLISHED, ARCHIVED)
STORAGE: Final = "storage account"
LEDGER: Final = f"table {LEDGER_TABLE}"

ORCHESTRATIONS: Final = "orchestrations"
SUBSCRIPTIONS_OF_TOPIC: Final = "event subscriptions"
COPIES: Final = "published and archived copies"


def skippable_names() -> set[str]:
    """Return the names of all parts that can be left out."""
    return {STORAGE, LEDGER, ORCHESTRATIONS, SUBSCRIPTIONS_OF_TOPIC, *map(container_part, CONTAINERS), *QUEUES}


def container_part(container: str) -> str:
    """Return the name of a container as a part."""
    return f"container {container}"


def role_for(part: str) -> str:
    """Return the role that examining a part needs."""
    if part.startswith("container ") or part == STORAGE:
        return "Storage Blob Data Reader"
    if part == SUBSCRIPTIONS_OF_TOPIC:
        return "Reader"
    return "Storage Table Data Reader" if part == LEDGER else "Azure Service Bus Data Receiver"
