"""Reviews in two stages for the tests of activities, and activities without their bindings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from compliance.history import AuditEvent
from compliance.policy import Escalation, Part, Stage
from compliance.review import Head
from tests.builders import decision
from tests.recording import record_decision
from tests.storage.account import Account

HOUR = timedelta(hours=1)
ANN, BEN, EVE, SAM = "ann@example.org", "ben@example.org", "eve@example.org", "sam@example.org"
LEGAL, FINANCE = Part((ANN, BEN, SAM), 1, "legal"), Part((EVE, ANN), 1, "finance")
RULES: dict[str, Any] = {
    "stages": (Stage("legal", (LEGAL,)), Stage("finance", (FINANCE,))),
    "reminders": (24 * HOUR,),
    "escalation": Escalation(48 * HOUR, ("maria@example.org",), 24 * HOUR),
}


@dataclass
class Sent:
    """The messages sent to the topic: their ids, and the newest body."""

    ids: list[str] = field(default_factory=list)
    newest: dict[str, Any] = field(default_factory=dict)

    async def send(self, _: str, body: dict[str, Any], *, message_id: str, **__: Any) -> None:
        """Send like `adapters.messaging.messages.Messages`."""
        self.ids.append(message_id)
        self.newest = body


def user_function(module: Any) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]:
    """Return an activity without its binding."""
    return getattr(module, module.__name__.rpartition(".")[2])._function.get_user_function()


async def approve(account: Account, head: Head, reviewer: str) -> None:
    said = decision(reviewer=reviewer, decision_id=reviewer, message_id=reviewer)
    await record_decision(account.books, head.review_id, said)


async def happened(account: Account, head: Head) -> list[AuditEvent]:
    return [entry.event for entry, _ in await account.books.audit(head.review_id)]
