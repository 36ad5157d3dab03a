"""Delegations: somebody else decides in a person's place for a time."""

from __future__ import annotations

from uuid import uuid4

from contracts.messages.decisions import DelegationV1
from web.actions.sending import message_of, send_delegation
from web.door import Door
from web.visitors import Visitor


async def delegate(door: Door, visitor: Visitor, to: str, starts: str, until: str) -> None:
    """Send a delegation. Raises ProblemError if it could not count."""
    fields = {"type": "DelegationV1", "by": visitor.name, "to": to, "from": starts, "until": until}
    await send_delegation(door, visitor, message_of(DelegationV1, fields), uuid4().hex)
